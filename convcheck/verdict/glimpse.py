"""A glimpse of a changed case: its outputs at some places, with an error bound for each.

Enough to turn down nearly every wrong explanation in well under a millisecond; what is left over
is confirmed on the whole output. Windows are gathered and multiplied in plain float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.approximate import gamma
from convcheck.truth.arithmetic import Arithmetic, cast
from convcheck.truth.formats import FLOAT64
from convcheck.truth.windows import forward_kernel
from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.sample import distinct_filters, places_apart, windows

if TYPE_CHECKING:
    from convcheck.results import Array, Index

OPERANDS = 1 << 21
"""Most input numbers that the windows of a glimpse hold."""


PLAIN = Arithmetic(FLOAT64, FLOAT64, FLOAT64)
"""For values alone: nothing is rounded on the way in."""


@dataclass(frozen=True)
class Spots:
    """Where to look: every place with every filter."""

    places: tuple[Array, ...]
    """Image, then each spatial axis; arrays of one length."""
    filters: Array

    def of(self, out: Array) -> Array:
        """The output there, (places, filters) in float64."""
        axes = [axis[:, np.newaxis] for axis in self.places]
        index = (*axes, self.filters[np.newaxis, :])
        found: Array = out[index].astype(np.float64)
        return found

    def more(self, indices: Sequence[Index]) -> Spots:
        """The places of some output elements added."""
        places = np.concatenate([np.stack(self.places, 1), [index[:-1] for index in indices]])
        return Spots(tuple(_unique(places).T), self.filters)

    def some(self, chosen: Array) -> Spots:
        """Some of the places."""
        return Spots(tuple(axis[chosen] for axis in self.places), self.filters)


def spots(case: Case, places: int, filters: int, worst: Sequence[Index | None] = ()) -> Spots:
    """Places that share no input, corners and borders, and the worst ones."""
    shape = case.output_shape
    per_window = prod(case.spec.kernel_size) * case.input.shape[-1]
    places = max(4, min(places, OPERANDS // per_window))
    known = [index for index in worst if index is not None and len(index) == len(shape)]
    if prod(shape[:-1]) <= places:
        every = np.unravel_index(np.arange(prod(shape[:-1])), shape[:-1])
    else:
        border = _border(shape, max(places // 2, 2))
        apart = places_apart(case, places - len(border))
        extra = [index[:-1] for index in known]
        together = np.concatenate(
            [np.array(extra, int).reshape(-1, len(shape) - 1), border, np.stack(apart, 1)]
        )
        every = tuple(_unique(together).T)
    chosen = [index[-1] for index in known] + [0, shape[-1] - 1]
    chosen += distinct_filters(case).tolist()
    few = np.array(list(dict.fromkeys(chosen))[:filters])
    return Spots(tuple(every), few)


def _border(shape: Sequence[int], most: int) -> Array:
    """Corners, edges and what is next to them, in the first and the last image."""
    axes = [np.unique([0, shape[0] - 1])]
    for size in shape[1:-1]:
        near = [0, size - 1, 1, size - 2, size // 2]
        axes.append(np.array(list(dict.fromkeys(i for i in near if 0 <= i < size))))
    found = np.array(list(product(*axes)))
    if len(found) <= most:
        return found
    return found[np.random.default_rng(0).permutation(len(found))[:most]]


def _unique(places: Array) -> Array:
    _, first = np.unique(places, axis=0, return_index=True)
    return places[np.sort(first)]


@dataclass(frozen=True)
class Seen:
    """What a case gives at some spots; (places, filters)."""

    value: Array
    """Exact within ``radius``."""
    limit: Array
    """The bound on an output's distance from ``value``: never below the true one."""
    radius: Array

    def holds(self, out: Array) -> Array:
        """Which outputs may be this case's."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(out - self.value) <= self.limit)

    def after(self, variant: Variant, arithmetic: Arithmetic) -> Seen:
        """With the variant's step applied."""
        step = variant.step
        if step is None:
            return self
        with np.errstate(all="ignore"):
            value = np.asarray(step.apply(self.value))
            own = step.roundings * arithmetic.output.u * (np.abs(value) + np.abs(self.value))
            return Seen(
                value,
                step.lipschitz * self.limit * (1 + 8 * FLOAT64.u) + own,
                step.lipschitz * self.radius + 8 * FLOAT64.u * np.abs(value),
            )


