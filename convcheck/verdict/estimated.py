"""Numbers of an explanation: estimated on few outputs, and again with those that refute it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.families import fitted
from convcheck.verdict.search import MORE, Suspect, equal

if TYPE_CHECKING:
    from convcheck.results import Index

SCALES = {"input-scale", "output-scale"}
ROUNDS = 6
"""Times that a number is estimated: each adds the outputs that the last one fails at."""


def estimated(suspect: Suspect) -> list[Variant]:
    """Explanations with a number of their own, estimated again with the outputs that refute it."""
    case = suspect.case
    if suspect.out.shape != case.output_shape or not suspect.computable:
        return []
    where = suspect.spots(case, (MORE[0], case.output_shape[-1]))
    held: dict[str, Variant] = {}
    for turn in range(ROUNDS):
        every = fitted(case, suspect.out, where, suspect.arithmetic, plain=turn == 0)
        found = {v.cause: v for v in every if v.cause not in held and suspect.survives(v, MORE)}
        if SCALES & (held.keys() | found.keys()):
            found.pop("input-normalization", None)  # its constant may be 0
        good, refuting = _confirmed(suspect, list(found.values()))
        held |= {v.cause: v for v in good}
        if refuting:
            where = where.more(refuting)
        elif turn or held:
            break
    return list(held.values())


def _confirmed(suspect: Suspect, found: Sequence[Variant]) -> tuple[list[Variant], list[Index]]:
    """Those that hold on the whole output; and outputs that refute the others."""
    good: list[Variant] = []
    bad: list[Variant] = []
    for variant in found:
        twin = any(equal(suspect, one, variant) for one in good)
        (good if twin or suspect.confirm(variant).holds else bad).append(variant)
    # What gives the same exact result holds as well, whatever its own roundings may do.
    twins = [v for v in bad if any(equal(suspect, one, v) for one in good)]
    refuting = [index for v in bad if v not in twins for index in suspect.confirm(v).beyond]
    return good + twins, refuting
