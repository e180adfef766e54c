"""Splitting numbers into slices of few bits, so that products and their sums are exact.

Ozaki, Ogita, Oishi and Rump 2012, "Error-free transformations of matrix multiplication by using
fast routines of matrix multiplication and its applications", Numerical Algorithms 59, 95-118.
A slice is an array of integers (in float64) below 2^bits, with its exponent kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convcheck.errors import NotExact
from convcheck.truth.formats import Floats

LOWEST = -1074
"""Exponent of the last bit that float64 has."""
EXACT_BITS = 53
"""Integers up to 2^53 are exact in float64, in any order of addition."""


@dataclass(frozen=True)
class Span:
    """All of some numbers are multiples of 2^low and smaller than 2^high."""

    low: int
    high: int

    @property
    def bits(self) -> int:
        return self.high - self.low

    def __or__(self, other: Span) -> Span:
        return Span(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True)
class Slice:
    """Integers below 2^bits, in units of 2^exponent."""

    integers: Floats
    exponent: int


def span(values: Floats) -> Span | None:
    """The span of finite values; None where all are zero. ``low`` may be one bit too low."""
    largest = float(max(values.max(), -values.min())) if values.size else 0.0
    if largest == 0.0:
        return None
    raw = np.ascontiguousarray(values).view(np.int64)
    # Clearing the lowest set bit of a significand and subtracting leaves that bit. A power of
    # two has an empty significand: there the exponent loses a bit, and at least half is left.
    lowest = np.abs(values - (raw & (raw - 1)).view(np.float64))
    # The least above zero: floats are ordered as their bits are, and 0 - 1 wraps to the largest.
    least = (np.ascontiguousarray(lowest).view(np.uint64) - np.uint64(1)).min() + np.uint64(1)
    low = int(np.frexp(np.uint64(least).view(np.float64))[1]) - 1
    return Span(max(low, LOWEST), int(np.frexp(largest)[1]))


def split(values: Floats, bits: int, low: int = LOWEST) -> Iterator[Slice]:
    """Slices of finite multiples of 2^low, highest first; empty stretches of bits are skipped.

    Raises NotExact where something is left over that no slice holds.
    """
    rest = values
    exponent: int | None = None
    while True:
        largest = float(max(rest.max(), -rest.min())) if rest.size else 0.0
        if largest == 0.0:
            return
        high = int(np.frexp(largest)[1])
        if exponent is not None and (exponent == low or high > exponent):
            raise NotExact(f"a split into slices left a residual of {largest} over")
        exponent = max(high - bits, low)
        integers = np.trunc(_scale(rest, -exponent))
        rest = rest - _scale(integers, exponent)
        yield Slice(integers, exponent)


def count_slices(values: Floats, bits: int, low: int, enough: int) -> int:
    """How many slices ``split`` gives, counting no further than ``enough``."""
    number = 0
    for _ in split(values, bits, low):
        number += 1
        if number >= enough:
            break
    return number


def widths(x: Span, k: Span, terms: int) -> tuple[int, int]:
    """Bits of a slice of x and of k, for sums of so many products, for the fewest products.

    All sums stay within 2^53 as terms · 2^(bits of x + bits of k) does.
    """
    budget = EXACT_BITS - (max(terms, 1) - 1).bit_length()

    def passes(k_bits: int) -> tuple[int, int]:
        of_x = -(-x.bits // (budget - k_bits))
        return of_x * -(-k.bits // k_bits), of_x

    if budget < 2:
        raise NotExact(f"sums of {terms} products are too long for slices")
    k_bits = min(range(1, budget), key=passes)
    # The same number of slices of k may need fewer bits, which leaves x more.
    k_bits = -(-k.bits // -(-k.bits // k_bits))
    return budget - k_bits, k_bits


def check_products(largest_x: float, largest_sum: float) -> None:
    """Raise NotExact unless every partial sum of products stays within 2^53.

    ``largest_x`` is the largest magnitude in a slice of the block, ``largest_sum`` the largest
    sum of magnitudes over the taps of a filter.
    """
    if not largest_x * largest_sum <= 2.0**EXACT_BITS:
        raise NotExact(
            f"slice products may reach {largest_x:.6g} * {largest_sum:.6g}, above 2^{EXACT_BITS}"
        )


def _scale(values: Floats, exponent: int) -> Floats:
    """values · 2^exponent, in two steps where 2^exponent alone is no float64."""
    if -1074 <= exponent <= 1023:
        return values * 2.0**exponent
    half = exponent // 2
    return (values * 2.0**half) * 2.0 ** (exponent - half)
