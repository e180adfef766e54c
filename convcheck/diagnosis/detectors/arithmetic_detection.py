"""The arithmetic that really ran: the tightest that explains an output.

Inside the declared bound a narrower operand format is found by what it does to each output, by the
rule of ``verdict.evidence``; outside it is the tightest arithmetic whose own bound holds every
output. Formats that the evidence cannot tell apart are named together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.diagnosis.confirm import rows_together
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import probe
from convcheck.diagnosis.probe_points import ProbePoints
from convcheck.results import PASSES, Status
from convcheck.truth.arithmetic import (
    BFLOAT16,
    FLOAT16,
    Arithmetic,
    DetectedArithmetic,
    candidates,
    cast,
    narrowest_grid,
    rounded,
)
from convcheck.truth.bound import bound
from convcheck.truth.reference import reference
from convcheck.verdict.evidence import (
    DRIFT_DIRECTIONS,
    LEAST_RATIO,
    LEAST_RMS,
    can_be_evidence,
    is_evidence,
    residual_norm,
    residual_ratio,
    rms,
    tells_apart,
)
from convcheck.verdict.sample import Sample

if TYPE_CHECKING:
    from convcheck.results import Array

CORNER = 8, 8
"""Windows and filters of the sample that are looked at before all are."""


def detect_arithmetic(observation: Observation) -> DetectedArithmetic | None:
    """The arithmetic that ran, where it is not the declared one."""
    sample, out, declared = observation.sample, observation.out, observation.arithmetic
    if sample is None or observation.status is Status.EXACT:  # correctly rounded: as declared
        return None
    if observation.status in PASSES:
        return detect_operand_format(sample, out, declared)
    if observation.status is Status.OUTSIDE_BOUND:
        return consistent_arithmetics(observation.case, sample, out, declared)
    return None


def detect_operand_format(
    sample: Sample, out: Array, declared: Arithmetic
) -> DetectedArithmetic | None:
    """A narrower operand format that shows inside the declared bound, else None."""
    if declared.is_integer:
        return None
    values = sample.of(out)
    case = rounded(sample.case, declared)
    y = reference(case)
    limits = bound(case, declared, y)
    unit = limits.unit
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        r = y.error(values) / unit
        drift = np.stack([y.value / unit, 1.0 / unit, np.ones_like(unit)])
    # What lies below the smallest normal number may have been flushed: no format shows there.
    normal = np.abs(y.value) >= declared.output.smallest_normal
    counted = limits.nonzero & np.isfinite(r) & np.isfinite(drift).all(axis=0) & normal
    counted &= sample.distinct
    freedom = int(counted.sum()) - DRIFT_DIRECTIONS - 1
    if not can_be_evidence(freedom) or rms(r[counted]) < LEAST_RMS:
        return None
    honest = residual_norm(r[counted], drift[:, counted].T)
    corner = sample.corner(*CORNER)

    def ratio(part: Sample, candidate: Arithmetic) -> float:
        """t, with r - d over a part of the outputs; 0 where the candidate explains nothing.

        Infinite where none of the part counts: it speaks against nothing.
        """
        at = tuple(slice(size) for size in part.case.output_shape)
        some = counted[at]
        if not some.any():
            return np.inf
        narrowed = rounded(part.case, candidate)
        if part is sample and not changes_operands(case, narrowed):
            return 0.0
        r_e = reference(narrowed).error(values[at])[some] / unit[at][some]
        if not np.isfinite(r_e).all():
            return 0.0
        left = residual_norm(r_e, np.stack([d[at][some] for d in drift], 1))
        # A corner only clears: no part of a residual is longer than the whole.
        return residual_ratio(honest, left, int(some.sum()) if part is sample else 0)

    found: list[tuple[float, Arithmetic]] = []
    for candidate in candidates(declared):
        if candidate.accumulator != declared.accumulator or candidate == declared:
            continue
        # No part of a residual is longer than the whole: a few outputs clear nearly every format.
        if ratio(corner, candidate) < LEAST_RATIO:
            continue
        t = ratio(sample, candidate)
        if is_evidence(t, freedom):
            found.append((t, candidate))
    if not found:
        return None
    best = max(t for t, _ in found)
    first, *also = sorted(
        (one for one in found if not tells_apart(best, one[0], freedom)), key=lambda one: -one[0]
    )
    return DetectedArithmetic(first[1], tuple(candidate for _, candidate in also))


def consistent_arithmetics(
    case: Case, sample: Sample, out: Array, declared: Arithmetic
) -> DetectedArithmetic | None:
    """The tightest arithmetic whose bound holds an output that left its declared one, else None.

    Bounds of narrow accumulators are wide: there the errors must also be no larger than so many
    independent roundings give, u · A · sqrt(n) in the mean, which keeps a wrong kernel out.
    """
    values, corner = sample.of(out), sample.corner(*CORNER)
    holding: list[Arithmetic] = []
    grid = narrowest_grid(out)
    for candidate in (*candidates(declared, grid), *_stored_wider(declared)):
        wide = candidate.accumulator.precision >= declared.accumulator.precision
        if candidate == declared or (not wide and (holding or candidate.tiling is not None)):
            continue
        if not _holds_at(case, corner, out, candidate):
            continue  # few outputs turn down nearly every arithmetic
        if wide and not _nearer(sample, values, declared, candidate):
            continue
        # A sample's windows stand alone, in no tile.
        if candidate.tiling is None and not _holds(sample.case, values, candidate, scaled=not wide):
            continue
        if all(
            _holds(band.case, out[band.window], candidate, scaled=False)
            for band in bands(case, together=rows_together(candidate))
        ):
            holding.append(candidate)
            if not wide:  # too wide a bound to tell operand formats apart
                also = _indistinguishable(sample.case, candidate, declared)
                return DetectedArithmetic(candidate, tuple(also))
    return DetectedArithmetic(holding[0], tuple(holding[1:])) if holding else None


def _nearer(sample: Sample, values: Array, declared: Arithmetic, candidate: Arithmetic) -> bool:
    """Whether a candidate brings outputs nearer by 2: a wide bound alone holds other faults."""
    y = reference(rounded(sample.case, declared))
    limits = bound(sample.case, declared, y)
    narrowed = reference(rounded(sample.case, candidate))
    left = narrowed.error(values)
    if candidate.output.precision < declared.output.precision:
        left = values.astype(np.float64) - cast(narrowed.value, candidate.output).astype(np.float64)
    with np.errstate(all="ignore"):
        r, r_e = y.error(values) / limits.unit, left / limits.unit
    counted = np.isfinite(r) & np.isfinite(r_e) & limits.nonzero & sample.distinct
    return residual_ratio(residual_norm(r[counted]), residual_norm(r_e[counted])) >= LEAST_RATIO


def _stored_wider(declared: Arithmetic) -> Iterator[Arithmetic]:
    """Sums kept in a narrow format and handed in as float32 or float64."""
    if not (declared.output.is_narrow or declared.is_integer):
        for narrow in (FLOAT16, BFLOAT16):
            yield Arithmetic(narrow, narrow, declared.output)


def _indistinguishable(case: Case, one: Arithmetic, declared: Arithmetic) -> Iterator[Arithmetic]:
    """Arithmetics that round these operands to the same numbers, such as float16 and tfloat32."""
    for other in candidates(declared):
        same_sums = other.accumulator == one.accumulator and other != one
        if same_sums and not changes_operands(rounded(case, one), rounded(case, other)):
            yield other


def _holds_at(case: Case, part: Sample, out: Array, arithmetic: Arithmetic) -> bool:
    """Whether a part of a sample holds: a Winograd algorithm's by the tiles that they stand in."""
    if arithmetic.tiling is None:
        return _holds(part.case, part.of(out), arithmetic, scaled=False)
    *places, filters = (np.ravel(axis) for axis in part.index)
    points = ProbePoints(tuple(places), filters)
    return bool(probe(case, points, arithmetic).holds(points.of(out)).all())


def _holds(case: Case, out: Array, arithmetic: Arithmetic, *, scaled: bool) -> bool:
    narrowed = rounded(case, arithmetic)
    y = reference(narrowed)
    limits = bound(narrowed, arithmetic, y)
    if limits.undecidable.any() or not y.within(out, limits).all():
        return False
    if not scaled:
        return True
    nonzero = limits.nonzero
    roundings = limits.unit[nonzero] * np.sqrt(limits.terms[nonzero])
    with np.errstate(invalid="ignore"):
        errors = y.error(out)[nonzero] / roundings
    return bool(np.sqrt(np.mean(errors**2)) <= 1.0) if errors.size else True


def changes_operands(a: Case, b: Case) -> bool:
    """Whether two cases of one geometry have other numbers as operands."""
    return any(
        not np.array_equal(
            getattr(a, role).astype(np.float64), getattr(b, role).astype(np.float64), equal_nan=True
        )
        for role in ("input", "kernel")
    )
