"""The values that a parameter may have: what every output looked at allows.

Each output allows an interval; their intersection, where it is not empty and leaves out the
neutral value, is what the outputs allow together. Of it the simplest number is taken (255, 1/255,
1/n), else the middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcheck.results import Array

HALVINGS = 30
"""Bisections that find the middle: 2^-30 of the room."""
SIMPLE = (-1.0, 2.0, 0.5, 255.0, 1 / 255, 127.5, 1 / 127.5, 256.0, 1 / 256, 128.0, 1 / 128)
"""Numbers that people write, likeliest first; after them fractions n/d with d up to 1024."""
LARGEST_DENOMINATOR = 1024


@dataclass(frozen=True)
class FeasibleInterval:
    """The values of a parameter that every output looked at allows."""

    low: float
    high: float
    middle: float
    """The number that leaves the outputs the least of their room."""

    def choose(self, neutral: float, *, simple: bool) -> float | None:
        """One of them: as people are likeliest to have written it, or the middle.

        None where they do without, at the neutral value.
        """
        if self.low <= neutral <= self.high:
            return None
        return _simplest(self.low, self.high, self.middle) if simple else self.middle


def feasible(gap: Array, room: Array, direction: Array | float = 1.0) -> FeasibleInterval | None:
    """The c with |gap - c · direction| <= room everywhere; None where there is none."""

    def ends(share: float) -> tuple[float, float]:
        both = np.stack([gap - share * room, gap + share * room]) / direction
        return float(both.min(axis=0).max()), float(both.max(axis=0).min())

    low, high = ends(1.0)
    if not -np.inf < low <= high < np.inf:  # nor where float64 cannot hold its ends
        return None
    enough, less = 1.0, 0.0
    for _ in range(HALVINGS):
        share = (enough + less) / 2
        left, right = ends(share)
        enough, less = (share, less) if left <= right else (enough, share)
    left, right = ends(enough)
    return FeasibleInterval(low, high, left / 2 + right / 2)


def _simplest(low: float, high: float, middle: float) -> float:
    """The number in an interval that people are likeliest to have written, else its middle."""
    for simple in SIMPLE:
        if low <= simple <= high:
            return simple
    near = Fraction(middle).limit_denominator(LARGEST_DENOMINATOR)
    return float(near) if near and low <= float(near) <= high else middle


def snap_to_simple(value: float) -> float:
    """The simple number that an estimate stands for, else the estimate itself."""
    near = float(Fraction(value).limit_denominator(LARGEST_DENOMINATOR))
    close = math.isclose(near, value, rel_tol=1e-5, abs_tol=1e-6)
    for one in SIMPLE:
        if math.isclose(one, value, rel_tol=1e-5, abs_tol=1e-9):
            return one
    return near if close else value
