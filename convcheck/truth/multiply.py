"""Sums of products of a block and a kernel in float64, in whatever order is fastest.

Where all partial sums are integers up to 2^53 these are exact in any order, so BLAS may do
them; elsewhere they are plain float64 results, with the error bound of any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcheck.truth.box_filter import Constant
from convcheck.truth.formats import Floats
from convcheck.truth.windows import Part

ONE_THREAD = 1 << 17
"""Multiplications in a product that OpenBLAS still gives to one thread (up to 2^18)."""


class Multiplier(Protocol):
    """A way to multiply; ``per_output`` is the float64 numbers that it holds for one output."""

    per_output: int

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        """Kernels (*taps, C / groups, O) side by side, in the layout it wants."""

    def unfold(self, block: Floats) -> Floats:
        """A block (*extent, C) in the layout it wants; may be a view."""

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        """Shape (kernels, *counts, O)."""


def multiplier(
    part: Part,
    channels: int,
    filters: int,
    groups: int,
    kernels: int,
    *,
    constant: bool = False,
) -> Multiplier:
    """The fastest way for a part, to multiply by so many kernels at once.

    ``constant``: each filter holds one number throughout (see ``box_filter``).
    """
    if constant and groups == 1:
        return Constant(part, channels, filters, kernels)
    if groups > 1 and channels == groups:
        return Depthwise(part, filters, groups, kernels)
    if groups > 1:
        return Grouped(part, channels, filters, groups, kernels)
    return Dense(part, channels, filters, kernels)


class Dense:
    """One matrix product; the last axes unfolded into columns, the first ones added shifted.

    To unfold an axis copies the block once for each tap, to shift it adds as many results:
    few filters shift, many unfold.
    """

    def __init__(self, part: Part, channels: int, filters: int, kernels: int) -> None:
        self.part = part
        self.filters = filters
        self.columns = filters * kernels
        taps = [len(line.taps) for line in part]

        def cost(shifted: int) -> int:
            copies = prod(taps[shifted:]) * channels
            return copies + (prod(taps[:shifted]) * self.columns if shifted else 0)

        allowed = [n for n in range(len(part)) if all(line.stride == 1 for line in part[:n])]
        self.shifted = min(allowed, key=cost)
        shifts = prod(taps[: self.shifted])
        self.inner = prod(taps[self.shifted :]) * channels
        self.per_output = self.inner + (shifts + 2) * self.columns

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        n = self.shifted
        shifted_taps = kernels[0].shape[:n]
        rows = [k.reshape(prod(shifted_taps), self.inner, self.filters) for k in kernels]
        # (inner, kernels, filters, shifted taps)
        table = np.stack(rows).transpose(2, 0, 3, 1)
        return np.ascontiguousarray(table.reshape(self.inner, -1))

    def unfold(self, block: Floats) -> Floats:
        return _unfold(block, self.part, self.shifted).reshape(-1, self.inner)

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        n = self.shifted
        taps = [len(line.taps) for line in self.part[:n]]
        rows = [
            count + (t - 1) * line.dilation
            for count, t, line in zip(counts[:n], taps, self.part[:n], strict=True)
        ]
        thin = weights.size * 64 <= ONE_THREAD
        if thin or n:
            # Results of one filter lie together, to be added at full speed.
            found = _few_columns(unfolded, weights) if thin else weights.T @ unfolded.T
            found = found.reshape(-1, prod(taps), *rows, *counts[n:])
            total = _add_shifted(found, self.part, n, taps, counts) if n else found[:, 0]
            total = total.reshape(-1, self.filters, *counts)
            return np.moveaxis(total, 1, -1)
        found = (unfolded @ weights).reshape(*counts, -1, self.filters)
        return np.moveaxis(found, -2, 0)


class Grouped:
    """One matrix product for each group, in one call."""

    def __init__(self, part: Part, channels: int, filters: int, groups: int, kernels: int) -> None:
        self.part = part
        self.groups = groups
        self.filters = filters
        self.inner = prod(len(line.taps) for line in part) * channels // groups
        self.per_output = 2 * self.inner * groups + 3 * filters * kernels

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        rows = [k.reshape(self.inner, self.groups, -1) for k in kernels]
        table = np.stack(rows).transpose(2, 1, 0, 3)
        return np.ascontiguousarray(table.reshape(self.groups, self.inner, -1))

    def unfold(self, block: Floats) -> Floats:
        found = _unfold(block, self.part, 0)
        split = found.reshape(-1, found.shape[-2], self.groups, found.shape[-1] // self.groups)
        moved = np.moveaxis(split, 2, 0)
        rows: Floats = moved.reshape(self.groups, moved.shape[1], -1)
        return rows

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        found = np.matmul(unfolded, weights)
        split = found.reshape(self.groups, *counts, -1, self.filters // self.groups)
        moved = np.moveaxis(np.moveaxis(split, 0, -2), -3, 0)
        sums: Floats = moved.reshape(-1, *counts, self.filters)
        return sums


class Depthwise:
    """Tap by tap, element by element: with one channel a group there is nothing for BLAS."""

    def __init__(self, part: Part, filters: int, groups: int, kernels: int) -> None:
        self.part = part
        self.groups = groups
        self.per_output = groups + 3 * filters * kernels

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        shape = (*kernels[0].shape[:-2], self.groups, -1)
        return np.stack([k.reshape(shape) for k in kernels])

    def unfold(self, block: Floats) -> Floats:
        return block

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        results = []
        for kernel in weights:
            total = np.zeros((*counts, *kernel.shape[-2:]))
            for tap in np.ndindex(kernel.shape[:-2]):
                window = tuple(
                    slice(
                        j * line.dilation,
                        j * line.dilation + (n - 1) * line.stride + 1,
                        line.stride,
                    )
                    for j, line, n in zip(tap, self.part, counts, strict=True)
                )
                total += unfolded[window][..., None] * kernel[tap]
            results.append(total.reshape(*counts, -1))
        return np.stack(results)


def _few_columns(rows: Floats, weights: Floats) -> Floats:
    """(columns, rows) of rows @ weights, in products so small that BLAS takes one thread.

    A second thread gains nothing on so thin a product, and waiting for it costs much on a
    machine that others use as well.
    """
    inner, columns = weights.shape
    number = len(rows)
    found = np.empty((columns, number))
    step = min(max(ONE_THREAD // (inner * columns), 1), number)
    whole = number // step * step
    stacked = rows[:whole].reshape(-1, step, inner).transpose(0, 2, 1)
    into = found[:, :whole].reshape(columns, -1, step).transpose(1, 0, 2)
    np.matmul(weights.T, stacked, out=into)
    np.matmul(weights.T, rows[whole:].T, out=found[:, whole:])
    return found


def _unfold(block: Floats, part: Part, shifted: int) -> Floats:
    """(rows..., outputs of the unfolded axes, their taps, C) as (positions, taps, C)."""
    steps = block.strides
    counts, taps, by_count, by_tap = [], [], [], []
    for axis, line in enumerate(part):
        length = block.shape[axis]
        if axis < shifted:
            counts.append(length)
            by_count.append(steps[axis])
            continue
        counts.append((length - (len(line.taps) - 1) * line.dilation - 1) // line.stride + 1)
        by_count.append(line.stride * steps[axis])
        taps.append(len(line.taps))
        by_tap.append(line.dilation * steps[axis])
    view = as_strided(
        block,
        (*counts, *taps, block.shape[-1]),
        (*by_count, *by_tap, steps[-1]),
        writeable=False,
    )
    return view.reshape(prod(counts), prod(taps), block.shape[-1])


def _add_shifted(
    found: Floats, part: Part, n: int, taps: Sequence[int], counts: tuple[int, ...]
) -> Floats:
    """Sum over the shifted taps; ``found`` is (columns, shifted taps, *rows, *other counts)."""
    total: Floats | None = None
    for flat, tap in enumerate(np.ndindex(*taps)):
        window = [slice(None)]
        for j, line, count in zip(tap, part[:n], counts, strict=False):
            window.append(slice(j * line.dilation, j * line.dilation + count))
        piece = found[:, flat][tuple(window)]
        if total is None:
            total = piece.copy()
        else:
            total += piece
    assert total is not None
    return total
