"""Probes: what a case gives at a few chosen outputs, with the error bound of each.

Enough to turn down nearly every wrong hypothesis in well under a millisecond; what is left over
is confirmed on the whole output. Windows are gathered (im2col) and multiplied in plain float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis, Summing
from convcheck.truth.approximate import gamma
from convcheck.truth.arithmetic import Arithmetic, as_bias, as_input, as_kernel, rounded
from convcheck.truth.bound import RoundingBound, Sums, tiled
from convcheck.truth.formats import FLOAT64
from convcheck.truth.windows import forward_kernel
from convcheck.truth.winograd.magnitudes import Magnitudes
from convcheck.verdict.sample import windows

if TYPE_CHECKING:
    from convcheck.diagnosis.probe_points import ProbePoints
    from convcheck.results import Array

FLOAT64_ONLY = Arithmetic(FLOAT64, FLOAT64, FLOAT64)
"""For values alone: nothing is rounded on the way in."""


@dataclass(frozen=True)
class Probe:
    """What a case gives at some outputs; arrays (places, filters)."""

    value: Array
    """Exact within ``radius``."""
    limit: Array
    """The bound on an output's distance from ``value``: never below the true one."""
    radius: Array

    def holds(self, out: Array) -> Array:
        """Which outputs may be this case's."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(out - self.value) <= self.limit)

    def after(self, hypothesis: Hypothesis, arithmetic: Arithmetic) -> Probe:
        """With the hypothesis's function applied to each output."""
        function = hypothesis.post_op
        if function is None:
            return self
        with np.errstate(all="ignore"):
            value = np.asarray(function.apply(self.value))
            # Its result is rounded, and its argument: by u |y|, times the slope. With |y|
            # alone, zeros in a narrow format would be any small multiple of everything.
            size = np.abs(value) + function.lipschitz * np.abs(self.value)
            own = function.roundings * arithmetic.output.u * size
            return Probe(
                value,
                function.lipschitz * self.limit * (1 + 8 * FLOAT64.u) + own,
                function.lipschitz * self.radius + 8 * FLOAT64.u * np.abs(value),
            )


def probe(
    case: Case, points: ProbePoints, arithmetic: Arithmetic, hypothesis: Hypothesis | None = None
) -> Probe:
    """A case's outputs at some points, under an arithmetic; the hypothesis's function applied."""
    inputs = im2col(case, points, arithmetic)
    kernel = kernel_matrix(case, points.filters, arithmetic)
    if hypothesis is not None and hypothesis.addend is not None:
        added = hypothesis.addend(case.output_shape, points.index)
        kernel = replace(kernel, bias=as_bias(added, arithmetic).astype(np.float64))
    if hypothesis is not None and hypothesis.summing is not None:
        return _added_up(case, inputs, kernel, points.filters, hypothesis.summing)
    changed = None if hypothesis is None else (hypothesis, case)
    return multiply(inputs, kernel, arithmetic, changed, _by_tiles(case, points, arithmetic))


def _by_tiles(case: Case, points: ProbePoints, arithmetic: Arithmetic) -> Callable[[Sums], Sums]:
    """What makes of plain sums those of the arithmetic's Winograd algorithm, where it has one."""
    tiling = arithmetic.tiling
    if tiling is None or not tiling.fits(case):
        return lambda sums: sums
    narrowed = rounded(case, arithmetic)
    magnitude = Magnitudes(narrowed, tiling, points.filters).at(points.places)
    return lambda sums: tiled(sums, narrowed, arithmetic, magnitude)


def _added_up(
    case: Case, inputs: Im2col, kernel: KernelMatrix, filters: Array, summing: Summing
) -> Probe:
    """Integer products added up in a way of their own: exact, where float64 holds them."""
    groups, places = case.spec.groups, len(inputs.values)
    each, of_group = case.input.shape[-1] // groups, case.output_shape[-1] // groups
    x = inputs.values.reshape(places, kernel.taps, -1)
    k = kernel.values.reshape(kernel.taps, -1, len(filters))
    value = np.empty((places, len(filters)))
    for i, filter_ in enumerate(filters):
        first = int(filter_) // of_group * each
        own = slice(first, first + each)
        value[:, i] = summing(x[:, :, own] * k[:, own, i])
    if kernel.bias is not None:
        value += kernel.bias
    # Beyond 2^53 a product may be rounded: nothing is known of such a sum.
    largest = np.abs(inputs.values).max(initial=0) * np.abs(kernel.values).max(initial=0)
    exact = largest * max(len(kernel.values), 1) < 2.0**53
    radius = np.full(value.shape, 0.0 if exact else np.inf)
    return Probe(value, np.zeros(value.shape) if exact else np.full(value.shape, np.nan), radius)


