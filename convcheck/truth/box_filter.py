"""Sums of products with a box filter (one number in all taps), by additions alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from convcheck.truth.formats import Floats
from convcheck.truth.windows import Phase


def is_constant(kernel: Floats) -> bool:
    """Whether each filter (last axis) holds one number throughout: a box filter."""
    return bool((kernel == kernel[(0,) * (kernel.ndim - 1)]).all())


class BoxFilter:
    """A ``Multiplier`` that adds up the taps, one axis after the other, and multiplies once.

    Every partial sum is one of the whole sum's divided by the filter's number, so it is exact
    wherever the whole sum's are.
    """

    def __init__(self, phase: Phase, channels: int, filters: int, kernels: int) -> None:
        self.phase = phase
        # The block, a slice of it and what splitting leaves, at so many inputs an output.
        inputs = channels * prod(axis.stride for axis in phase)
        self.per_output = 3 * inputs + 2 * filters * kernels

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        return np.stack([kernel[(0,) * (kernel.ndim - 1)] for kernel in kernels])

    def unfold(self, block: Floats) -> Floats:
        return block

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        # A few strided additions are faster than a reduction along a short last axis.
        few = unfolded.shape[-1] <= 8
        each = range(unfolded.shape[-1])
        channels = _add([unfolded[..., c] for c in each]) if few else unfolded.sum(axis=-1)
        total, steps = channels.ravel(), []
        for i, axis in enumerate(self.phase):
            step = prod(channels.shape[i + 1 :])
            total = _window_sums(total, len(axis.taps), step * axis.dilation)
            steps.append(step * axis.stride * total.itemsize)
        total = np.ndarray(counts, total.dtype, total, strides=steps)  # without the ends of axes
        found: Floats = total[np.newaxis, ..., np.newaxis]
        if weights.size == 1 and weights[0, 0] == 1.0:  # ones, whatever they were scaled by
            return found
        return found * weights.reshape(len(weights), *[1] * len(counts), -1)


def _add(arrays: Sequence[Floats]) -> Floats:
    if len(arrays) == 1:
        return arrays[0]
    total: Floats = arrays[0] + arrays[1]
    for array in arrays[2:]:
        total += array
    return total


def _window_sums(values: Floats, taps: int, step: int) -> Floats:
    """For each start, the sum of ``taps`` numbers that lie ``step`` apart.

    Sums of 2, 4, 8 … numbers are each made from two shorter ones, as in exponentiation by
    squaring; every partial sum is of some of the numbers.
    """
    length = len(values) - (taps - 1) * step
    total, start = None, 0
    doubled, size = values, 1
    while True:
        if taps & size:
            piece = doubled[start : start + length]
            total = piece if total is None else total + piece
            start += size * step
        if 2 * size > taps:
            assert total is not None
            return total
        doubled = doubled[: -size * step] + doubled[size * step :]
        size *= 2
