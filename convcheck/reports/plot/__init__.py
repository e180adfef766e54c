"""The picture of a check: input, outputs, difference in ULPs, error over bound, a histogram."""
