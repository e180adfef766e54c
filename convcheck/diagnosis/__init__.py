"""Why? Each cause is tested by computing the convolution that it describes."""
