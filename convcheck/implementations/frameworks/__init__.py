"""Who computes a case? One file a framework, imported in a process of its own only."""
