"""A second module, so a second process: see harmful_functions.py."""


def right(x, kernel, **_):
    return x @ kernel[0, 0]
