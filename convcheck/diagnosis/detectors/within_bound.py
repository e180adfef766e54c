"""What hides inside a bound: an offset or a scale that all outputs share.

With r = (out - y) / U over M outputs that share nothing, and d what one parameter does to them:
a finding by the rule of ``verdict.evidence``, with one direction fitted and none removed, where
what is left is of an honest rounding's size; the drift of a long sum leaves more.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation
from convcheck.results import Finding, Status
from convcheck.truth.arithmetic import rounded
from convcheck.truth.bound import bound
from convcheck.truth.reference import reference
from convcheck.verdict.evidence import (
    LEAST_RMS,
    MOST_RMS,
    is_evidence,
    residual_norm,
    residual_ratio,
)


def detect(observation: Observation) -> Iterator[Finding]:
    """An offset or a scale inside the bound, by the sample of the case."""
    judgement, sample = observation.judgement, observation.sample
    rms = judgement.error.rms_over_unit if judgement.error else None
    if (
        judgement.status is not Status.WITHIN_BOUND
        or sample is None
        or observation.arithmetic.is_integer
    ):
        return
    if not rms or rms < LEAST_RMS:
        return
    narrowed = rounded(sample.case, observation.arithmetic)
    y = reference(narrowed)
    limits = bound(narrowed, observation.arithmetic, y)
    unit = limits.unit
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        r = y.error(sample.of(observation.out)) / unit
        directions = {"output-offset": 1.0 / unit, "output-scale": y.value / unit}
    counted = limits.nonzero & np.isfinite(r) & np.isfinite(directions["output-scale"])
    counted &= sample.distinct
    freedom = int(counted.sum()) - 2
    for cause, along in directions.items():
        d = along[counted]
        length, square = residual_norm(r[counted]), float(d @ d)
        if freedom < 1 or not length or not square:
            continue
        c = float(r[counted] @ d) / square
        left = residual_norm(r[counted] - c * d)
        if not is_evidence(residual_ratio(length, left), freedom):
            continue
        if left > MOST_RMS * sqrt(freedom + 2):
            continue
        fault = (
            f"{c:.6g} added to every output"
            if cause == "output-offset"
            else f"every output times {1 + c:.10g}"
        )
        yield Finding(
            cause=cause,
            implementation=judgement.output.name,
            status="supported",
            summary=f"{judgement.output.call} stays inside its bound, yet has {fault}",
            fix=fix_for(cause, observation.case, judgement.output),
        )
        return
