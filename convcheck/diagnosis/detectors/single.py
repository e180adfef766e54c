"""Single causes: each changed convolution of the catalogue, on few outputs, more, then on all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.effort import one_thread
from convcheck.diagnosis.findings import explain
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe_points import FEW, MORE
from convcheck.results import Finding, Status

EXPLAINABLE = frozenset({Status.OUTSIDE_BOUND, Status.WRONG_SHAPE})
"""Outputs that may be another convolution's."""


def detect(observation: Observation) -> Iterator[Finding]:
    """An output that one changed convolution explains."""
    if observation.status in EXPLAINABLE:
        found = explain(observation, surviving(observation))
        if found is not None:
            yield found


def detect_with_narrow_sums(observation: Observation) -> Iterator[Finding]:
    """The same, with partial sums kept in the narrow output format."""
    narrow = replace(observation.arithmetic, accumulator=observation.arithmetic.output)
    possible = observation.status in EXPLAINABLE and narrow.output.is_narrow
    if not possible or observation.case.terms * narrow.block * narrow.accumulator.u >= 1:
        return
    again = replace(observation, arithmetic=narrow)
    found = explain(again, surviving(again))
    if found is not None:
        yield replace(
            found,
            cause=f"{found.cause}+low-precision-accumulation",
            also=tuple(f"{cause}+low-precision-accumulation" for cause in found.also),
            status="supported",
            summary=f"{found.summary}, and keeps partial sums in {narrow.output}",
        )


@one_thread()
def surviving(observation: Observation) -> list[Hypothesis]:
    """The changed convolutions that every output probed may be of."""
    few = [one for one in observation.hypotheses() if observation.survives(one, FEW)]
    return [one for one in few if observation.survives(one, MORE)]
