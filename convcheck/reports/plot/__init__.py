"""The picture of a check: input, outputs, difference, error over bound, a histogram."""
