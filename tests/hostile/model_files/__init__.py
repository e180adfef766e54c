"""Hostile and broken model files of each kind, by hand and at random."""
