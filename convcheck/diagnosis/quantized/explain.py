"""From hypotheses about integers to one finding: a few outputs, all, weighed, told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from convcheck.causes.fixes import fix_for
from convcheck.causes.quantized.catalogue import hypotheses
from convcheck.diagnosis.effort import one_thread, threads_for
from convcheck.diagnosis.probe_points import FEW, MORE
from convcheck.diagnosis.quantized.added import is_rival
from convcheck.diagnosis.quantized.estimated import scale_orders
from convcheck.diagnosis.quantized.held import Held, confirm, grouped
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Changed
from convcheck.diagnosis.quantized.weigh import weigh
from convcheck.quantized.requantize.words import short_names
from convcheck.results import Experiment, Finding, Status
from convcheck.spelling import listed

EXPLAINABLE = frozenset({Status.OUTSIDE_BOUND, Status.WRONG_SHAPE})
LISTED = 2
"""Formulas that a summary names."""
MOST = 48
"""Hypotheses that are held against the whole output."""


def explain(observation: IntegerObservation) -> Finding | None:
    """What explains an output outside its bound; None where nothing does."""
    if observation.status not in EXPLAINABLE:
        return None
    surviving = _surviving(observation)
    with threads_for(observation.operands):
        # One at a time, and none keeps the sums that it was held by.
        every = (confirm(observation, replace(changed)) for changed in surviving[:MOST])
        together = grouped(one for one in every if one is not None)
    groups = [(group, weigh(observation, group[0])) for group in together]
    groups = [(group, evidence) for group, evidence in groups if evidence.explains]
    # What a formula gives to the last element comes before what is only within a bound.
    groups.sort(key=lambda pair: not _is_replay(observation, pair[0]))
    if not groups:
        return None
    group, evidence = groups[0]
    best = group[0].changed.hypothesis
    rivals = len(groups) - 1 + (len(surviving) > MOST) + is_rival(observation, group[0])
    names = dict.fromkeys(one.changed.hypothesis.cause for every, _ in groups for one in every)
    output = observation.output
    return Finding(
        cause=best.cause,
        implementation=output.name,
        status=evidence.status(rivals=rivals),
        summary=f"{output.call} computes {best.detail}{_how_well(group[0])}",
        evidence=(Experiment(best.detail, group[0].left),),
        fix=fix_for(best.cause, None, output),
        also=tuple(name for name in names if name != best.cause),
        departs=True,
    )


def _is_replay(observation: IntegerObservation, group: Sequence[Held]) -> bool:
    return observation.holds_sums or any(one.reproduced for one in group)


def _how_well(one: Held) -> str:
    names = one.reproduced or one.within
    if not names:
        return ""
    short = short_names(names)
    words = listed(short) if len(short) <= LISTED else f"each of {len(short)} formulas"
    if one.reproduced:
        return f"; {words} then {'gives' if len(short) != 2 else 'give'} every output"
    return f"; every output is then within the bound of {words}"


@one_thread()
def _surviving(observation: IntegerObservation) -> list[Changed]:
    """The hypotheses that every output looked at allows."""
    found = []
    for changed in _candidates(observation):
        if observation.may_be(changed, FEW) and observation.may_be(changed, MORE):
            found.append(replace(changed))
    return found


def _candidates(observation: IntegerObservation) -> Iterator[Changed]:
    every = hypotheses(observation.quantized, observation.out.shape)
    for hypothesis in (*every, *scale_orders(observation)):
        changed = observation.changed(hypothesis)
        if changed is not None:
            yield changed
