"""From hypotheses that survived their probes to one finding: confirmed, weighed, told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.cause import Hypothesis
from convcheck.causes.fixes import fix_of, for_other_side
from convcheck.diagnosis.confirm import changed_case
from convcheck.diagnosis.effort import threads_for
from convcheck.diagnosis.equivalence import grouped
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import probe
from convcheck.diagnosis.probe_points import WEIGHED, probe_points
from convcheck.results import PASSES, Experiment, Finding
from convcheck.verdict.evidence import (
    LEAST_EVIDENCE,
    Evidence,
    independent_weight,
    log_evidence,
    of_distinct_facts,
    residual_norm,
    residual_ratio,
    spent_on,
)
from convcheck.verdict.sample import steps_apart

if TYPE_CHECKING:
    from convcheck.results import Array


MOST_SAME = 2
"""Other details of one cause that are told where they give the same."""


def explain(observation: Observation, hypotheses: Sequence[Hypothesis]) -> Finding | None:
    """The first hypothesis that every output allows, and all that hold beside it."""
    with threads_for(observation.case):
        held = _held(observation, hypotheses)
    if not held:
        return None
    (best, *others), left, evidence = held[0]
    # A pair in the other order is the same pair.
    names = {frozenset(best.cause.split("+")): best.cause}
    for group, *_ in held:
        for one in group:
            names.setdefault(frozenset(one.cause.split("+")), one.cause)
    output = observation.judgement.output
    return Finding(
        cause=best.cause,
        implementation=output.name,
        status=evidence.status(rivals=len(held) - 1 + _is_one_number(observation.out)),
        summary=f"{output.call} computes {best.detail}{_or(best, others)}",
        evidence=(Experiment(best.detail, left),),
        fix=_fix(observation, best),
        also=tuple(names.values())[1:],
        departs=True,
    )


def _or(best: Hypothesis, others: Sequence[Hypothesis]) -> str:
    """What else the one cause may be here, where it gives the same numbers."""
    same = [one.detail for one in others if one.cause == best.cause and one.detail != best.detail]
    if not same:
        return ""
    more = f" and {len(same) - MOST_SAME} more" if len(same) > MOST_SAME else ""
    return f" (or, the same here, {', or '.join(same[:MOST_SAME])}{more})"


def _is_one_number(out: Array) -> bool:
    """Whether all outputs are the same: one fact, which anything that gives a constant explains."""
    first = out.flat[0]
    return bool(np.all(out == first))


def _fix(observation: Observation, hypothesis: Hypothesis) -> str | None:
    """What to change on this side, and on that of an output that it is compared with."""
    case, output, around = observation.case, observation.judgement.output, observation.others
    if case.gradient is not None:  # its calls are those of frameworks' own differentiation
        return fix_of(hypothesis, case.forward, output)
    pairs = [{pair.a, pair.b} for pair in around.differences]
    compared = (
        one.output
        for one in around.judgements
        if one.status in PASSES and {one.output.name, output.name} in pairs
    )
    ways = (fix_of(hypothesis, case, output), for_other_side(hypothesis, case, output, compared))
    return "; ".join(way for way in ways if way) or None


def _held(
    observation: Observation, hypotheses: Sequence[Hypothesis]
) -> list[tuple[list[Hypothesis], float, Evidence]]:
    """Groups that every output allows, with the summed error that they leave, and the evidence."""
    held = []
    for group in grouped(observation, hypotheses):
        confirmed = observation.confirm(group[0])
        if not confirmed.holds:
            continue
        evidence = weigh(observation, group[0])
        if evidence.explains:
            held.append((group, confirmed.sum_abs, evidence))
    return held


def weigh(observation: Observation, hypothesis: Hypothesis) -> Evidence:
    """What a hypothesis that holds does for the outputs outside their bound.

    For an output of another shape, in which no element can be compared, |out - y| is how far
    apart the explained values are: what a wrong hypothesis would miss by.
    """
    case, out, arithmetic = observation.case, observation.out, observation.arithmetic
    fits = changed_case(case, hypothesis, out)
    if fits is None:
        return Evidence(0.0, 0.0)
    changed, moved = fits
    points = probe_points(changed, WEIGHED)
    theirs = probe(changed, points, arithmetic, hypothesis)
    if out.shape == case.output_shape == changed.output_shape:
        ours = probe(case, points, arithmetic)
        given = points.of(out)
        gone = np.abs(given - ours.value)
        outside = ~ours.holds(given)
        known = [ours.value]
    else:
        gone = np.abs(theirs.value - np.median(theirs.value))
        outside = gone > theirs.limit
        known = []
    unit = np.where(theirs.limit > 0, theirs.limit, 0.5)
    there = points.of(moved)
    residuals = [gone]
    for member in hypothesis.members:
        alone = changed_case(case, member, out)
        if alone is not None and alone[0].output_shape == changed.output_shape:
            value = probe(alone[0], points, arithmetic, member).value
            residuals.append(points.of(alone[1]) - value)
    left = there - theirs.value
    spread = there - np.median(there)
    facts = [there, theirs.value, *known]
    each = of_distinct_facts(log_evidence(gone, unit, outside), facts, arithmetic.output.precision)
    spent = spent_on(hypothesis.n_fitted - hypothesis.n_chosen, each)
    weight = independent_weight(
        points.places, steps_apart(changed), each.sum(axis=1), enough=2 * LEAST_EVIDENCE + spent
    )
    ratio = min(
        ratio_of_lengths(residuals, left, outside, unit),
        ratio_of_lengths([spread], left, spread != 0, unit),
    )
    return Evidence(weight - hypothesis.n_fitted, ratio, spent)


def ratio_of_lengths(residuals: Sequence[Array], left: Array, chosen: Array, unit: Array) -> float:
    """The least of several residuals over what is left, in mean squares."""
    if not chosen.any():
        return np.inf
    with np.errstate(all="ignore"):
        explained = residual_norm((left / unit)[chosen])
        lengths = [residual_norm((one / unit)[chosen]) for one in residuals]
    return residual_ratio(min(lengths), max(explained, 1e-300))
