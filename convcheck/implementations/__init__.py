"""What computes a case: one file for each framework, and the table of their names."""
