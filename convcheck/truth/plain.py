"""A convolution in plain float64: one pass, memory flat."""

from __future__ import annotations

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.box_filter import is_constant
from convcheck.truth.formats import Array, Floats
from convcheck.truth.multiply import multiplier
from convcheck.truth.windows import box_limit, boxes, forward_kernel, parts, read, taps_of


def plain_sums(case: Case, x: Array, kernel: Array) -> Floats:
    """Sums of products of this input and kernel in the case's geometry, without bias."""
    value, _ = plain_passes(case, x, kernel, magnitudes=False)
    return value


def plain_passes(
    case: Case, x: Array, kernel: Array, magnitudes: bool = True
) -> tuple[Floats, Floats]:
    """Sums of products, and (else the same array again) sums of their magnitudes."""
    shape = case.output_shape
    forward = forward_kernel(case, kernel).astype(np.float64)
    mixed = bool((forward < 0).any())
    value = np.zeros(shape)
    magnitude = np.zeros(shape) if magnitudes else value
    for part in parts(case):
        way = multiplier(
            part, x.shape[-1], shape[-1], case.spec.groups, 1, constant=is_constant(forward)
        )
        weights = way.weights([taps_of(part, forward)])
        sizes = np.abs(weights)
        for box in boxes(part, shape[0], way.per_output, box_limit(forward)):
            place = box.place(part)
            unfolded = way.unfold(read(x, part, box))
            value[place] = way.sums(unfolded, weights, box.counts)[0]
            if not magnitudes:
                continue
            if mixed or (unfolded < 0).any():
                magnitude[place] = way.sums(np.abs(unfolded), sizes, box.counts)[0]
            else:
                magnitude[place] = value[place]
    return value, magnitude
