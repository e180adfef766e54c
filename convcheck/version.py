"""The version of convcheck."""

__version__ = "0.1.0"
