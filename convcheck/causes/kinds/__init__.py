"""The causes themselves, a file for each kind: hypotheses, fixes and hints beside the cause."""