@dataclass(frozen=True)
class Im2col:
    """What each place reads, as an arithmetic rounds it."""

    values: Array
    """(places, taps · channels) in float64, 0 where a tap reads padding."""
    valid: Array
    """(places, taps): which taps read the input."""

    @cached_property
    def magnitudes(self) -> Array:
        """|values|."""
        return np.abs(self.values)

    @cached_property
    def all_valid(self) -> bool:
        """Whether no tap reads padding."""
        return bool(self.valid.all())


@dataclass(frozen=True)
class KernelMatrix:
    """Filters as columns over all input channels, as an arithmetic rounds them."""

    values: Array
    """(taps · channels, filters) in float64, 0 for channels of other groups."""
    taps: int
    bias: Array | None
    """(filters,) in float64."""

    def terms(self, inputs: Im2col) -> Array:
        """n: valid taps whose kernel value is not 0, (places, filters), or the same everywhere."""
        if inputs.all_valid:
            return np.asarray(np.count_nonzero(self.values, axis=0))
        by_tap = self.values.reshape(self.taps, -1, self.values.shape[-1])
        counts = np.count_nonzero(by_tap, axis=1).astype(np.float64)
        return np.asarray(inputs.valid.astype(np.float64) @ counts)


def im2col(case: Case, points: ProbePoints, arithmetic: Arithmetic) -> Im2col:
    """The windows of a case at some points."""
    found, valid = windows(case, list(points.places))
    rounded = as_input(found, arithmetic)
    count = len(found)
    values = rounded.reshape(count, -1).astype(np.float64)
    return Im2col(values, np.broadcast_to(valid, found.shape[:-1]).reshape(count, -1))


def kernel_matrix(case: Case, filters: Array, arithmetic: Arithmetic) -> KernelMatrix:
    """Some filters of a case, and their bias."""
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
    rounded = as_kernel(flat, arithmetic).astype(np.float64)
    bias = None
    if case.bias is not None:
        bias = as_bias(case.bias[filters], arithmetic).astype(np.float64)
    return KernelMatrix(rounded, prod(size), bias)


def multiply(
    inputs: Im2col,
    kernel: KernelMatrix,
    arithmetic: Arithmetic,
    changed: tuple[Hypothesis, Case] | None = None,
    by_tiles: Callable[[Sums], Sums] = lambda sums: sums,
) -> Probe:
    """Sums of products, and how far an arithmetic may be from them.

    ``changed`` is the hypothesis that made the case, and that case: its own roundings count too.
    ``by_tiles`` makes of the sums those of a Winograd algorithm; else they are plain ones.
    """
    with np.errstate(all="ignore"):
        value = inputs.values @ kernel.values
        sizes = np.abs(kernel.values)
        magnitude = inputs.magnitudes @ sizes
        n = kernel.terms(inputs)
        bias = kernel.bias
        if bias is not None:
            value = value + bias
            magnitude = magnitude + np.abs(bias)
        # As truth.approximate: n roundings, one for the bias, and three where 64-bit integers
        # were rounded to float64; a product may underflow.
        relative = gamma(float(n.max(initial=0)) + (bias is not None) + 3, FLOAT64.u)
        underflow = n * FLOAT64.smallest_subnormal
        magnitude = (magnitude + underflow) * ((1.0 + 8 * FLOAT64.u) / (1.0 - relative))
        radius = relative * (1.0 + 8 * FLOAT64.u) * magnitude + 2 * underflow
        if arithmetic.is_integer:
            # Sums of integers within 2^53 are exact in any order.
            radius = np.where(magnitude <= 2.0**53, 0.0, radius)
            found = Probe(value, radius.copy(), radius)
        else:
            loss = _underflow_loss(inputs, sizes, arithmetic.accumulator.smallest_normal)
            sums = by_tiles(Sums(n, magnitude, value, radius, loss, bias))
            limit = RoundingBound(sums, arithmetic).limit
            if changed is not None and changed[0].roundings:
                of_magnitude, of_kernel = allowance(*changed, arithmetic)
                limit = limit + of_magnitude * magnitude + of_kernel * sizes.sum(axis=0)
            found = Probe(value, limit + radius, radius)
    return found if changed is None else found.after(changed[0], arithmetic)


def allowance(hypothesis: Hypothesis, case: Case, arithmetic: Arithmetic) -> tuple[float, float]:
    """What the change's own roundings may do, in units of A and of the sum of |k|."""
    each = hypothesis.roundings * arithmetic.operands.u
    shift = hypothesis.shift
    if shift is None:
        shift = float(np.abs(case.input).max(initial=0))
    return each, each * shift


def _underflow_loss(inputs: Im2col, sizes: Array, smallest: float) -> Array | float:
    """Sum of |x|·|k| over products with an operand that is subnormal."""
    x, k = inputs.magnitudes, sizes
    x_tiny, k_tiny = (x > 0) & (x < smallest), (k > 0) & (k < smallest)
    if not (x_tiny.any() or k_tiny.any()):
        return 0.0
    # A product of two is counted twice: outwards. So is what float64 itself rounds here.
    return np.asarray(((x * x_tiny) @ k + x @ (k * k_tiny)) * (1 + 1e-9))
