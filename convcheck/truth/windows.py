"""Where each tap reads its input, for any convolution, and the tiles in which it is computed.

A case is computed as one or more forward convolutions, its phases, each cut into tiles that fit
the cache. A transposed convolution with stride s is, for each phase of its outputs modulo s, a
forward convolution of stride 1 with the taps that reach that phase, in reverse order (the
sub-pixel view; Dumoulin and Visin 2016, arXiv:1603.07285, chapter 4). No multiplication by the
zeros of a dilated input is left.
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
from convcheck.case.taps import forward_kernel as forward_kernel
from convcheck.case.taps import tap_reads as tap_reads
from convcheck.truth.formats import Array, Floats


@dataclass(frozen=True)
class PhaseAxis:
    """One axis of a phase: its output ``t`` reads input ``t * stride + j * dilation + first``.

    The phase's output ``t`` is the case's output ``start + t * step``, and its tap ``j`` is the
    kernel's tap ``taps[j]``.
    """

    stride: int
    dilation: int
    first: int
    taps: range
    start: int
    step: int
    count: int


Phase = tuple[PhaseAxis, ...]
"""A forward convolution that gives some of a case's outputs: a ``PhaseAxis`` for each axis."""


def phases(case: Case) -> list[Phase]:
    """Forward convolutions that together give each output of the case once.

    Outputs that no tap reaches (a transposed kernel smaller than its stride) have no phase.
    """
    if case.spec.transposed:
        return list(product(*(_transposed_phases(axis) for axis in case.axes)))
    return [
        tuple(
            PhaseAxis(axis.stride, axis.dilation, -axis.before, range(axis.taps), 0, 1, axis.out)
            for axis in case.axes
        )
    ]


def _transposed_phases(axis: Axis) -> Iterator[PhaseAxis]:
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
        yield PhaseAxis(1, d // shared, last_tap_reads, taps[::-1], start, s, count)


def terms(case: Case) -> NDArray[np.int64]:
    """n: valid taps whose kernel value is not 0, for each output (a read-only view).

    Output positions that see the same taps along an axis are counted once.
    """
    shape = case.output_shape
    counts: Array = np.count_nonzero(forward_kernel(case, case.kernel), axis=-2)
    classes = []
    for i, axis in enumerate(case.axes):
        _, valid = tap_reads(case, axis, np.arange(axis.out))
        kinds, which = _distinct_rows(valid)
        classes.append(which)
        counts = np.moveaxis(np.tensordot(kinds.astype(np.int64), counts, (1, i)), 0, i)
    return np.broadcast_to(counts[np.ix_(*classes)], shape)


def _distinct_rows(rows: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """The different rows, and which of them each row is."""
    # Compared as bytes: numpy.unique along an axis takes three times as long for small ones.
    first: dict[bytes, int] = {}
    which = [first.setdefault(row.tobytes(), len(first)) for row in rows]
    places = [which.index(kind) for kind in range(len(first))]
    return rows[places], np.array(which, np.int64)


def taps_of(phase: Phase, kernel: Array) -> Array:
    """The taps of a forward kernel that belong to this phase, in the phase's order."""
    chosen: Array = kernel[np.ix_(*(np.array(axis.taps) for axis in phase))]
    return chosen


@dataclass(frozen=True)
class Tile:
    """A box of a phase's outputs, of one image: what is computed at once."""

    image: int
    starts: tuple[int, ...]
    counts: tuple[int, ...]

    def place(self, phase: Phase) -> tuple[int | slice, ...]:
        """Index of the tile's outputs in the case's output (N, *spatial, O)."""
        return (
            self.image,
            *(
                slice(
                    axis.start + t * axis.step, axis.start + (t + n - 1) * axis.step + 1, axis.step
                )
                for axis, t, n in zip(phase, self.starts, self.counts, strict=True)
            ),
        )


def tiles(phase: Phase, images: int, per_output: int, limit: int) -> Iterator[Tile]:
    """Tiles that cover a phase's outputs, each of about ``limit / per_output`` outputs or one.

    The first axes are cut first, so that tiles are whole rows as long as they can be.
    """
    sizes = [axis.count for axis in phase]
    for i, axis in enumerate(phase):
        inner = prod(sizes[i + 1 :])
        sizes[i] = max(min(limit // (per_output * inner), sizes[i]), 1)
        # Tiles of the same size rather than a thin last one.
        number = -(-axis.count // sizes[i])
        sizes[i] = -(-axis.count // number)
    ranges = (range(0, axis.count, size) for axis, size in zip(phase, sizes, strict=True))
    corners = list(product(*ranges))
    for image in range(images):
        for corner in corners:
            counts = (
                min(size, axis.count - t)
                for axis, size, t in zip(phase, sizes, corner, strict=True)
            )
            yield Tile(image, corner, tuple(counts))


def tile_limit(kernel: Array) -> int:
    """float64 numbers that a tile may hold at once: 4 MB, for the cache.

    Large kernels get more, since BLAS reads all of the kernel for each tile, but 32 MB at most.
    """
    return max(1 << 19, min(4 * kernel.size, 1 << 22))


def read_tile(x: Array, phase: Phase, tile: Tile) -> Floats:
    """The inputs that a tile reads of x (N, *spatial, C): (*extent, C), float64, 0 outside x."""
    inside: list[slice] = []
    extent: list[int] = []
    to: list[slice] = []
    for axis, t, n, size in zip(phase, tile.starts, tile.counts, x.shape[1:-1], strict=True):
        low = t * axis.stride + axis.first
        length = (n - 1) * axis.stride + (len(axis.taps) - 1) * axis.dilation + 1
        a, b = min(max(low, 0), size), min(max(low + length, 0), size)
        inside.append(slice(a, b))
        to.append(slice(a - low, b - low) if b > a else slice(0, 0))
        extent.append(length)
    found = x[tile.image][tuple(inside)]
    if found.shape[:-1] == tuple(extent):
        whole: Floats = found.astype(np.float64)
        return whole
    block = np.zeros((*extent, x.shape[-1]))
    block[tuple(to)] = found
    return block
