"""Why? Finds the causes of what was observed: ``diagnose`` is an ordered tuple of detectors."""
