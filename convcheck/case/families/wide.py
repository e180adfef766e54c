"""Exponents over as wide a range as stays clear of overflow and of subnormal numbers.

With ``lowest`` and ``highest`` the exponents of the narrowest format, and n products in an output:
numbers below 2^(e+1) and 2^(f+1) have sums of absolute products below n·2^(e+f+2), which is to be
at most 2^(highest-1), and a bias as much again; products are at least 2^(e+f), which is to be at
least 2^lowest. Both operands share that range alike; where one is given the other takes what its
largest sum and its smallest number leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.families.asked import BIAS, ONES, Asked
from convcheck.case.families.ranges import Range, shared
from convcheck.errors import UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

PLAIN = (-2, 2)
"""Exponents of what the sums of the pass leave out."""


def draw(asked: Asked) -> dict[str, Array]:
    """Each role that is to be drawn. Raises UsageError where a given array leaves no range."""
    numbers = shared(asked.summed_dtypes)
    summed = _exponents(asked, numbers)
    if asked.adds_bias:
        summed[BIAS] = numbers.lowest, numbers.highest - 2
    return {
        role: asked.cast(role, signed(asked, role, *summed.get(role, PLAIN)))
        for role in asked.drawn
    }


def signed(asked: Asked, role: str, low: int, high: int) -> Array:
    """Numbers of random sign and fraction whose exponents are uniform from ``low`` to ``high``."""
    stream, shape = asked.stream(role), asked.shapes[role]
    exponents = stream.integers(low, high + 1, shape)
    fractions = (1 + stream.random(shape)) * (1 - 2 * stream.integers(2, size=shape))
    return np.asarray(np.ldexp(fractions, exponents))


def _exponents(asked: Asked, numbers: Range) -> dict[str, tuple[int, int]]:
    """The lowest and the highest of each operand that is drawn."""
    low, high = numbers.lowest, numbers.highest - 3 - (asked.most - 1).bit_length()
    if asked.spread == ONES:
        return {asked.columned: (low, high + 1)}
    for given, other in ((asked.spread, asked.columned), (asked.columned, asked.spread)):
        if given in asked.given:
            return {other: _beside(asked, given, numbers)}
    both = -(-low // 2), high // 2
    return {asked.spread: both, asked.columned: both}


def _beside(asked: Asked, given: str, numbers: Range) -> tuple[int, int]:
    """The exponents that leave sums and products with the given operand in range."""
    values = np.abs(asked.given[given].astype(np.float64))
    mantissa, exponents = np.frexp(values[values != 0])
    if not np.isfinite(mantissa).all():
        raise _no_range(given, "holds NaN or infinity")
    smallest, largest = int(exponents.min(initial=1)) - 1, int(exponents.max(initial=1))
    # Below most · 2^(largest + e + 1); the smallest product is at least 2^(smallest + e).
    low = max(numbers.lowest, numbers.lowest - smallest)
    high = numbers.highest - 2 - largest - (asked.most - 1).bit_length()
    high = min(high, numbers.highest - 1)
    if low >= high:
        raise _no_range(given, "spans so many powers of two that products leave the format")
    return low, high


def _no_range(role: str, why: str) -> UsageError:
    return UsageError(f"--input wide: the {role} {why}; give --{role.replace(' ', '-')} random")
