"""``accumulator-wrap`` in the requantization: a sum, or its shift to the left, beyond 32 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Replayed
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import wraps_int32
from convcheck.results import Experiment, Finding, Status
from convcheck.verdict.evidence import Evidence, independent_weight, log_evidence, residual_ratio
from convcheck.verdict.sample import steps_apart

if TYPE_CHECKING:
    from convcheck.results import Array

CAUSE = "accumulator-wrap"
MOST = 2048
"""Outputs outside their bound that are weighed."""
ONE_INTEGER = 0.5
"""A formula gives one integer: its bound is half the way to the next."""


def detect(observation: IntegerObservation) -> Finding | None:
    """An output outside its bound that a formula gives, since something of it wraps."""
    found = observation.judgement.requantization
    if observation.status is not Status.OUTSIDE_BOUND or found is None:
        return None
    sums, p = observation.sums, observation.quantized.parameters
    declared = observation.output.formulas
    for name in sorted(found.reproduced_by, key=lambda one: one not in declared):
        wraps = FORMULAS[name].wraps(sums, p)
        if wraps.any():
            return _finding(observation, name, wraps)
    return None


def _finding(observation: IntegerObservation, name: str, wraps: Array) -> Finding:
    replayed = observation.itself.whole
    output, out = observation.output, observation.out
    error = np.abs(out - replayed.expected)
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(error * wraps)), out.shape))
    detail = f"{name}, of which {_what(observation, name, place)} wraps around in 32 bits"
    return Finding(
        cause=CAUSE,
        implementation=output.name,
        status=_evidence(observation, replayed, error).status(),
        summary=f"{output.call} computes {detail}: {np.count_nonzero(wraps):,} of {out.size:,} "
        f"outputs; {name} gives every output",
        evidence=(Experiment(detail, 0.0),),
        fix=fix_for(CAUSE, None, output),
        departs=True,
    )


def _what(observation: IntegerObservation, name: str, place: tuple[int, ...]) -> str:
    formula = FORMULAS[name]
    acc = formula.acc(observation.sums)[place]
    if formula.multiplier is None or bool(wraps_int32(np.array(acc))):
        return f"the sum {int(acc)} at {place}"
    left = formula.multiplier(observation.quantized.parameters).left
    shift = int(left[place[-1] if left.size > 1 else 0])
    return f"the sum {int(acc)} at {place}, shifted left by {shift},"


def _evidence(observation: IntegerObservation, replayed: Replayed, error: Array) -> Evidence:
    """By the rule: what it predicts of each output outside its bound is one integer."""
    outside = observation.outside(replayed, observation.out)
    flat = np.flatnonzero(outside)
    flat = flat[:: max(1, len(flat) // MOST)]
    *places, _ = np.unravel_index(flat, outside.shape)
    weights = log_evidence(
        error.ravel()[flat], np.full(len(flat), ONE_INTEGER), np.ones(len(flat), bool)
    )
    weight = independent_weight(places, steps_apart(observation.operands), weights)
    return Evidence(weight, residual_ratio(1.0, 0.0))
