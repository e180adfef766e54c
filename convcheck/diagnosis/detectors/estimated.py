"""Single causes with a parameter: estimated on few outputs, and again with those that refute it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.causes.gradients.of_case import may_be_estimated
from convcheck.diagnosis.equivalence import indistinguishable
from convcheck.diagnosis.estimates.channelwise import channelwise
from convcheck.diagnosis.estimates.choices import chosen
from convcheck.diagnosis.estimates.fitted import fitted
from convcheck.diagnosis.findings import explain
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe_points import MORE, ProbePoints
from convcheck.results import Finding, Status
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array, Index

Source = Callable[..., Iterator[Hypothesis]]
"""``_shared`` or ``channelwise``: (case, output, points, arithmetic, simple) -> hypotheses."""
SCALES = {"input-scale", "kernel-scale", "output-scale"}
ROUNDS = 6
"""Times that a number is estimated: each adds the outputs that the last one fails at."""


def detect(observation: Observation) -> Iterator[Finding]:
    """An output that a scale, an offset, a border or a normalization explains."""
    if observation.status is Status.OUTSIDE_BOUND and observation.computable:
        found = explain(observation, estimated(observation))
        if found is not None:
            yield found


def estimated(observation: Observation) -> list[Hypothesis]:
    """Hypotheses that hold on the whole output: one number for all channels before one for each."""
    return _estimated(observation, _shared) or _estimated(observation, channelwise)


def _shared(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic, *, simple: bool = True
) -> Iterator[Hypothesis]:
    """Choices first: an offset that is a channel's bias is that bias, not a number near it."""
    yield from chosen(case, out, points, arithmetic)
    yield from fitted(case, out, points, arithmetic, simple=simple)


def _estimated(observation: Observation, source: Source) -> list[Hypothesis]:
    """What a source gives, its numbers estimated anew until every output allows them."""
    case = observation.case
    filters = case.output_shape[-1]
    size = MORE._replace(filters=filters, operands=2 * MORE.operands)  # places tell the numbers
    points = observation.points(case, size)
    # Equal filters may have biases of their own.
    points = replace(points, filters=np.arange(filters))
    held: dict[str, Hypothesis] = {}
    for turn in range(ROUNDS):
        found: dict[str, Hypothesis] = {}
        for one in source(case, observation.out, points, observation.arithmetic, simple=turn == 0):
            if not may_be_estimated(one.cause, case):
                continue
            known = one.cause in held or one.cause in found
            if not known and observation.survives(one, MORE):
                found[one.cause] = one
        if SCALES & (held.keys() | found.keys()):
            found.pop("input-normalization", None)  # its constant may be 0
        good, refuting = _confirmed(observation, list(found.values()))
        held |= {h.cause: h for h in good}
        if refuting:
            points = points.with_places_of(refuting)
        elif turn or held:
            break
    return list(held.values())


def _confirmed(
    observation: Observation, found: Sequence[Hypothesis]
) -> tuple[list[Hypothesis], list[Index]]:
    """Those that hold on the whole output; and outputs that refute the others."""
    good: list[Hypothesis] = []
    bad: list[Hypothesis] = []
    for hypothesis in found:
        twin = any(indistinguishable(observation, one, hypothesis) for one in good)
        (good if twin or observation.confirm(hypothesis).holds else bad).append(hypothesis)
    # What gives the same exact result holds as well, whatever its own roundings may do.
    twins = [v for v in bad if any(indistinguishable(observation, one, v) for one in good)]
    refuting = [index for v in bad if v not in twins for index in observation.confirm(v).refuting]
    return good + twins, refuting
