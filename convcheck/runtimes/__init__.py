"""Processes that host the implementations of one framework, in one Python, with one environment."""
