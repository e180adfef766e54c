"""Two integer outputs against each other, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.results import PASSES, Difference, Judgement, Status, Verdict
from convcheck.verdict.quantized.holding import Largest
from convcheck.verdict.sums import sum_of, sum_of_sums

if TYPE_CHECKING:
    from convcheck.results import Array

_OUTPUTS = 1 << 18
"""Outputs compared at once."""


def difference(a: Judgement, b: Judgement) -> Difference | None:
    """The pair; None of sums and an output, which are no two of a kind."""
    names = a.output.name, b.output.name
    one, two = a.output.array, b.output.array
    judged = a.requantization, b.requantization
    if judged[0] and judged[1] and one is not None and two is not None:
        if judged[0].holds_sums != judged[1].holds_sums:
            return None
        return _compared(a, b, one, two)
    wrong = Status.WRONG_SHAPE in (a.status, b.status)
    if wrong and one is not None and two is not None:
        same = one.shape == two.shape and np.array_equal(one, two)
        return Difference(*names, Verdict.IDENTICAL if same else Verdict.DIFFERENT)
    return Difference(*names, Verdict.DIFFERENT if wrong else Verdict.UNDECIDED)


def _compared(a: Judgement, b: Judgement, one: Array, two: Array) -> Difference:
    unequal, sums, largest, largest_output = 0, [], Largest(), 0.0
    flat_one, flat_two = one.reshape(-1), two.reshape(-1)
    for first in range(0, one.size, _OUTPUTS):
        mine, theirs = (array[first : first + _OUTPUTS] for array in (flat_one, flat_two))
        largest_output = max(largest_output, _magnitude(mine), _magnitude(theirs))
        unequal += int(np.count_nonzero(mine != theirs))
        # Sums beyond 2^53 are no sums of 8 or 16 bits; those below are exact in float64.
        gap = np.abs(mine.astype(np.float64) - theirs)
        sums.append(sum_of(gap))
        largest.update(gap, first)
    verdict = Verdict.IDENTICAL
    if unequal:
        sound = a.status in PASSES and b.status in PASSES
        verdict = Verdict.ROUNDING if sound else Verdict.DIFFERENT
    return Difference(
        a.output.name,
        b.output.name,
        verdict=verdict,
        sum_abs=sum_of_sums(sums),
        max_abs=largest.value,
        max_ulps=largest.value,
        unequal=unequal,
        total=one.size,
        worst_index=largest.index(one.shape) if unequal else None,
        largest_output=largest_output,
    )


def _magnitude(values: Array) -> float:
    return max(abs(float(values.min())), abs(float(values.max())))
