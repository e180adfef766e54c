"""Sums of products of a block of inputs and a kernel in float64, in the fastest order of additions.

Where all partial sums are integers up to 2^53 the results are exact in any order, so that BLAS
may compute them; elsewhere they are plain float64 results, with the error bound that holds for
any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcheck.case.case import Case
from convcheck.truth.box_filter import BoxFilter
from convcheck.truth.formats import Floats
from convcheck.truth.windows import Phase

ONE_THREAD = 1 << 17
"""Multiplications in a product that OpenBLAS still gives to one thread (up to 2^18)."""


class Multiplier(Protocol):
    """One method to compute a phase's sums of products: lay out both operands, then multiply."""

    per_output: int
    """float64 numbers that the method holds in memory for each output."""

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        """Kernels, each (*taps, C / groups, O), side by side in the layout that ``sums`` takes."""

    def unfold(self, block: Floats) -> Floats:
        """A block (*extent, C) in the layout that ``sums`` takes; may be a view."""

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        """Sums of products, shape (kernels, *counts, O), of what the other two methods gave."""


def multiplier(case: Case, phase: Phase, kernels: int, *, constant: bool = False) -> Multiplier:
    """The fastest method for a case's phase that is multiplied by ``kernels`` kernels at once.

    ``constant`` says that each filter holds one number throughout (see ``box_filter``).
    """
    channels, filters, groups = case.input.shape[-1], case.output_shape[-1], case.spec.groups
    if constant and groups == 1:
        return BoxFilter(phase, channels, filters, kernels)
    if case.is_depthwise:
        return Depthwise(phase, filters, groups, kernels)
    if groups > 1:
        return Grouped(phase, channels, filters, groups, kernels)
    return Dense(phase, channels, filters, kernels)


class Dense:
    """One group, by one matrix product: the last axes by im2col, the first ones by shifted adds.

    Unfolding an axis (im2col) copies the block once for each tap; leaving it and adding shifted
    results costs as many additions. Few filters shift, many unfold: the cheaper is chosen.
    """

    def __init__(self, phase: Phase, channels: int, filters: int, kernels: int) -> None:
        self.phase = phase
        self.filters = filters
        self.columns = filters * kernels
        taps = [len(axis.taps) for axis in phase]

        def cost(shifted: int) -> int:
            copies = prod(taps[shifted:]) * channels
            return copies + (prod(taps[:shifted]) * self.columns if shifted else 0)

        allowed = [n for n in range(len(phase)) if all(axis.stride == 1 for axis in phase[:n])]
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
        return _unfold(block, self.phase, self.shifted).reshape(-1, self.inner)

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        n = self.shifted
        taps = [len(axis.taps) for axis in self.phase[:n]]
        rows = [
            count + (t - 1) * axis.dilation
            for count, t, axis in zip(counts[:n], taps, self.phase[:n], strict=True)
        ]
        thin = weights.size * 64 <= ONE_THREAD
        if thin or n:
            # Results of one filter lie together, to be added at full speed.
            found = _few_columns(unfolded, weights) if thin else weights.T @ unfolded.T
            found = found.reshape(-1, prod(taps), *rows, *counts[n:])
            total = _add_shifted(found, self.phase, n, taps, counts) if n else found[:, 0]
            total = total.reshape(-1, self.filters, *counts)
            return np.moveaxis(total, 1, -1)
        found = (unfolded @ weights).reshape(*counts, -1, self.filters)
        return np.moveaxis(found, -2, 0)


class Grouped:
    """Several groups, by im2col and one matrix product for each group, all in one call."""

    def __init__(
        self, phase: Phase, channels: int, filters: int, groups: int, kernels: int
    ) -> None:
        self.phase = phase
        self.groups = groups
        self.filters = filters
        self.inner = prod(len(axis.taps) for axis in phase) * channels // groups
        self.per_output = 2 * self.inner * groups + 3 * filters * kernels

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        rows = [k.reshape(self.inner, self.groups, -1) for k in kernels]
        table = np.stack(rows).transpose(2, 1, 0, 3)
        return np.ascontiguousarray(table.reshape(self.groups, self.inner, -1))

    def unfold(self, block: Floats) -> Floats:
        found = _unfold(block, self.phase, 0)
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
    """One channel a group, tap by tap and element by element: BLAS has nothing to sum there."""

    def __init__(self, phase: Phase, filters: int, groups: int, kernels: int) -> None:
        self.phase = phase
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
                        j * axis.dilation,
                        j * axis.dilation + (n - 1) * axis.stride + 1,
                        axis.stride,
                    )
                    for j, axis, n in zip(tap, self.phase, counts, strict=True)
                )
                total += unfolded[window][..., None] * kernel[tap]
            results.append(total.reshape(*counts, -1))
        return np.stack(results)


def _few_columns(rows: Floats, weights: Floats) -> Floats:
    """The transpose of ``rows @ weights``, in products so small that BLAS uses one thread.

    A second thread gains nothing on so thin a product, and waiting for it is slow on a machine
    that others use as well.
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


def _unfold(block: Floats, phase: Phase, shifted: int) -> Floats:
    """im2col of the axes from ``shifted`` on: an array (positions, taps of these axes, C)."""
    steps = block.strides
    counts, taps, by_count, by_tap = [], [], [], []
    for i, axis in enumerate(phase):
        length = block.shape[i]
        if i < shifted:
            counts.append(length)
            by_count.append(steps[i])
            continue
        counts.append((length - (len(axis.taps) - 1) * axis.dilation - 1) // axis.stride + 1)
        by_count.append(axis.stride * steps[i])
        taps.append(len(axis.taps))
        by_tap.append(axis.dilation * steps[i])
    view = as_strided(
        block,
        (*counts, *taps, block.shape[-1]),
        (*by_count, *by_tap, steps[-1]),
        writeable=False,
    )
    return view.reshape(prod(counts), prod(taps), block.shape[-1])


def _add_shifted(
    found: Floats, phase: Phase, n: int, taps: Sequence[int], counts: tuple[int, ...]
) -> Floats:
    """The sum over the shifted taps of ``found`` (columns, shifted taps, *rows, *other counts)."""
    total: Floats | None = None
    for flat, tap in enumerate(np.ndindex(*taps)):
        window = [slice(None)]
        for j, axis, count in zip(tap, phase[:n], counts, strict=False):
            window.append(slice(j * axis.dilation, j * axis.dilation + count))
        piece = found[:, flat][tuple(window)]
        if total is None:
            total = piece.copy()
        else:
            total += piece
    assert total is not None
    return total
