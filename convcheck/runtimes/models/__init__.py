"""Model files in a runtime's process: loaded, run once, each convolution fetched as a case."""
