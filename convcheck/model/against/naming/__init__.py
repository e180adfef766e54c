"""What differs in a segment, named by computing it."""
