"""``accumulator-wrap`` in the requantization: a sum, or its shift to the left, beyond 32 bits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.quantized.distinct import distinct_weight
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Replayed
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import wraps_int32
from convcheck.results import Experiment, Finding, Status
from convcheck.verdict.evidence import Evidence, log_evidence, residual_ratio

if TYPE_CHECKING:
    from convcheck.results import Array

CAUSE = "accumulator-wrap"
MOST, OPERANDS = 2048, 1 << 21
"""Places of outputs outside their bound that are weighed, and numbers that their windows hold."""
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
    """By the rule: what it predicts of each output outside its bound is one integer.

    Of an output at a limit, where most that wrap are, it tells which of the two: ln 2.
    """
    case, filters = observation.operands, error.shape[-1]
    out = observation.out.reshape(-1, filters)
    outside = observation.outside(replayed, observation.out).reshape(-1, filters)
    places = np.flatnonzero(outside.any(axis=1))
    window = math.prod(case.spec.kernel_size) * case.input.shape[-1]
    places = places[:: max(1, len(places) // max(min(MOST, OPERANDS // window), 1))]
    some, wrong = out[places], outside[places]
    errors = error.reshape(-1, filters)[places]
    weights = log_evidence(errors, np.full(errors.shape, ONE_INTEGER), wrong)
    lows, highs = np.array(replayed.clamps).T
    at_limit = wrong & ((some <= lows.max()) | (some >= highs.min()))
    weights = np.where(at_limit, np.minimum(weights, math.log(2)), weights)
    index = np.unravel_index(places, observation.out.shape[:-1])
    return Evidence(distinct_weight(case, index, weights, some), residual_ratio(1.0, 0.0))
