"""Where each tap reads: any convolution as forward ones, and boxes of outputs to tile it.

A transposed convolution with stride s is, for each phase of its outputs modulo s, a forward
convolution of stride 1 with the taps that reach that phase, in reverse order (the sub-pixel
view; Dumoulin and Visin 2016, arXiv:1603.07285, chapter 4). No multiplication by the zeros of
a dilated input is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import gcd, prod

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.case.spec import Axis
from convcheck.truth.formats import Array, Floats

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """One axis of a part: output ``t`` reads input ``t * stride + j * dilation + first``.

    Its output ``t`` is the case's output ``start + t * step``; its tap ``j`` is ``taps[j]``.
    """

    stride: int
    dilation: int
    first: int
    taps: range
    start: int
    step: int
    count: int


Part = tuple[Line, ...]
"""A forward convolution that gives some of the case's outputs, one ``Line`` for each axis."""


def parts(case: Case) -> list[Part]:
    """Forward convolutions that together give each output of the case once.

    Outputs that no tap reaches (a transposed kernel smaller than its stride) have no part.
    """
    axes = case.axes
    if case.spec.transposed:
        return list(product(*(_phases(axis) for axis in axes)))
    return [
        tuple(
            Line(axis.stride, axis.dilation, -axis.before, range(axis.taps), 0, 1, axis.out)
            for axis in axes
        )
    ]


def _phases(axis: Axis) -> Iterator[Line]:
    s, d = axis.stride, axis.dilation
    shared = gcd(s, d)
    for phase in range(0, s, shared):
        # Taps with tap * d = phase (mod s) reach the full outputs q = phase (mod s).
        reaching = [tap for tap in range(min(axis.taps, s // shared)) if tap * d % s == phase]
        if not reaching:
            continue
        taps = range(reaching[0], axis.taps, s // shared)
        q = -(-(axis.before - phase) // s)  # the first q * s + phase that is not cropped
        start = q * s + phase - axis.before
        count = -(-(axis.out - start) // s)
        if count < 1:
            continue
        last_tap_reads = q + (phase - taps[-1] * d) // s
        yield Line(1, d // shared, last_tap_reads, taps[::-1], start, s, count)


def tap_reads(case: Case, axis: Axis, outputs: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """Input position of each tap (columns) for each output (rows), and whether there is one."""
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


def taps_of(part: Part, kernel: Array) -> Array:
    """The part's taps of a forward kernel."""
    chosen: Array = kernel[np.ix_(*(np.array(line.taps) for line in part))]
    return chosen


@dataclass(frozen=True)
class Box:
    """A box of a part's outputs, of one image."""

    image: int
    starts: tuple[int, ...]
    counts: tuple[int, ...]

    def place(self, part: Part) -> tuple[int | slice, ...]:
        """Where its outputs lie in the case's output (N, *spatial, O)."""
        return (
            self.image,
            *(
                slice(
                    line.start + t * line.step, line.start + (t + n - 1) * line.step + 1, line.step
                )
                for line, t, n in zip(part, self.starts, self.counts, strict=True)
            ),
        )


def boxes(part: Part, images: int, per_output: int, limit: int) -> Iterator[Box]:
    """Boxes that cover a part's outputs, each of about ``limit / per_output`` outputs or one.

    The first axes are cut first, so that boxes are whole rows as long as they can be.
    """
    sizes = [line.count for line in part]
    for axis in range(len(sizes)):
        inner = prod(sizes[axis + 1 :])
        sizes[axis] = max(min(limit // (per_output * inner), sizes[axis]), 1)
        # Boxes of the same size rather than a thin last one.
        number = -(-part[axis].count // sizes[axis])
        sizes[axis] = -(-part[axis].count // number)
    ranges = (range(0, line.count, size) for line, size in zip(part, sizes, strict=True))
    corners = list(product(*ranges))
    for image in range(images):
        for corner in corners:
            counts = (
                min(size, line.count - t) for line, size, t in zip(part, sizes, corner, strict=True)
            )
            yield Box(image, corner, tuple(counts))


def box_limit(kernel: Array) -> int:
    """float64 numbers that a box may hold at once: 4 MB, for the cache.

    Large kernels get more, since BLAS reads all of the kernel for each box, but 32 MB at most.
    """
    return max(1 << 19, min(4 * kernel.size, 1 << 22))


def read(x: Array, part: Part, box: Box) -> Floats:
    """What a box reads of x (N, *spatial, C): a block (*extent, C) in float64, zeros outside."""
    inside: list[slice] = []
    extent: list[int] = []
    to: list[slice] = []
    for line, t, n, size in zip(part, box.starts, box.counts, x.shape[1:-1], strict=True):
        low = t * line.stride + line.first
        length = (n - 1) * line.stride + (len(line.taps) - 1) * line.dilation + 1
        a, b = min(max(low, 0), size), min(max(low + length, 0), size)
        inside.append(slice(a, b))
        to.append(slice(a - low, b - low) if b > a else slice(0, 0))
        extent.append(length)
    found = x[box.image][tuple(inside)]
    if found.shape[:-1] == tuple(extent):
        whole: Floats = found.astype(np.float64)
        return whole
    block = np.zeros((*extent, x.shape[-1]))
    block[tuple(to)] = found
    return block
