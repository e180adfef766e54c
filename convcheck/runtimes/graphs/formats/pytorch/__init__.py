"""PyTorch programs: archives, modules, and the calls of ATen that they are made of."""
