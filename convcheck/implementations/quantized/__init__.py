"""Who computes a quantized case? One file a framework, imported in a process of its own only."""
