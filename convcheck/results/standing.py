"""What becomes of an implementation, a pair, a whole check: statuses, verdicts, exit codes."""

from __future__ import annotations

from enum import Enum


class Status(str, Enum):
    """What became of one implementation."""

    EXACT = "exact"
    WITHIN_BOUND = "within-bound"
    OUTSIDE_BOUND = "outside-bound"
    NON_FINITE = "non-finite"
    WRONG_SHAPE = "wrong-shape"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    UNAVAILABLE = "unavailable"
    UNDECIDED = "undecided"


class Verdict(str, Enum):
    """What a pair of outputs, or a whole check, comes to. Worst first."""

    DIFFERENT = "different"
    UNDECIDED = "undecided"
    ROUNDING = "rounding"
    IDENTICAL = "identical"


EXIT_CODES = {Verdict.IDENTICAL: 0, Verdict.ROUNDING: 0, Verdict.DIFFERENT: 1, Verdict.UNDECIDED: 3}

PASSES = frozenset({Status.EXACT, Status.WITHIN_BOUND})
BROKEN = frozenset({Status.OUTSIDE_BOUND, Status.NON_FINITE, Status.WRONG_SHAPE})
"""An output of such a status is not this convolution."""


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict that counts among several: different, undecided, rounding, identical."""
    return min(verdicts, key=list(Verdict).index, default=Verdict.IDENTICAL)
