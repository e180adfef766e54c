"""What the reports say of integers beside what they say of any case."""
