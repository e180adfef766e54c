"""The order of each implementation's sums: found, and the case's own products added up in it."""
