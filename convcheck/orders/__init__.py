"""In which order does an implementation add its products?

NumPy alone, so that the processes that host implementations may import it. An *order* is a binary
tree over the products of an output, its leaves, and which of them enter their addition fused.
"""
