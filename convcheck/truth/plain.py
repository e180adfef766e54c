"""Sums of products of a case in plain float64, tile by tile, so that memory stays flat."""

from __future__ import annotations

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.box_filter import is_constant
from convcheck.truth.formats import Array, Floats
from convcheck.truth.matmul import multiplier
from convcheck.truth.windows import forward_kernel, phases, read_tile, taps_of, tile_limit, tiles


def plain_sums(case: Case, x: Array, kernel: Array) -> Floats:
    """Sums of products of this input and kernel in the case's geometry, without bias."""
    value, _ = plain_passes(case, x, kernel, magnitudes=False)
    return value


def plain_passes(
    case: Case, x: Array, kernel: Array, magnitudes: bool = True
) -> tuple[Floats, Floats]:
    """Sums of products and sums of their magnitudes, without bias, in output shape.

    With ``magnitudes=False`` the second is the first array again.
    """
    shape = case.output_shape
    forward = forward_kernel(case, kernel).astype(np.float64)
    mixed = bool((forward < 0).any())
    value = np.zeros(shape)
    magnitude = np.zeros(shape) if magnitudes else value
    for phase in phases(case):
        method = multiplier(case, phase, 1, constant=is_constant(forward))
        weights = method.weights([taps_of(phase, forward)])
        sizes = np.abs(weights)
        for tile in tiles(phase, shape[0], method.per_output, tile_limit(forward)):
            place = tile.place(phase)
            unfolded = method.unfold(read_tile(x, phase, tile))
            value[place] = method.sums(unfolded, weights, tile.counts)[0]
            if not magnitudes:
                continue
            if mixed or (unfolded < 0).any():
                magnitude[place] = method.sums(np.abs(unfolded), sizes, tile.counts)[0]
            else:
                magnitude[place] = value[place]
    return value, magnitude
