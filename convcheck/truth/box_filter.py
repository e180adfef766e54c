"""Box filters: sums over windows of ones, by additions alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from convcheck.truth.formats import Floats
from convcheck.truth.windows import Part


def is_constant(kernel: Floats) -> bool:
    """Whether each filter (last axis) holds one number throughout: a box filter."""
    return bool((kernel == kernel[(0,) * (kernel.ndim - 1)]).all())


class Constant:
    """Box filters: the taps are added up, one axis after the other, and multiplied once.

    Every partial sum is one of the whole sum's, divided by the filter's number: as exact as that.
    """

    def __init__(self, part: Part, channels: int, filters: int, kernels: int) -> None:
        self.part = part
        # The block, a slice of it and what splitting leaves, at so many inputs an output.
        inputs = channels * prod(line.stride for line in part)
        self.per_output = 3 * inputs + 2 * filters * kernels

    def weights(self, kernels: Sequence[Floats]) -> Floats:
        return np.stack([kernel[(0,) * (kernel.ndim - 1)] for kernel in kernels])

    def unfold(self, block: Floats) -> Floats:
        return block

    def sums(self, unfolded: Floats, weights: Floats, counts: tuple[int, ...]) -> Floats:
        # A few strided additions are faster than a reduction along a short last axis.
        few = unfolded.shape[-1] <= 8
        each = range(unfolded.shape[-1])
        channels = _add([unfolded[..., i] for i in each]) if few else unfolded.sum(axis=-1)
        total, steps = channels.ravel(), []
        for axis, line in enumerate(self.part):
            step = prod(channels.shape[axis + 1 :])
            total = _window_sums(total, len(line.taps), step * line.dilation)
            steps.append(step * line.stride * total.itemsize)
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
    """Sums of ``taps`` numbers, ``step`` apart, from each on; every partial sum is of some of them.

    Sums of twice as many are made from two each, as in raising to a power.
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
