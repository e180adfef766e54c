"""Sums of errors: of outputs near the largest number they are infinite, which is no mistake."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcheck.results import Array


def sum_of(values: Array) -> float:
    """The sum of an array of numbers of one sign.

    Pairwise: its relative error is below log2(n) * 2^-53, far beyond the digits shown.
    """
    with np.errstate(over="ignore"):
        return float(np.sum(values))


def sum_of_sums(parts: Iterable[float]) -> float:
    """The sum of numbers of one sign, rounded once."""
    try:
        return math.fsum(parts)
    except OverflowError:
        return math.inf
