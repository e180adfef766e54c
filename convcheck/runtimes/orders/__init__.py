"""The order of an implementation's sums, found in the process that hosts it."""
