"""Cases changed so that what must come of it is known: relations, and properties."""
