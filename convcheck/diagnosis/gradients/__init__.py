"""Detectors that look at gradients alone."""
