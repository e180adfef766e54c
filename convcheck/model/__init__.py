"""Checks every convolution of a model file."""
