"""What a hypothesis about integers does for the outputs outside their bound.

The rule is that of ``verdict.evidence``: the sum of ln(|out - y| / B_E) over outputs that share no
input. Where a formula gives every output under the hypothesis, both sides are integers: B_E is 1/2
about the one that it gives, and y the integer that the same formula gives of the case itself, from
which the output is 1 away or more. Where outputs are only within a bound, y is the real number and
B_E the bound. An output at a limit may come of any sum beyond it and tells nothing, unless the
limits are what the hypothesis is about. What tells the same twice counts once: see ``distinct``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.diagnosis.findings import ratio_of_lengths
from convcheck.diagnosis.probe_points import WEIGHED, ProbePoints
from convcheck.diagnosis.quantized.distinct import distinct_weight
from convcheck.diagnosis.quantized.held import Held
from convcheck.diagnosis.quantized.near_ties import outputs_at
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Replayed
from convcheck.verdict.evidence import LEAST_EVIDENCE, Evidence, log_evidence

if TYPE_CHECKING:
    from convcheck.results import Array

ONE_INTEGER = 0.5
"""The bound of what is one integer: half the way to the next."""


@dataclass(frozen=True)
class _Residuals:
    """Outputs at some points, without the hypothesis and with it."""

    gone: Array
    """|out - y|."""
    left: Array
    """|out - y_E|."""
    unit: Array
    """B_E."""
    outside: Array
    """Which leave their bound without the hypothesis."""
    differ: bool = False
    """Whether the outputs should not all be one number."""


def weigh(observation: IntegerObservation, one: Held) -> Evidence:
    """The evidence for a hypothesis that holds."""
    changed = one.changed
    points = observation.points(changed.case, WEIGHED)
    theirs, there = changed.at(points), changed.out[points.index]
    found = _residuals(observation, one, theirs, points)
    counted = found.outside
    if not observation.holds_sums and changed.hypothesis.limits is None:
        counted = counted & _inside_limits(theirs, there)
    weights = log_evidence(found.gone, found.unit, counted)
    fitted = changed.hypothesis.n_fitted
    enough = 2 * LEAST_EVIDENCE + fitted
    weight = distinct_weight(changed.case, points.places, weights, there, enough)
    spread = there - np.median(there)
    ratio = min(
        ratio_of_lengths([found.gone], found.left, found.outside, found.unit),
        ratio_of_lengths([spread], found.left, spread != 0, found.unit),
    )
    if not spread.any() and found.differ:
        ratio = 0.0  # the same number everywhere leaves nothing either
    return Evidence(weight - fitted, ratio)


def _residuals(
    observation: IntegerObservation, one: Held, theirs: Replayed, points: ProbePoints
) -> _Residuals:
    out = observation.out
    integers = observation.holds_sums or bool(one.reproduced)
    value = theirs.sums.acc if observation.holds_sums else theirs.expected
    if integers:
        left, unit = np.zeros(value.shape), np.full(value.shape, ONE_INTEGER)
    else:
        left = np.abs(one.changed.out[points.index] - value)
        unit = theirs.allowed(one.within[0])
    if not out.shape == observation.operands.output_shape == one.changed.case.output_shape:
        # No element can be compared: what a wrong hypothesis would miss by.
        gone = np.abs(value - np.median(value))
        return _Residuals(gone, left, unit, gone > unit)
    ours, given = observation.itself.at(points), out[points.index]
    outside = observation.outside(ours, given)
    if observation.holds_sums:
        both = [np.abs(given - sums) for sums in (ours.sums.acc, ours.sums.products)]
        gone = np.minimum(*both)
    elif one.reproduced:
        gone = np.abs(given - _formula_of_case(observation, one.reproduced[0], points))
    else:
        gone = np.abs(given - ours.expected)
    return _Residuals(gone, left, unit, outside, bool(np.ptp(ours.expected) > 1))


def _formula_of_case(observation: IntegerObservation, name: str, points: ProbePoints) -> Array:
    """What a formula gives of the case itself at some points."""
    index = np.broadcast_arrays(*points.index)
    flat = np.ravel_multi_index(tuple(index), observation.out.shape)
    p = observation.quantized.parameters
    given = outputs_at(observation.sums, p, flat.ravel(), [name])[name]
    return given.reshape(flat.shape)


def _inside_limits(replayed: Replayed, out: Array) -> Array:
    lows, highs = np.array(replayed.clamps).T
    return np.asarray((out > lows.max()) & (out < highs.min()))
