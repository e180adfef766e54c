"""The convolutions of a graph in one form, and how their weights are related."""
