"""What no hypothesis explains: damage of a few outputs, or nothing known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from convcheck.diagnosis.detectors import damage, unexplained
from convcheck.diagnosis.observation import Observation, Surroundings
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.results import BoundViolations, Finding, Judgement, Status
from convcheck.truth.arithmetic import declared
from convcheck.verdict.evidence import rms

KEPT = 1 << 20
"""Outputs outside their bound up to which they are looked at one by one."""


def detect(observation: IntegerObservation) -> Iterator[Finding]:
    """Where an output is wrong, and how far."""
    around = Surroundings((), (), (), lambda *_: None)
    seen = Observation(
        observation.operands,
        observation.out,
        declared("int64", "int64"),
        _with_violations(observation),
        None,
        around,
    )
    found = list(damage.detect(seen))
    yield from found or unexplained.detect(seen)


def _with_violations(observation: IntegerObservation) -> Judgement:
    """What was found in judging, with each output outside its bound."""
    judgement, out = observation.judgement, observation.out
    if observation.status is not Status.OUTSIDE_BOUND:
        return judgement
    plain = observation.itself.whole
    outside = observation.outside(plain, out)
    where = plain.sums.acc if observation.holds_sums else plain.expected
    error = np.abs(out - where)
    count = int(np.count_nonzero(outside))
    message = judgement.message or f"{count:,} of {out.size:,} outputs leave their bound"
    if count > KEPT:
        return replace(judgement, message=message)
    far = error[outside].astype(np.float64)
    violations = BoundViolations(
        tuple(np.nonzero(outside)), far, far, rms(error[~outside].astype(np.float64))
    )
    return replace(judgement, message=message, violations=violations)
