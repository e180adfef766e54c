"""The real quotients r, and what is within a bound of them: decided without any rounding.

float64 with a certified error settles nearly all outputs, fractions the rest: each distinct
(channel, sum, output) among them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcheck.quantized.activation import Limits
from convcheck.quantized.parameters import Integers, Parameters
from convcheck.quantized.sums import Sums
from convcheck.verdict.quantized.bounds import Bound

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ROUNDINGS = 16 * 2.0**-53
"""Above what the at most ten float64 operations of a comparison may be off, relative to the sum
of the magnitudes of its terms."""


@dataclass(frozen=True, eq=False)
class Quotients:
    """r = (acc·i·w)/o, or (products·i·w + β)/o where the bias was given as real numbers.

    Arrays are in the shape of the sums, or one number for each output that ``where`` picks.
    """

    sums: Sums
    p: Parameters
    where: Flags | None = None

    @cached_property
    def integers(self) -> Integers:
        """What is multiplied by M*."""
        return self._picked(self.sums.products if self.sums.bias_is_real else self.sums.acc)

    @cached_property
    def channels(self) -> Integers:
        """The output channel of each."""
        shape = self.sums.products.shape
        every = np.arange(shape[-1])
        return every if self.where is None else np.broadcast_to(every, shape)[self.where]

    @cached_property
    def magnitudes(self) -> Integers:
        """S of each, which a bound with a ``spread`` needs."""
        assert self.sums.magnitudes is not None
        return self._picked(self.sums.magnitudes)

    @cached_property
    def value(self) -> Floats:
        """r in float64."""
        return self._product + self._bias

    @cached_property
    def margin(self) -> Floats:
        """How far ``value`` and one comparison with it may be off."""
        return ROUNDINGS * (np.abs(self._product) + np.abs(self._bias))

    def _picked(self, values: NDArray[Any]) -> NDArray[Any]:
        return values if self.where is None else values[self.where]

    @cached_property
    def _product(self) -> Floats:
        p = self.p
        scale = np.float64(p.i) * p.w.astype(np.float64)  # exact: 24 bits each
        by_channel = scale if p.by_tensor else scale[self.channels]
        product: Floats = self.integers * by_channel / np.float64(p.o)
        return product

    @cached_property
    def _bias(self) -> Floats:
        if not self.sums.bias_is_real or self.sums.real_bias is None:
            return np.zeros(1)
        found: Floats = self.sums.real_bias.astype(np.float64)[self.channels] / np.float64(self.p.o)
        return found

    def fraction(self, channel: int, integer: int) -> Fraction:
        """r of a channel's sum, exactly."""
        p = self.p
        w = p.w[channel if p.w.size > 1 else 0]
        total = Fraction(float(p.i)) * Fraction(float(w)) * integer
        if self.sums.bias_is_real and self.sums.real_bias is not None:
            total += Fraction(float(self.sums.real_bias[channel]))
        return total / Fraction(float(p.o))


def allowance(quotients: Quotients, bound: Bound) -> Floats:
    """The right-hand side of a bound for each output, in float64."""
    constant, relative, spread = bound.in_float64
    channels = quotients.channels
    allowed: Floats = relative[channels] * np.abs(quotients.value)
    allowed += constant[channels]
    if bound.spread:
        allowed += spread[channels] * quotients.magnitudes
    return allowed


def within(out: NDArray[Any], quotients: Quotients, bound: Bound, limits: Limits) -> Flags:
    """Which outputs are clamp(v + zo) of some integer v with |v - r| within the bound.

    At a limit of the output v may lie beyond it, so that only one side counts there; outputs
    beyond the limits are outside.
    """
    low, high = limits
    out = out.astype(np.int64)  # 8 bits would wrap
    v = out - quotients.p.output_zero_point
    allowed = allowance(quotients, bound)
    # ``allowed`` holds relative·|r| as r is off, and is itself rounded a few times.
    margin = 2 * quotients.margin + ROUNDINGS * (np.abs(v) + allowed)
    gap = v - quotients.value
    over = np.where(out == low, -np.inf, gap) - allowed  # above r by more than is allowed
    under = np.where(out == high, -np.inf, -gap) - allowed
    excess = np.maximum(over, under)
    inside: Flags = (excess <= -margin) & (out >= low) & (out <= high)
    open_ = (np.abs(excess) < margin) & (out >= low) & (out <= high)
    if open_.any():
        inside[open_] = _decided(out, quotients, bound, limits, open_)
    return inside


def _decided(
    out: NDArray[Any], quotients: Quotients, bound: Bound, limits: Limits, open_: Flags
) -> Flags:
    """The same for those that float64 leaves open."""
    channels = np.broadcast_to(quotients.channels, out.shape)
    spread = quotients.magnitudes if bound.spread else np.zeros(out.shape, np.int64)
    columns = (channels, quotients.integers, out, spread)
    rows = np.stack([column[open_] for column in columns], axis=1)
    distinct, back = np.unique(rows, axis=0, return_inverse=True)
    found = np.array([_is_within(quotients, bound, limits, *row) for row in distinct.tolist()])
    decided: Flags = found[back.reshape(-1)]
    return decided


def _is_within(
    quotients: Quotients,
    bound: Bound,
    limits: Limits,
    channel: int,
    integer: int,
    out: int,
    magnitude: int,
) -> bool:
    r = quotients.fraction(channel, integer)
    allowed = bound.constant[channel] + bound.relative[channel] * abs(r)
    if bound.spread:
        allowed += bound.spread[channel] * magnitude
    gap = out - quotients.p.output_zero_point - r
    low, high = limits
    return (out == low or gap <= allowed) and (out == high or -gap <= allowed)
