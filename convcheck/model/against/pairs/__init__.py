"""A convolution of A and the one of B that it is: do they compute the same, and if not, why?"""
