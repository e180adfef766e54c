"""What hides inside a bound: an offset or a scale that all outputs share, or those of a channel.

With r = (out - y) / U over M outputs that share nothing, and d what one parameter does to them:
a finding by the rule of ``verdict.evidence``, with one direction fitted and none removed, where
what is left is of an honest rounding's size; the drift of a long sum leaves more.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation
from convcheck.results import Finding, Status
from convcheck.truth.arithmetic import Arithmetic, rounded
from convcheck.truth.bound import bound, store_before_bias
from convcheck.truth.reference import reference
from convcheck.verdict.evidence import (
    LEAST_RATIO,
    LEAST_RMS,
    MOST_RMS,
    is_evidence,
    residual_norm,
    residual_ratio,
)
from convcheck.verdict.sample import Sample, of_channel, sample

if TYPE_CHECKING:
    from convcheck.results import Array

MOST_CHANNELS = 3
"""Channels that are looked at one by one, those with the largest residuals."""


class _Fault(NamedTuple):
    """One parameter, and its size."""

    is_offset: bool
    size: float


def detect(observation: Observation) -> Iterator[Finding]:
    """An offset or a scale inside the bound, of every output or of single channels."""
    judgement, whole = observation.judgement, observation.sample
    error = judgement.error.rms_over_unit if judgement.error else None
    if judgement.status is not Status.WITHIN_BOUND or whole is None or not error:
        return
    if observation.arithmetic.is_integer:
        return
    if error >= LEAST_RMS:
        found = _fault(whole, whole.of(observation.out), observation.arithmetic)
        if found is not None:
            words = (
                f"{found.size:.6g} added to every output"
                if found.is_offset
                else f"every output times {1 + found.size:.10g}"
            )
            yield _finding(observation, found, words, "output-scale")
            return
    for channel in _loudest_channels(observation):
        part = of_channel(observation.case, channel)
        alone = sample(part)
        values = alone.of(observation.out[..., [channel]])
        found = _fault(alone, values, observation.arithmetic)
        if found is not None:
            words = (
                f"{found.size:.6g} added to channel {channel}"
                if found.is_offset
                else f"channel {channel} times {1 + found.size:.10g}"
            )
            yield _finding(observation, found, words, "channel-scale")
            return


def _loudest_channels(observation: Observation) -> list[int]:
    """Channels whose residuals are larger than roundings leave, and than most channels'."""
    residuals = observation.judgement.residuals
    if residuals is None or len(residuals.rms_by_channel) < 2:
        return []
    by_channel = np.nan_to_num(residuals.rms_by_channel)
    # A rule that needs t >= 2 finds nothing below; with the median a long sum's drift is left out.
    least = LEAST_RATIO * max(LEAST_RMS, float(np.median(by_channel)))
    order = np.argsort(-by_channel)[:MOST_CHANNELS]
    everywhere = bool((by_channel > LEAST_RATIO * MOST_RMS).all())  # a number for each channel
    return [int(i) for i in order if by_channel[i] >= least or everywhere]


def _fault(part: Sample, values: Array, arithmetic: Arithmetic) -> _Fault | None:
    """The offset or scale that the rule finds in some outputs."""
    narrowed = rounded(part.case, arithmetic)
    y = reference(narrowed)
    limits = bound(narrowed, arithmetic, y)
    bias = None if narrowed.bias is None else narrowed.bias.astype(np.float64)
    unit = limits.unit + store_before_bias(y.value, bias, arithmetic)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        r = y.error(values) / unit
        directions = {True: 1.0 / unit, False: y.value / unit}
    counted = limits.nonzero & np.isfinite(r) & np.isfinite(directions[False]) & part.distinct
    freedom = int(counted.sum()) - 2
    for is_offset, along in directions.items():
        d = along[counted]
        length, square = residual_norm(r[counted]), float(d @ d)
        if freedom < 1 or not length or not square:
            continue
        c = float(r[counted] @ d) / square
        left = residual_norm(r[counted] - c * d)
        if not is_evidence(residual_ratio(length, left, freedom + 2), freedom):
            continue
        if left <= MOST_RMS * sqrt(freedom + 2):
            return _Fault(is_offset, c)
    return None


def _finding(observation: Observation, found: _Fault, words: str, scale: str) -> Finding:
    output = observation.judgement.output
    cause = "output-offset" if found.is_offset else scale
    return Finding(
        cause=cause,
        implementation=output.name,
        status="supported",
        summary=f"{output.call} stays inside its bound, yet has {words}",
        fix=fix_for(cause, observation.case, output),
    )
