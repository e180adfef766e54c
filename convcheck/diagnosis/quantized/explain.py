"""From hypotheses about integers to one finding: a few outputs, all, weighed, told apart.

The rule is that of ``verdict.evidence``. B_E is the bound of a formula that holds every output; of
an output at a limit that the sum lies beyond, any larger sum gives the same, so that it tells
nothing, unless the limits are what the hypothesis is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.causes.quantized.catalogue import hypotheses
from convcheck.diagnosis.effort import one_thread, threads_for
from convcheck.diagnosis.findings import ratio_of_lengths
from convcheck.diagnosis.probe_points import FEW, MORE, WEIGHED
from convcheck.diagnosis.quantized.estimated import scale_orders
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Changed, Replayed
from convcheck.quantized.requantize.words import short_names
from convcheck.results import Experiment, Finding, Status
from convcheck.spelling import listed
from convcheck.verdict.evidence import Evidence, independent_weight, log_evidence
from convcheck.verdict.sample import steps_apart

if TYPE_CHECKING:
    from convcheck.results import Array

EXPLAINABLE = frozenset({Status.OUTSIDE_BOUND, Status.WRONG_SHAPE})
LISTED = 2
"""Formulas that a summary names."""
MOST = 48
"""Hypotheses that are held against the whole output."""
ONE_INTEGER = 0.5
"""The bound of sums that are integers: half the way to another one."""


@dataclass(frozen=True)
class Held:
    """A hypothesis that every output allows."""

    changed: Changed
    within: tuple[str, ...]
    """Formulas within whose bound every output is; () where outputs are sums."""
    reproduced: tuple[str, ...]
    """Those that give every output."""
    expected: Array
    """Where outputs should be, in the layout of the output seen."""
    left: float
    """Summed distance of the outputs from there."""


def explain(observation: IntegerObservation) -> Finding | None:
    """What explains an output outside its bound; None where nothing does."""
    if observation.status not in EXPLAINABLE:
        return None
    surviving = _surviving(observation)
    with threads_for(observation.operands):
        held = [one for changed in surviving[:MOST] if (one := confirm(observation, changed))]
    groups = [(group, weigh(observation, group[0])) for group in _grouped(held)]
    groups = [(group, evidence) for group, evidence in groups if evidence.explains]
    # What a formula gives to the last element comes before what is only within a bound.
    groups.sort(key=lambda pair: not _is_replay(observation, pair[0]))
    if not groups:
        return None
    group, evidence = groups[0]
    best = group[0].changed.hypothesis
    left_out = len(surviving) > MOST
    names = dict.fromkeys(one.changed.hypothesis.cause for every, _ in groups for one in every)
    output = observation.output
    return Finding(
        cause=best.cause,
        implementation=output.name,
        status=evidence.status(rivals=len(groups) - 1 + left_out),
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


def confirm(observation: IntegerObservation, changed: Changed) -> Held | None:
    """A hypothesis held against every output; None where one refutes it."""
    whole, out = changed.whole, changed.out
    if not observation.held(whole, out).all():
        return None
    if observation.holds_sums:
        acc, products = whole.sums.acc, whole.sums.products
        sums = acc if np.array_equal(out, acc) else products
        if not np.array_equal(out, sums):
            return None
        return Held(changed, (), (), _in_place(observation, changed, sums), 0.0)
    within = tuple(name for name in observation.formulas if _is_within(whole, out, name))
    if not within:
        return None
    given = tuple(name for name in within if _gives(whole, out, name))
    left = float(np.abs(out - whole.expected).sum())
    return Held(changed, within, given, _in_place(observation, changed, whole.expected), left)


def _is_within(whole: Replayed, out: Array, name: str) -> bool:
    wraps = whole.formula(name).wraps(whole.sums, whole.p)
    return not wraps.any() and bool(whole.within(out, name).all())


def _gives(whole: Replayed, out: Array, name: str) -> bool:
    return bool(np.array_equal(whole.formula(name).output(whole.sums, whole.p), out))


def _in_place(observation: IntegerObservation, changed: Changed, values: Array) -> Array:
    """Values in the layout of the output seen."""
    convolution = changed.hypothesis.convolution
    if convolution is None or (
        convolution.relayout is None and convolution.channel_permutation is None
    ):
        return values
    flat = np.arange(observation.out.size).reshape(observation.out.shape)
    found = np.empty(observation.out.size, values.dtype)
    found[convolution.to_case_layout(flat).ravel()] = values.ravel()
    return found.reshape(observation.out.shape)


def _grouped(held: Sequence[Held]) -> list[list[Held]]:
    """Those that cannot be told apart here stand together."""
    groups: list[list[Held]] = []
    for one in held:
        same = (group for group in groups if _is_same(group[0].expected, one.expected))
        group = next(same, None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _is_same(a: Array, b: Array) -> bool:
    """Equal but for what float64 rounds of a real bias."""
    return bool(np.allclose(a, b, rtol=1e-12, atol=1e-9))


def weigh(observation: IntegerObservation, one: Held) -> Evidence:
    """What a hypothesis that holds does for the outputs outside their bound."""
    changed, out = one.changed, observation.out
    points = observation.points(changed.case, WEIGHED)
    theirs, there = changed.at(points), changed.out[points.index]
    value, unit = _value(observation, theirs), _unit(theirs, one)
    if out.shape == changed.case.output_shape:
        itself = observation.itself
        ours, given = itself.at(points), out[points.index]
        gone = np.abs(given - _value(observation, ours))
        outside = observation.outside(ours, given)
    else:  # no element can be compared: what a wrong hypothesis would miss by
        gone = np.abs(value - np.median(value))
        outside = gone > unit
    left, spread = there - value, there - np.median(there)
    weights = log_evidence(gone, unit, outside & _tells(theirs, changed, there)).sum(axis=1)
    weight = independent_weight(points.places, steps_apart(changed.case), weights)
    ratio = min(
        ratio_of_lengths([gone], left, outside, unit),
        ratio_of_lengths([spread], left, spread != 0, unit),
    )
    return Evidence(weight - changed.hypothesis.n_fitted, ratio)


def _value(observation: IntegerObservation, replayed: Replayed) -> Array:
    if observation.holds_sums:
        return replayed.sums.acc.astype(np.float64)
    return replayed.expected


def _unit(replayed: Replayed, one: Held) -> Array:
    if not one.within:
        return np.full(replayed.sums.products.shape, ONE_INTEGER)
    return replayed.allowed((*one.reproduced, *one.within)[0])


def _tells(replayed: Replayed, changed: Changed, out: Array) -> Array:
    """Which outputs are told by the sum alone: those not at a limit."""
    if changed.hypothesis.limits is not None or out.dtype.itemsize > 2:
        return np.ones(out.shape, bool)
    limits = np.array(replayed.clamps)
    return np.asarray((out > limits[:, 0].max()) & (out < limits[:, 1].min()))
