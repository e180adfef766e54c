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
"""Above what the at most eight float64 operations of a comparison may be off, relative to the sum
of the magnitudes of its terms."""


@dataclass(frozen=True, eq=False)
class Quotients:
    """r = (acc·i·w)/o, or (products·i·w + β)/o where the bias was given as real numbers."""

    sums: Sums
    p: Parameters

    @cached_property
    def integers(self) -> Integers:
        """What is multiplied by M*."""
        return self.sums.products if self.sums.bias_is_real else self.sums.acc

    @cached_property
    def value(self) -> Floats:
        """r in float64."""
        return self._product + self._bias

    @cached_property
    def margin(self) -> Floats:
        """How far ``value`` and one comparison with it may be off."""
        return ROUNDINGS * (np.abs(self._product) + np.abs(self._bias))

    @cached_property
    def _product(self) -> Floats:
        p = self.p
        scale = np.float64(p.i) * p.w.astype(np.float64)  # exact: 24 bits each
        product: Floats = self.integers * scale / np.float64(p.o)
        return product

    @cached_property
    def _bias(self) -> Floats:
        if not self.sums.bias_is_real or self.sums.real_bias is None:
            return np.zeros(1)
        return self.sums.real_bias.astype(np.float64) / np.float64(self.p.o)

    def fraction(self, channel: int, integer: int) -> Fraction:
        """r of a channel's sum, exactly."""
        p = self.p
        w = p.w[channel if p.w.size > 1 else 0]
        total = Fraction(float(p.i)) * Fraction(float(w)) * integer
        if self.sums.bias_is_real and self.sums.real_bias is not None:
            total += Fraction(float(self.sums.real_bias[channel]))
        return total / Fraction(float(p.o))


def within(out: NDArray[Any], quotients: Quotients, bound: Bound, limits: Limits) -> Flags:
    """Which outputs are clamp(v + zo) of some integer v with |v - r| within the bound.

    At a limit of the output v may lie beyond it, so that only one side counts there; outputs
    beyond the limits are outside.
    """
    low, high = limits
    out = out.astype(np.int64)  # 8 bits would wrap
    v = out - quotients.p.output_zero_point
    r = quotients.value
    constant = np.array([float(c) for c in bound.constant])
    relative = np.array([float(k) for k in bound.relative])
    allowed = constant + relative * np.abs(r)
    margin = quotients.margin * (1 + relative) + ROUNDINGS * (np.abs(v) + constant)
    gap = v - r
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
    channels = np.broadcast_to(np.arange(out.shape[-1]), out.shape)
    rows = np.stack([channels[open_], quotients.integers[open_], out[open_]], axis=1)
    distinct, back = np.unique(rows, axis=0, return_inverse=True)
    found = np.array(
        [
            _is_within(quotients, bound, limits, channel, integer, one)
            for channel, integer, one in distinct.tolist()
        ]
    )
    decided: Flags = found[back.reshape(-1)]
    return decided


def _is_within(
    quotients: Quotients, bound: Bound, limits: Limits, channel: int, integer: int, out: int
) -> bool:
    r = quotients.fraction(channel, integer)
    allowed = bound.constant[channel] + bound.relative[channel] * abs(r)
    gap = out - quotients.p.output_zero_point - r
    low, high = limits
    return (out == low or gap <= allowed) and (out == high or -gap <= allowed)
