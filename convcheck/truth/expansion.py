"""Adds integers times powers of two exactly, and rounds the sum to a pair of float64 correctly.

Sums are kept in bins, a few bits apart, as in Kulisch's accumulator; a bin is an integer far
below 2^53, so that adding to it is exact. The pair comes from error-free transformations (Ogita,
Rump and Oishi 2005, "Accurate sum and dot product"), and the few elements whose rounding they
leave open are done in Python's integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcheck.errors import InexactError
from convcheck.truth.formats import Floats, largest_magnitude


def two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """(s, e) with s = a + b rounded and s + e = a + b exactly (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def fast_two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """``two_sum`` in three operations, for an ``a`` that is a multiple of b's last place.

    Dekker 1971 has |a| >= |b|. Else a + b is a multiple of ulp(b) below 2|b|: a float64, or one
    ulp(b) from its rounding s, and s - a = b or b ± ulp(b), which are float64 numbers as well.
    """
    s = a + b
    return s, b - (s - a)


class Bins:
    """An exact sum of integer arrays times powers of two, of at most ``additions`` of them."""

    def __init__(self, additions: int) -> None:
        # A bin takes at most three pieces of each addition, each below 2^width.
        self.width = 51 - (3 * additions).bit_length()
        self.bins: dict[int, Floats] = {}
        self._few: list[tuple[Floats, int, int]] = []
        """The first two summands, which need no bins as long as no third comes."""

    def add(self, integers: Floats, exponent: int, bits: int = 53) -> None:
        """Add integers · 2^exponent; |integers| <= 2^bits and < 2^53, exponent >= 0."""
        self._few.append((integers, exponent, bits))
        if self.bins or len(self._few) > 2:
            for one in self._few:
                self._carry(*one)
            self._few = []

    def _carry(self, integers: Floats, exponent: int, bits: int) -> None:
        width = self.width
        index, shift = divmod(exponent, width)
        while bits + shift > width:
            carried = np.trunc(integers * 2.0 ** (shift - width))
            self._put(index, (integers - carried * 2.0 ** (width - shift)) * 2.0**shift)
            integers = carried
            bits += shift - width
            index, shift = index + 1, 0
        self._put(index, integers * 2.0**shift if shift else integers)

    def _put(self, index: int, piece: Floats) -> None:
        if index in self.bins:
            self.bins[index] = self.bins[index] + piece
        else:
            self.bins[index] = piece

    def pair(self) -> tuple[Floats, Floats]:
        """(hi, lo): the sum rounded to nearest even, and the rest rounded to nearest even."""
        if self.bins:
            return round_to_pair(self._carried())
        # By exponent: an integer below 2^53 has its last place at or below its own exponent.
        few = sorted(self._few, key=lambda one: -one[1])
        parts = [whole * 2.0**exponent if exponent else whole for whole, exponent, _ in few]
        return fast_two_sum(*parts) if len(parts) == 2 else round_to_pair(parts)

    def _carried(self) -> list[Floats]:
        """The bins as floats, lowest first, each at most half the unit of the next."""
        digits: list[Floats] = []
        carry: Floats | None = None
        index = min(self.bins)
        while self.bins and (carry is not None or index <= max(self.bins)):
            here = self.bins.get(index)
            if here is None and carry is None:
                index += 1
                continue
            if here is None or carry is None:
                value = here if carry is None else carry
            else:
                value = here + carry
            assert value is not None
            carry = None
            if index < max(self.bins):
                carry = np.rint(value * 2.0**-self.width)
                value = value - carry * 2.0**self.width
            digits.append(value * 2.0 ** (index * self.width))
            index += 1
        return digits


def round_to_pair(parts: Sequence[Floats]) -> tuple[Floats, Floats]:
    """(hi, lo): the sum of ``parts`` rounded to nearest even, and the rest rounded to nearest even.

    ``parts`` come lowest first and should hardly overlap; where they do, only time is lost.
    """
    if len(parts) < 2:
        only = parts[0] if parts else np.zeros(())
        return only, np.zeros_like(only)
    if len(parts) == 2:  # the rounded sum and its error are the pair
        return two_sum(*parts)
    parts = np.broadcast_arrays(*parts)
    head, rest = _distill(parts)
    second, rest = _distill(rest)
    third, rest = _distill(rest)
    hi, lo = two_sum(head, second)
    lo, tail = two_sum(lo, third)
    hi, lo = two_sum(hi, lo)
    lo, tail = two_sum(lo, tail)
    # What is exact: the sum is hi + lo + tail + rest. hi is the nearest unless lo lies on a tie
    # that the others decide; likewise lo. A tail too small beside its rest decides nothing.
    open_ = (hi + lo != hi) | (lo + tail != lo)
    open_ |= (tail != 0) & (((hi + 2 * lo) - hi == 2 * lo) & (lo != 0))
    remaining = np.zeros_like(hi)
    for piece in rest:
        remaining += np.abs(piece)
    if rest:
        open_ |= (remaining != 0) & (
            (tail == 0) | (tail + remaining != tail) | ((lo + 2 * tail) - lo == 2 * tail)
        )
    if open_.any():
        hi, lo = np.array(hi), np.array(lo)
        for where in zip(*np.nonzero(np.atleast_1d(open_)), strict=True):
            at: Any = where if hi.ndim else ()
            hi[at], lo[at], _ = pair_of(sum(Fraction(float(part[at])) for part in parts))
    return hi, lo


def _distill(parts: Sequence[Floats]) -> tuple[Floats, list[Floats]]:
    """(total, errors) of adding the parts from the lowest on; all together are the exact sum."""
    if not parts:
        return np.zeros(()), []
    total, errors = parts[0], []
    for part in parts[1:]:
        total, error = two_sum(part, total)
        errors.append(error)
    return total, errors


def pair_of(value: Fraction | int) -> tuple[float, float, int]:
    """(hi, lo, s) with (hi + lo)·2^s the number, whose denominator must be a power of two.

    Where no s holds both parts (a rest 2^2000 times smaller), lo is the smallest number of the
    right sign.
    """
    value = Fraction(value)
    if value == 0:
        return 0.0, 0.0, 0
    top = value.numerator.bit_length() - value.denominator.bit_length()
    for s in (0, top, top - 1000):
        scaled = value / Fraction(2) ** s
        try:
            hi = float(scaled)  # Python rounds a fraction correctly, to nearest even
        except OverflowError:
            continue
        rest = scaled - Fraction(hi)
        lo = float(rest)
        if (abs(hi) >= 2.0**-1022 or rest == 0) and (abs(lo) >= 2.0**-1022 or rest == lo):
            return hi, lo, s
    return hi, lo or math.copysign(2.0**-1074, rest), s


def rescale(
    hi: Floats, lo: Floats, exponent: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """(s, hi, lo), as in ``Exact``, of the numbers (hi + lo)·2^exponent with whole hi and lo.

    s is 0 wherever float64's range holds both parts. Raises InexactError unless hi is finite.
    """
    largest = largest_magnitude(hi)
    if not math.isfinite(largest):
        raise InexactError("a sum of finite numbers became infinite on the exact path")
    top = math.frexp(largest)[1] + int(exponent.max())
    if int(exponent.min()) >= -1074 and top <= 1023:
        factor = np.ldexp(1.0, exponent)
        return np.zeros((), np.int64), hi * factor, lo * factor
    with np.errstate(over="ignore", under="ignore"):
        new_hi, new_lo = np.ldexp(hi, exponent), np.ldexp(lo, exponent)
        kept = (np.ldexp(new_hi, -exponent) == hi) & (np.ldexp(new_lo, -exponent) == lo)
    kept &= np.isfinite(new_hi)
    s = np.where(kept, 0, exponent)
    return s, np.where(kept, new_hi, hi), np.where(kept, new_lo, lo)
