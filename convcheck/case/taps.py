"""Which input position each tap reads, and the kernel by taps, for any convolution. Needs NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.case.spec import Axis

Indices = NDArray[np.int64]


def tap_reads(case: Case, axis: Axis, outputs: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """The input position that each tap (column) reads for each output (row), and if it exists."""
    offsets = np.arange(axis.taps) * axis.dilation - axis.before
    if case.spec.transposed:
        reads, left = np.divmod(outputs[:, None] - offsets, axis.stride)
        return reads, (left == 0) & (reads >= 0) & (reads < axis.size)
    reads = outputs[:, None] * axis.stride + offsets
    return reads, (reads >= 0) & (reads < axis.size)


def forward_kernel(case: Case, kernel: Array) -> Array:
    """The kernel as (*taps, channels / groups, filters), the filters of a group together."""
    if not case.spec.transposed:
        return kernel
    *size, filters, channels = kernel.shape
    groups = case.spec.groups
    split = kernel.reshape(*size, filters, groups, channels // groups)
    moved = np.moveaxis(split, (-1, -2, -3), (-3, -2, -1))
    return moved.reshape(*size, channels // groups, groups * filters)
