"""Is it within its bound? Judges each output and each pair, and holds the rule of evidence."""
