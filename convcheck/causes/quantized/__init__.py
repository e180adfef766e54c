"""Causes of integer convolutions: wrong zero points, scales, limits and registers."""
