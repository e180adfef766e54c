"""Reads an excerpt as the page's script does, and computes elements from what is in it alone."""

from __future__ import annotations

import zlib
from fractions import Fraction
from itertools import product

import numpy as np

from convcheck.excerpt.data import Encoded, Numbers
from tests.truth.definition import number


def decoded(array: Encoded) -> np.ndarray:
    """Inflated, and its bytes put back beside each other."""
    dtype = np.dtype(array.dtype).newbyteorder("<")
    planes = np.frombuffer(zlib.decompress(array.data), np.uint8).reshape(dtype.itemsize, -1)
    return np.ascontiguousarray(planes.T).reshape(-1).view(dtype).reshape(array.shape)


def computed(numbers: Numbers, index: tuple[int, ...]) -> Fraction:
    """The exact result of one output from the input block, kernel and bias of the excerpt."""
    image, *position, filter_ = index
    x, kernel = decoded(numbers.input), decoded(numbers.kernel)
    starts = [start for start, _ in numbers.region]
    channels, filters = numbers.group
    first = filter_ // filters * channels - numbers.input_start[-1]
    here = filter_ - starts[-1]
    total = Fraction(0) if numbers.bias is None else number(decoded(numbers.bias)[here])
    reads = [
        axis[at - start]
        for axis, at, start in zip(numbers.reads, position, starts[1:-1], strict=True)
    ]
    for taps in product(*(enumerate(one) for one in reads)):
        where = [read for _, read in taps]
        if -1 in where:
            continue
        tap = tuple(i for i, _ in taps)
        for c in range(channels):
            value = x[(image - numbers.input_start[0], *where, first + c)]
            total += number(value) * number(kernel[(*tap, c, here)])
    return total
