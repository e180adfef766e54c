"""What cases that fail have in common, and the smallest of them."""
