"""What a hypothesis about integers makes of a case: at a few outputs, or at all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.causes.quantized.hypothesis import QuantizedHypothesis
from convcheck.diagnosis.probe import FLOAT64_ONLY, probe
from convcheck.diagnosis.probe_points import MORE, ProbePoints
from convcheck.quantized.activation import Limits, half_away_limits, ties_even_limits
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS, Formula
from convcheck.quantized.sums import Integers, Sums, integer_sums
from convcheck.verdict.quantized.bounds import bound_of, growth
from convcheck.verdict.quantized.quotients import Flags, Floats, Quotients, within

if TYPE_CHECKING:
    from convcheck.results import Array

_LARGEST = float(np.finfo(np.float32).max)
_SLACK = 1e-6
"""Above what float64 rounds here: what it lets pass is looked at exactly afterwards."""


@dataclass(frozen=True, eq=False)
class Replayed:
    """Sums and how they are requantized, of some outputs (places, filters) or of all."""

    sums: Sums
    p: Parameters
    limits: Limits | None = None
    """What outputs are clamped to, where not to each formula's own limits."""

    @cached_property
    def quotients(self) -> Quotients:
        """The real quotients r."""
        return Quotients(self.sums, self.p)

    @property
    def clamps(self) -> tuple[Limits, ...]:
        """What formulas may clamp to."""
        if self.limits is not None:
            return (self.limits,)
        return half_away_limits(self.p), ties_even_limits(self.p)

    @cached_property
    def expected(self) -> Floats:
        """The real number in steps, clamped: where an output should be."""
        (low, high), *_ = self.clamps
        found: Floats = np.clip(self.quotients.value + self.p.output_zero_point, low, high)
        return found

    def formula(self, name: str) -> Formula:
        """A formula that clamps as the hypothesis says."""
        formula = FORMULAS[name]
        limits = self.limits
        return formula if limits is None else replace(formula, limits=lambda p: limits)

    def may_give(self, out: Array) -> Flags:
        """Which outputs some formula may give; never False of one that does.

        3/4 holds every constant of two roundings and one, M/2 a bias that is rounded to integers,
        growth(12) the float32 roundings of a real one, 2^-15 those of a coarse multiplier.
        """
        p, r = self.p, self.quotients.value
        constant = 0.75 + _SLACK + float(growth(1)) * abs(p.output_zero_point)
        m = np.float64(p.i) * p.w.astype(np.float64) / np.float64(p.o)
        room: Array = constant + np.zeros_like(m)
        if self.sums.real_bias is not None:
            beta = np.abs(self.sums.real_bias.astype(np.float64)) / np.float64(p.o)
            room = room + 0.51 * m + float(growth(12)) * beta
        relative = np.where(m < 2.0**-31, 1.01, 2.0**-15 * (1 + 2.0**-10))
        room = room + relative * np.abs(r)
        first, last = r - room + p.output_zero_point, r + room + p.output_zero_point
        lows = [np.clip(first, *limits) for limits in self.clamps]
        highs = [np.clip(last, *limits) for limits in self.clamps]
        wide = out.astype(np.float64)
        found: Flags = (np.min(lows, axis=0) <= wide) & (wide <= np.max(highs, axis=0))
        return found

    def within(self, out: Array, name: str) -> Flags:
        """Which outputs are within a formula's bound, decided without any rounding."""
        formula = self.formula(name)
        bound = bound_of(formula, self.sums, self.p)
        return within(out, self.quotients, bound, formula.limits(self.p))

    def allowed(self, name: str) -> Array:
        """A formula's bound at each output."""
        bound = bound_of(self.formula(name), self.sums, self.p)
        constant, relative = (
            np.array([float(c) for c in part]) for part in (bound.constant, bound.relative)
        )
        found: Array = constant + relative * np.abs(self.quotients.value)
        return found


@dataclass(frozen=True, eq=False)
class Changed:
    """A hypothesis made: its convolution, and the output in its layout."""

    hypothesis: QuantizedHypothesis
    case: Case
    """Centred integers; the bias in units of the sum."""
    out: Array
    p: Parameters
    given: Sums
    """Those of the case itself."""

    def at(self, points: ProbePoints) -> Replayed:
        """At some outputs."""
        offset = self.hypothesis.offset
        products = self._probed(points)
        if offset is not None:
            products = products + offset[points.filters]
        p = self.p
        if not p.by_tensor:
            scales = p.w[points.filters]
            p = replace(p, kernel_scale=scales, kernel_zero_point=0)
        return Replayed(self._sums(products, points.filters), p, self.hypothesis.limits)

    @cached_property
    def whole(self) -> Replayed:
        """At every output. Raises UsageError where the sums are too large."""
        convolution, offset = self.hypothesis.convolution, self.hypothesis.offset
        if convolution is not None and convolution.by_place:
            products = self._by_place()
        else:
            products = integer_sums(self.case)
        if offset is not None:
            products = products + offset
        every = np.arange(products.shape[-1])
        return Replayed(self._sums(products, every), self.p, self.hypothesis.limits)

    def _probed(self, points: ProbePoints) -> Integers:
        bare = replace(self.case, bias=None)
        found = probe(bare, points, FLOAT64_ONLY, self._without_function())
        return np.rint(found.value).astype(np.int64)

    def _without_function(self) -> Hypothesis | None:
        convolution = self.hypothesis.convolution
        return None if convolution is None else replace(convolution, post_op=None)

    def _by_place(self) -> Integers:
        *shape, filters = self.case.output_shape
        window = prod(self.case.spec.kernel_size) * self.case.input.shape[-1]
        every, step = np.arange(prod(shape)), max(1, MORE.operands // window)
        found = [
            self._probed(
                ProbePoints(
                    tuple(np.unravel_index(every[first : first + step], shape)), np.arange(filters)
                )
            )
            for first in range(0, len(every), step)
        ]
        return np.concatenate(found).reshape(self.case.output_shape)

    def _sums(self, products: Integers, filters: Array) -> Sums:
        hypothesis, given, whole = self.hypothesis, self.given, self.case.bias
        bias = None if whole is None else whole[filters].astype(np.int64)
        convolution = hypothesis.convolution
        if convolution is not None and convolution.post_op is not None:
            acc = products if bias is None else products + bias
            return Sums(convolution.post_op.apply(acc.astype(np.float64)).astype(np.int64))
        if whole is None or bias is None:
            return Sums(products)
        if hypothesis.real_bias is not None:
            return Sums(products, bias, hypothesis.real_bias[filters], bias_is_real=True)
        same = given.bias is not None and np.array_equal(whole, given.bias)
        if same and given.real_bias is not None:
            return Sums(products, bias, given.real_bias[filters], given.bias_is_real)
        scales = np.float64(self.p.i) * self.p.w.astype(np.float64)
        scales = scales if self.p.by_tensor else scales[filters]
        real = np.clip(bias * scales, -_LARGEST, _LARGEST).astype(np.float32)
        return Sums(products, bias, real)
