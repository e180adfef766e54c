"""Winograd's algorithm and the FFT: proved by a footprint and a bound, or named by their errors.

An output outside the direct bound is run again with one input element changed. A footprint with the
tiles of a Winograd algorithm gives the output another bound (``truth.winograd``): the caller judges
it again by that one. Inside it, the algorithm is proved to be what the output departs by; outside,
causes are sought as ever, by the new bound. An FFT has no bound for each output: ``supported``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.detectors.unexplained import where_and_how_far
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.sampled_errors import errors_of
from convcheck.diagnosis.transforms.footprint import Footprint, find_footprint
from convcheck.diagnosis.transforms.scaling import WINOGRAD, likeliest
from convcheck.results import PASSES, Finding, Status
from convcheck.truth.arithmetic import rounded
from convcheck.truth.bound import bound
from convcheck.truth.reference import reference
from convcheck.truth.winograd.tiling import Tiling

if TYPE_CHECKING:
    from convcheck.results import Array


def detect_tiles(observation: Observation) -> Iterator[Finding]:
    """An output that no exact form explains, and whose footprint shows a transform.

    Asked before damage: a transform's errors stand out where windows are quiet.
    """
    judgement, around = observation.judgement, observation.others
    declared, name = judgement.declared, judgement.output.name
    if observation.status is not Status.OUTSIDE_BOUND or declared is None:
        return
    # A gradient runs again from its own operands, not from those of the convolution that it is.
    gradient = observation.case.gradient is not None
    if declared.tiling is not None or gradient:
        return
    if name not in around.footprints:
        around.footprints[name] = find_footprint(
            observation.case, observation.out, declared, lambda case: _run(observation, case)
        )
    shown = around.footprints[name]
    if shown is None:
        return
    tiling = _tiling(observation, shown)
    if tiling is None:
        yield from detect(observation)
        return
    around.tilings[name] = tiling
    output = judgement.output
    yield Finding(
        cause=WINOGRAD,
        implementation=name,
        status="supported",
        summary=f"{output.call}: {shown}; {where_and_how_far(observation)}",
        fix=fix_for(WINOGRAD, observation.case, output),
        departs=True,
    )


def _run(observation: Observation, case: Case) -> Array | None:
    output = observation.others.rerun(case, observation.judgement.output.name)
    return None if output is None else output.array


def _tiling(observation: Observation, shown: Footprint) -> Tiling | None:
    """The first algorithm with these tiles that holds every output, else the commonest.

    None that might overflow: without a bound what departs would be undecided.
    """
    bounded = []
    for tiling in shown.tilings():
        held = _is_held(observation, tiling)
        if held:
            return tiling
        if held is not None:
            bounded.append(tiling)
    return bounded[0] if bounded else None


def _is_held(observation: Observation, tiling: Tiling) -> bool | None:
    """Whether the algorithm's bound holds every output; None where it has none for one."""
    arithmetic = replace(observation.arithmetic, tiling=tiling)
    held = True
    for band in bands(observation.case, together=tiling.rows):
        case = rounded(band.case, arithmetic)
        y = reference(case)
        limits = bound(case, arithmetic, y)
        if not tiling.fits(case) or not np.isfinite(limits.limit).all():
            return None
        held = held and bool(y.within(observation.out[band.window], limits).all())
    return held


def detect_held(observation: Observation) -> Iterator[Finding]:
    """An output that leaves the direct bound, and that the one of its Winograd algorithm holds."""
    judgement, output = observation.judgement, observation.judgement.output
    shown = observation.others.footprints.get(output.name)
    tiling = observation.arithmetic.tiling
    if judgement.status not in PASSES or tiling is None or shown is None:
        return
    yield Finding(
        cause=WINOGRAD,
        implementation=output.name,
        status="proved",
        summary=f"{output.call}: {shown}; consistent with {tiling} (points {tiling.points} and "
        "infinity): every output is within its bound, not all are within that of plain sums",
        fix=fix_for(WINOGRAD, observation.case, output),
    )


def detect(observation: Observation) -> Iterator[Finding]:
    """An output whose errors are of the size that a transform makes."""
    if observation.status is not Status.OUTSIDE_BOUND or not len(observation.violations.ratios):
        return
    if observation.arithmetic.is_integer:
        return
    output = observation.judgement.output
    shown = observation.others.footprints.get(output.name)
    found = likeliest(errors_of(observation), shown)
    if found is None:
        return
    seen = "" if shown is None else f"{shown}; "
    yield Finding(
        cause=found.cause,
        implementation=output.name,
        status="supported",
        summary=f"{output.call}: {seen}{found.detail}; {where_and_how_far(observation)}",
        fix=fix_for(found.cause, observation.case, output),
        also=found.also,
        departs=True,
    )
