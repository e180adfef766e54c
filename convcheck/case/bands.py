"""Cuts a large case into smaller ones, so that memory stays flat whatever the image's size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case

if TYPE_CHECKING:
    from convcheck.case.case import Array

ELEMENTS = 1 << 21
"""About how many outputs a band has: a float64 array of them is 16 MiB."""


@dataclass(frozen=True)
class Band:
    """Consecutive outputs of a case, and the smaller case whose whole output they are."""

    images: slice
    """Along the batch axis."""
    rows: slice
    """Along the first spatial axis."""
    case: Case

    @property
    def window(self) -> tuple[slice, slice]:
        """Index of the band in an output array."""
        return self.images, self.rows

    def whole(self, index: Sequence[Any]) -> tuple[Any, ...]:
        """Indices (an array an axis) into the whole output, from those into the band's output."""
        image, row, *rest = index
        return image + self.images.start, row + self.rows.start, *rest


def bands(case: Case, elements: int = ELEMENTS, *, together: int = 1) -> Iterator[Band]:
    """Bands of about ``elements`` outputs that together give each output of the case once.

    The case is cut along the batch, and along the first spatial axis where one image is large; a
    transposed convolution along the batch alone. So many rows stay ``together``, from the first on.
    """
    shape = case.output_shape
    image = prod(shape[1:])
    images = max(1, elements // image)
    rows = shape[1]
    if image > elements and not case.spec.transposed:
        rows = elements * shape[1] // image
        rows = max(rows // together, 1) * together
    for first in range(0, shape[0], images):
        some = slice(first, min(first + images, shape[0]))
        for top in range(0, shape[1], rows):
            part = slice(top, min(top + rows, shape[1]))
            yield Band(some, part, _cut(case, some, part))


def _cut(case: Case, images: slice, rows: slice) -> Case:
    if (images.stop - images.start, rows.stop - rows.start) == case.output_shape[:2]:
        return case
    x = case.input[images]
    if rows.stop - rows.start == case.output_shape[1]:
        return replace(case, input=x)
    axis = case.axes[0]
    # Output o reads o * stride - before ... that + the window; what falls outside is padding.
    low = rows.start * axis.stride - axis.before
    high = (rows.stop - 1) * axis.stride - axis.before + axis.dilation * (axis.taps - 1) + 1
    top, bottom = max(low, 0), min(high, axis.size)
    if top >= bottom:  # nothing but padding: keep one row, out of every window's reach
        return _only_padding(case, x, high - low)
    pads = ((top - low, high - bottom), *case.pads[1:])
    return replace(case, input=x[:, top:bottom], spec=replace(case.spec, padding=pads))


def _only_padding(case: Case, x: Array, height: int) -> Case:
    row = np.zeros_like(x[:, :1])
    pads = ((0, height - 1), *case.pads[1:])
    return replace(case, input=row, spec=replace(case.spec, padding=pads))
