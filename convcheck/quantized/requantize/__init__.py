"""How do runtimes make 8 bits of an integer sum? Every formula, and the table of them."""
