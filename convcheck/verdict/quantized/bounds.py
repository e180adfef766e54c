"""How far each formula's rounded quotient v may be from the real one, r = M*·acc (+ β/o).

M* = i·w/o exactly, u = 2^-24, R the places that a formula shifts right. |v - r| is at most

    D, DU, MIX    1/2 + [R >= 1]·2^-(R+1) + k·|r|      k = (1 + 2^-31)(1 + 2^-53) - 1
    with Mf       the same, k = (1 + u)(1 + 2^-31)(1 + 2^-53) - 1
    I64           1/2 + k·|r|                          k = (1 + 2^-15)(1 + 2^-31)(1 + 2^-53) - 1
    F1, F2        1/2 + k·|r|                          k = (1 + u)^4 - 1, (1 + u)^5 - 1
    FB, ON        1/2 + ((1 + u)^10 - 1)·|β/o| + u·|zo| + k·|r|        k = (1 + u)^11 - 1
    ON+128        the same with zo + 128

since q has a relative error of 2^-31, the double that it comes from one of 2^-53, a float32
product one of u, a 16-bit multiplier one of 2^-15, and each float32 operation one of u. In a float
chain the rounding of the sum with β and those after it, five at most, are common to both terms, and
five at most precede it.

Where the formula wants the bias in another form than was given, its conversion adds to the
constant: M*/2 where a real bias is rounded to integers, and its relative roundings on the way.

None of this holds where a sum or a shift wraps, nor where a real bias leaves the 32 bits of the
integers that it is rounded to. Nothing on the way leaves float32: such scales are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import Formula
from convcheck.quantized.sums import Sums

U = Fraction(1, 2**24)
HALF = Fraction(1, 2)
_DOUBLE = 1 + Fraction(1, 2**53)
_MULTIPLIER = 1 + Fraction(1, 2**31)
_COARSE = 1 + Fraction(1, 2**15)


@dataclass(frozen=True)
class Bound:
    """|v - r| <= constant + relative·|r| + spread·S, by output channel."""

    constant: tuple[Fraction, ...]
    relative: tuple[Fraction, ...]
    spread: tuple[Fraction, ...] = ()
    """Times S = Σ |x - zx|·|w - zw| of the output, for sums in floats; () where they are exact."""

    @cached_property
    def in_float64(self) -> tuple[NDArray[np.float64], ...]:
        """The three, each as an array."""
        parts = (self.constant, self.relative, self.spread)
        return tuple(np.array([float(one) for one in part]) for part in parts)


def nearest(channels: int) -> Bound:
    """The bound of who rounds the real number once, to one of its neighbours: 1/2."""
    return Bound((HALF,) * channels, (Fraction(0),) * channels)


def single_rounding(channels: int) -> Bound:
    """The bound of a 31-bit multiplier and one rounding: no formula here, but some runtimes'."""
    return Bound((HALF,) * channels, (_MULTIPLIER * _DOUBLE - 1,) * channels)


def bound_of(formula: Formula, sums: Sums, p: Parameters) -> Bound:
    """The bound of a formula for these sums, whose bias decides what r is."""
    channels = sums.products.shape[-1]
    constant, relative = _BOUNDS[formula.arithmetic](formula, p, channels)
    converted = _converted(formula, sums)
    in_chain = formula.arithmetic == "float32-chain"
    if sums.real_bias is None or not (in_chain or converted):
        return Bound(tuple(constant), tuple(relative))
    o = number(p.o)
    bias = [abs(number(beta)) / o for beta in sums.real_bias]
    if in_chain:
        added = growth(10)
        constant = [c + added * b for c, b in zip(constant, bias, strict=True)]
    if converted is not None:
        step, rounded = converted[0] * number(p.i) / o, growth(converted[1])
        scales = scales_of(p, channels) if step else [Fraction(0)] * channels
        extra = [step * w + rounded * b for w, b in zip(scales, bias, strict=True)]
        constant = [c + (1 + k) * e for c, k, e in zip(constant, relative, extra, strict=True)]
    return Bound(tuple(constant), tuple(relative))


@cache
def growth(n: int) -> Fraction:
    """(1 + u)^n - 1: what n float32 roundings may come to."""
    return (1 + U) ** n - 1


def _converted(formula: Formula, sums: Sums) -> tuple[Fraction, int] | None:
    """How far off the bias is that a formula adds: in steps of the sum, and in float32 roundings.

    None where it is the bias that was given.
    """
    if sums.real_bias is None:
        return None
    if formula.adds_integers and sums.bias_is_real:
        return HALF, 3
    if formula.adds_integers and formula.bias == "real":
        return HALF, 5  # given as integers, made real, and rounded to integers again
    if formula.bias == "real" and not sums.bias_is_real:
        return Fraction(0), 2
    return None


_Parts = tuple[list[Fraction], list[Fraction]]


def _of_two_roundings(formula: Formula, p: Parameters, channels: int) -> _Parts:
    assert formula.multiplier is not None
    places = formula.multiplier(p).right.tolist()
    by_place = {r: HALF + (Fraction(1, 2 ** (r + 1)) if r else 0) for r in set(places)}
    constant = [by_place[r] for r in places]
    k = _MULTIPLIER * _DOUBLE * (1 + U if formula.name.endswith("/Mf") else 1) - 1
    return constant * (channels // len(constant)), [k] * channels


def _of_coarse(formula: Formula, p: Parameters, channels: int) -> _Parts:
    assert formula.multiplier is not None
    k = _COARSE * _MULTIPLIER * _DOUBLE - 1
    # A multiplier below 2^-32 is taken for 0, whatever the sum.
    by_channel = [k if q else Fraction(1) for q in formula.multiplier(p).q.tolist()]
    return [HALF] * channels, by_channel * (channels // len(by_channel))


def _of_float32(formula: Formula, p: Parameters, channels: int) -> _Parts:
    return [HALF] * channels, [growth(4 if formula.name == "F1" else 5)] * channels


def _of_chain(formula: Formula, p: Parameters, channels: int) -> _Parts:
    zero = abs(p.output_zero_point + formula.zero_point_higher)
    return [HALF + U * zero] * channels, [growth(11)] * channels


_BOUNDS: dict[str, Callable[[Formula, Parameters, int], _Parts]] = {
    "two-roundings": _of_two_roundings,
    "coarse": _of_coarse,
    "float32": _of_float32,
    "float32-chain": _of_chain,
}


def scales_of(p: Parameters, channels: int) -> list[Fraction]:
    """The kernel's scale of each output channel, exactly."""
    return [number(p.w[c if p.w.size > 1 else 0]) for c in range(channels)]


def number(value: object) -> Fraction:
    """A float, exactly."""
    return Fraction(float(value))  # type: ignore[arg-type]
