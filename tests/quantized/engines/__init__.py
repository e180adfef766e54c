"""Runtimes that compute a quantized case: a file each, imported in a process of its own only."""
