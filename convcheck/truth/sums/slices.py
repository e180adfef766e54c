"""Splits numbers into slices of few bits, so that products of slices and their sums are exact.

Source: Ozaki, Ogita, Oishi and Rump 2012, "Error-free transformations of matrix multiplication
by using fast routines of matrix multiplication and its applications", Numerical Algorithms 59,
95-118.
A slice is an array of integers (in float64) below 2^bits, with its exponent kept apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from convcheck.errors import InexactError
from convcheck.truth.formats import FLOAT64, Floats, largest_magnitude

LOWEST = -1074
"""Exponent of the last bit that float64 has."""
EXACT_BITS = 53
"""Integers up to 2^53 are exact in float64, in any order of addition."""


@dataclass(frozen=True)
class Span:
    """Bounds on an array's bits: its values are multiples of 2^low and smaller than 2^high."""

    low: int
    high: int

    @property
    def bits(self) -> int:
        return self.high - self.low

    def __or__(self, other: Span) -> Span:
        return Span(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True)
class Slice:
    """Some bits of an array: integers of at most so many bits, in units of 2^exponent."""

    integers: Floats
    exponent: int
    largest: float
    """The largest magnitude among the integers."""


def span(values: Floats) -> Span | None:
    """The span of finite values, None if all are 0; ``low`` may be too low, by 52 at most."""
    least, largest = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if least == largest == 0.0:
        return None
    if least < 0.0:
        values, largest = np.abs(values), max(largest, -least)
    if least <= 0.0:
        # Floats are ordered as their bits are, and 0 - 1 wraps to the largest.
        above_zero = (_bits_of(values) - np.uint64(1)).min() + np.uint64(1)
        least = float(above_zero.view(np.float64))
    # Trailing zeros that all significands share.
    used = int(np.bitwise_or.reduce(_bits_of(values), axis=None)) | 1 << FLOAT64.precision - 1
    zeros = (used & -used).bit_length() - 1
    low = math.frexp(least)[1] - FLOAT64.precision + zeros
    return Span(max(low, LOWEST), math.frexp(largest)[1])


def _bits_of(values: Floats) -> NDArray[np.uint64]:
    return np.ascontiguousarray(values).view(np.uint64)


def split(values: Floats, bits: int, low: int = LOWEST) -> Iterator[Slice]:
    """Slices of ``bits`` bits that add up to the values, highest first; empty ones are left out.

    Values must be finite multiples of 2^low. Raises InexactError if the slices do not hold all
    of them.
    """
    rest, above = values, None
    while largest := largest_magnitude(rest):
        exponent = max(math.frexp(largest)[1] - bits, low)
        if above is not None and exponent >= above:
            raise InexactError(f"a split into slices left a residual of {largest} over")
        scaled = _scale(rest, -exponent)
        integers = np.trunc(scaled)
        yield Slice(integers, exponent, math.ldexp(largest, -exponent) // 1)
        if exponent == low and np.array_equal(integers, scaled):
            return
        rest, above = rest - _scale(integers, exponent), exponent


def count_slices(values: Floats, bits: int, low: int, enough: int) -> int:
    """How many slices ``split`` gives, counting no further than ``enough``."""
    return sum(1 for _ in islice(split(values, bits, low), enough))


@cache
def widths(x: Span, k: Span, terms: int) -> tuple[int, int]:
    """(bits of a slice of x, of the kernel) that need the fewest products of slices.

    They keep sums of ``terms`` products exact: terms · 2^(bits of x + bits of k) <= 2^53. Raises
    InexactError where the sums are too long for any slices.
    """
    budget = EXACT_BITS - (max(terms, 1) - 1).bit_length()

    def passes(k_bits: int) -> tuple[int, int]:
        of_x = -(-x.bits // (budget - k_bits))
        return of_x * -(-k.bits // k_bits), of_x

    if budget < 2:
        raise InexactError(f"sums of {terms} products are too long for slices")
    k_bits = min(range(1, budget), key=passes)
    # The same number of slices of k may need fewer bits, which leaves x more.
    k_bits = -(-k.bits // -(-k.bits // k_bits))
    return budget - k_bits, k_bits


def check_products(largest_x: float, largest_sum: float) -> None:
    """Raise InexactError unless every partial sum of products stays within 2^53.

    ``largest_x`` is the largest magnitude in a slice of the block, ``largest_sum`` the largest
    sum of magnitudes over the taps of a filter.
    """
    if not largest_x * largest_sum <= 2.0**EXACT_BITS:
        raise InexactError(
            f"slice products may reach {largest_x:.6g} * {largest_sum:.6g}, above 2^{EXACT_BITS}"
        )


def _scale(values: Floats, exponent: int) -> Floats:
    """values · 2^exponent, in two steps where 2^exponent alone is no float64."""
    if -1074 <= exponent <= 1023:
        return values * 2.0**exponent
    half = exponent // 2
    return (values * 2.0**half) * 2.0 ** (exponent - half)
