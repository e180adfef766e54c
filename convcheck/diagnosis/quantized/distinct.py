"""Evidence of outputs that are integers, each distinct fact once.

An output in float32 agrees with a hypothesis to seven digits; an integer of 8 bits agrees by chance
once in a few dozen tries. So the same number of the same operands, seen again and again, must not
add up: windows that hold the same numbers count once, and so do channels that are equal throughout;
where every channel is one number throughout, whatever the input, each number counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.verdict.evidence import LEAST_EVIDENCE, independent_weight
from convcheck.verdict.sample import steps_apart, windows

if TYPE_CHECKING:
    from convcheck.results import Array


def distinct_weight(
    case: Case,
    places: Sequence[Array],
    weights: Array,
    out: Array,
    enough: float = 2 * LEAST_EVIDENCE,
) -> float:
    """The sum of the weights of outputs that share no input and tell something new.

    ``weights`` and ``out`` are in shape (places, filters); ``case`` is the one that gives ``out``.
    """
    _, filters = np.unique(out, axis=1, return_index=True)
    by_place: Array = weights[:, filters].sum(axis=1)
    if (out == out[0]).all():
        return float(by_place.max())
    found, _ = windows(case, list(places))
    heaviest = np.argsort(-by_place, kind="stable")  # of equal ones some may be where y is right
    operands = np.concatenate([found.reshape(len(found), -1), out], axis=1)[heaviest]
    _, first = np.unique(operands, axis=0, return_index=True)
    kept = heaviest[first]
    some = [axis[kept] for axis in places]
    return independent_weight(some, steps_apart(case), by_place[kept], enough)
