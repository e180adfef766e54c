"""How is it shown? A folder or a file for each format; ``registry`` lists them.

Reports read results and compute nothing.
"""
