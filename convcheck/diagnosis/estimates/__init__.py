"""Hypotheses whose numbers, orders or ranges are read off the output."""
