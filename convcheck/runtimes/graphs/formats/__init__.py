"""An adapter for each kind of model file."""
