"""Exact sums of products over any exponents: numbers as digits, sums of digits by position.

A long accumulator (Kulisch and Miranker 1986, "The arithmetic of the digital computer: a new
approach", SIAM Review 28) for many sums at once: an operand is at most four digits of ``width``
bits at multiples of 2^width, so that the digits of a product need no shift; they are added to
those of their own position, in float64, where sums of integers below 2^53 are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convcheck.truth.expansion import round_to_pair
from convcheck.truth.formats import FLOAT64, Floats

Ints = NDArray[np.int64]

DIGITS = 4
"""Of an operand: 53 bits, shifted by less than a width, take 52 + width <= 4 widths from 18 on."""
NARROWEST, WIDEST = 18, 25
"""Bits of a digit; a wider one would save no digit."""
LONGEST = 1 << 15
"""Products added before carries are taken: 4 · 2^(2·18) · 2^15 = 2^53."""
TABLE = 1 << 16
"""Digits held at once, for the cache."""
ROOM = 1000
"""Where no power of two serves both parts of a sum, hi lies just below 2^1000."""


def digit_sums(
    xs: list[Floats], ks: list[Floats], bias: list[Floats]
) -> tuple[Ints, Floats, Floats]:
    """(s, hi, lo), as in ``Exact``, of the sum of each row's products plus its bias.

    x is the sum of the arrays ``xs`` (rows, taps), the kernel of ``ks``, the bias (rows,) of
    ``bias``; all finite.
    """
    rows, taps = xs[0].shape
    # DIGITS products meet in one position: DIGITS · 2^(2·width) · taps <= 2^53.
    free = FLOAT64.precision - 2 - (max(min(taps, LONGEST), 1) - 1).bit_length()
    width = min(max(free // 2, NARROWEST), WIDEST)
    x, k = ([_operand(part, width) for part in parts] for parts in (xs, ks))
    added = [_operand(part, width) for part in bias]
    lows = [one.low for one in added] + [a.low + b.low for a in x for b in k]
    highs = [one.high for one in added] + [a.high + b.high for a in x for b in k]
    low, high = min(lows), max(highs)
    s = np.zeros(rows, np.int64)
    hi, lo = np.zeros(rows), np.zeros(rows)
    step = max(TABLE // (high - low + 2 * DIGITS), 1)
    for start in range(0, rows, step):
        some = slice(start, min(start + step, rows))
        total = _Total(some.stop - start, low, high, width)
        for one in added:  # no more than the products leave free: each digit is below 2^width
            total.add(one.digits[:, some], one.position[some])
        for a in x:
            for b in k:
                for first in range(0, taps, LONGEST):
                    block = some, slice(first, first + LONGEST)
                    total.add(
                        _products(a.digits[(slice(None), *block)], b.digits[(slice(None), *block)]),
                        a.position[block] + b.position[block],
                    )
                    total.carry()
        s[some], hi[some], lo[some] = total.pair()
    return s, hi, lo


@dataclass(frozen=True)
class _Operand:
    """Numbers as sums of digits[i] · 2^(width · (position + i))."""

    digits: Floats
    """(DIGITS, *shape): integers below 2^width."""
    position: Ints
    """Of the lowest digit; of 0 that of another number."""

    @property
    def low(self) -> int:
        return int(self.position.min(initial=0))

    @property
    def high(self) -> int:
        return int(self.position.max(initial=0))


def _operand(values: Floats, width: int) -> _Operand:
    mantissa, exponent = np.frexp(values)
    last = exponent.astype(np.int64) - FLOAT64.precision
    nonzero = values != 0
    last[~nonzero] = last[nonzero].max(initial=0)  # 0 stands anywhere: the range stays small
    position = last // width
    # Exact: the mantissa times 2^(53 + shift), and each part of it.
    rest = np.ldexp(mantissa, FLOAT64.precision + (last - position * width))
    digits = np.empty((DIGITS, *values.shape))
    for i in range(DIGITS - 1, 0, -1):
        digits[i] = np.trunc(rest * 2.0 ** (-i * width))
        rest -= digits[i] * 2.0 ** (i * width)
    digits[0] = rest
    return _Operand(digits, position)


def _products(a: Floats, b: Floats) -> Floats:
    """The digits of products, (2 · DIGITS - 1, rows, taps): each a sum of at most DIGITS."""
    found = np.zeros((2 * DIGITS - 1, *a.shape[1:]))
    for i in range(DIGITS):
        found[i : i + DIGITS] += a[i] * b
    return found


class _Total:
    """Sums of digits, one for each row, over positions from the lowest on."""

    def __init__(self, rows: int, low: int, high: int, width: int) -> None:
        self.width = width
        # Enough for the digits that make a float64 and the one that they may carry into.
        self.window = -(-(FLOAT64.precision + 3) // width) + 1
        self.low = low - self.window
        above = 2 * DIGITS + -(-FLOAT64.precision // width)  # what a product and carries reach
        self.table = np.zeros((high - self.low + above, rows))
        self.rows = np.arange(rows)
        self.places = np.arange(len(self.table), dtype=np.int16)[:, np.newaxis]

    def add(self, digits: Floats, position: Ints) -> None:
        """Add digits[i] · 2^(width · (position + i)), each row's along the last axis.

        So many that every position stays within 2^53; then ``carry``.
        """
        size = self.table.shape[1]
        rows = self.rows if position.ndim == 1 else self.rows[:, np.newaxis]
        first = (position - self.low) * size + rows
        keys = first + (np.arange(len(digits)) * size).reshape(-1, *[1] * first.ndim)
        found = np.bincount(keys.ravel(), digits.ravel(), self.table.size)
        self.table += found.reshape(self.table.shape)

    def carry(self) -> None:
        """Make every digit at most half of 2^width in magnitude."""
        up, down = 2.0**self.width, 2.0**-self.width
        for here, next_ in zip(self.table, self.table[1:], strict=False):
            carried = np.rint(here * down)
            here -= carried * up
            next_ += carried

    def pair(self) -> tuple[Ints, Floats, Floats]:
        """(s, hi, lo): the sums rounded to nearest even, and the rests; the table holds no more."""
        hi, of_hi = self._take_nearest()
        lo, of_lo = self._take_nearest()
        over = self.table.any(axis=0)
        smallest = FLOAT64.smallest_normal
        with np.errstate(over="ignore", under="ignore"):
            plain_hi, plain_lo = np.ldexp(hi, of_hi), np.ldexp(lo, of_lo)
            # What is subnormal must be exact, and all that there is.
            hi_is_all = (np.ldexp(plain_hi, -of_hi) == hi) & (lo == 0)
            lo_is_all = (np.ldexp(plain_lo, -of_lo) == lo) & ~over
            kept = np.isfinite(plain_hi)
            kept &= (np.abs(plain_hi) >= smallest) | hi_is_all
            kept &= (np.abs(plain_lo) >= smallest) | lo_is_all
            # Else as high as hi can stand, which leaves lo all the room below that there is.
            s = np.where(kept, 0, of_hi + np.frexp(hi)[1] - ROOM)
            hi, scaled = np.ldexp(hi, of_hi - s), np.ldexp(lo, of_lo - s)
        gone = (scaled == 0) & (lo != 0)
        return s, hi, np.where(gone, np.copysign(FLOAT64.smallest_subnormal, lo), scaled)

    def _take_nearest(self) -> tuple[Floats, Ints]:
        """(m, e): take from each sum m · 2^e, the sum rounded to nearest even."""
        places = np.where(self.table != 0, self.places, 0)
        first = np.maximum(places.max(axis=0).astype(np.int64) - self.window + 1, 0)
        # What lies below the window is less than 1 of its units: its sign alone can matter, where
        # the window is halfway between two numbers.
        places[places >= first] = 0
        below = self.table[places.max(axis=0), self.rows]
        digits = [self.table[first + i, self.rows] for i in range(self.window)]
        parts = [digit * 2.0 ** (i * self.width) for i, digit in enumerate(digits)]
        nearest, _ = round_to_pair([0.25 * np.sign(below), *parts])
        rest = nearest
        for i in range(self.window - 1, -1, -1):
            part = np.rint(rest * 2.0 ** (-i * self.width))
            digits[i] -= part
            rest = rest - part * 2.0 ** (i * self.width)
        carried = np.zeros(len(self.rows))
        for i, digit in enumerate(digits):
            whole = digit + carried
            carried = np.rint(whole * 2.0**-self.width)
            self.table[first + i, self.rows] = whole - carried * 2.0**self.width
        self.table[first + self.window, self.rows] += carried
        return nearest, self.width * (self.low + first)
