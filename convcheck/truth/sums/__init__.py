"""Exact sums of products: by slices, in matrix products, or by digits, over any exponents."""
