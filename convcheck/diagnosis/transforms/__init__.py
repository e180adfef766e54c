"""Transforms (Winograd, Fourier): what shows them, and the size of their errors."""
