"""Arrays in the kinds of file that people have: .npy, .npz, .safetensors, and torch's .pt."""