def see(case: Case, where: Spots, arithmetic: Arithmetic, variant: Variant | None = None) -> Seen:
    """The outputs of a case at some spots, under an arithmetic; a variant's step applied."""
    return seen(
        read(case, where, arithmetic),
        *columns(case, where.filters, arithmetic),
        arithmetic,
        variant,
        case,
    )


def read(case: Case, where: Spots, arithmetic: Arithmetic) -> Array:
    """What each place reads, as the arithmetic rounds it: (places, taps · channels)."""
    found = cast(
        windows(case, list(where.places)), arithmetic.operands, arithmetic.operand_rounding
    )
    return found.reshape(len(found), -1).astype(np.float64)


def columns(case: Case, filters: Array, arithmetic: Arithmetic) -> tuple[Array, Array | None]:
    """The filters as columns over all input channels, and their bias."""
    kernel = forward_kernel(case, case.kernel)
    *size, each, total = kernel.shape
    groups = case.spec.groups
    if groups == 1:
        chosen = kernel[..., filters]
    else:
        chosen = np.zeros((*size, each * groups, len(filters)), kernel.dtype)
        for i, filter_ in enumerate(filters):
            group = int(filter_) // (total // groups)
            chosen[..., group * each : (group + 1) * each, i] = kernel[..., filter_]
    flat = chosen.reshape(-1, len(filters))
    rounded = cast(flat, arithmetic.operands, arithmetic.operand_rounding).astype(np.float64)
    if case.bias is None:
        return rounded, None
    return rounded, cast(case.bias[filters], arithmetic.output).astype(np.float64)


def seen(
    inputs: Array,
    kernel: Array,
    bias: Array | None,
    arithmetic: Arithmetic,
    variant: Variant | None = None,
    case: Case | None = None,
) -> Seen:
    """Sums of products and how far an arithmetic may be from them: ``truth.bound``'s formula."""
    with np.errstate(all="ignore"):
        value = inputs @ kernel
        size = np.abs(inputs) @ np.abs(kernel)
        n = np.count_nonzero(kernel, axis=0)
        if bias is not None:
            value = value + bias
            size = size + np.abs(bias)
        m = n + (bias is not None)
        radius = gamma(float(m.max(initial=0)) + 3, FLOAT64.u) * size
        if arithmetic.is_integer:
            radius = np.where(size <= 2.0**53, 0.0, radius)
            result = Seen(value, radius.copy(), radius)
        else:
            limit = _limit(inputs, kernel, bias, value, size, n, arithmetic)
            if variant is not None and variant.roundings and case is not None:
                own = allowance(variant, case, arithmetic)
                limit = limit + own[0] * size + own[1] * np.abs(kernel).sum(axis=0)
            result = Seen(value, limit * (1 + 1e-9) + 2 * radius, radius)
    return result if variant is None else result.after(variant, arithmetic)


def allowance(variant: Variant, case: Case, arithmetic: Arithmetic) -> tuple[float, float]:
    """What the change's own roundings may do, in units of A and of the sum of |k|."""
    each = variant.roundings * arithmetic.operands.u
    shift = variant.shift
    if shift is None:
        shift = float(np.abs(case.input).max(initial=0))
    return each, each * shift


def _limit(
    inputs: Array,
    kernel: Array,
    bias: Array | None,
    value: Array,
    size: Array,
    n: Array,
    arithmetic: Arithmetic,
) -> Array:
    accumulator, output = arithmetic.accumulator, arithmetic.output
    m = (n + (bias is not None)) * (arithmetic.block * accumulator.u)
    grows = np.where(m < 1, m / np.where(m < 1, 1 - m, 1), np.inf)
    lost = (2 * n + 1) * accumulator.smallest_normal + _subnormal(
        inputs, kernel, accumulator.smallest_normal
    )
    limit = (1 + grows) * lost + grows * size
    if output == accumulator:
        return np.asarray(limit)
    half = output.smallest_subnormal / 2
    if bias is not None:
        limit = (1 + output.u) * limit + output.u * np.abs(value - bias) + half
    return np.asarray((1 + output.u) * limit + output.u * np.abs(value) + half)


def _subnormal(inputs: Array, kernel: Array, smallest: float) -> Array | float:
    x, k = np.abs(inputs), np.abs(kernel)
    x_lost, k_lost = (x > 0) & (x < smallest), (k > 0) & (k < smallest)
    if not (x_lost.any() or k_lost.any()):
        return 0.0
    return np.asarray((x * x_lost) @ k + x @ (k * k_lost))
