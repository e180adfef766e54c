"""Narrower formats than declared, as findings about the arithmetic that really ran."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.detectors.arithmetic_detection import changes_operands
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import im2col, kernel_matrix, multiply, probe
from convcheck.diagnosis.probe_points import WEIGHED, probe_points
from convcheck.results import PASSES, Finding
from convcheck.truth.arithmetic import FLOAT32, Arithmetic, rounded
from convcheck.verdict.evidence import Evidence, grid_evidence, independent_weight, log_evidence
from convcheck.verdict.sample import steps_apart

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.truth.formats import Format

NARROW_SUMS = "low-precision-accumulation"
SHORT_NAMES = {"tfloat32": "tf32"}
LONG = 32
"""Terms from which a narrow accumulator is told from a wide one."""
SMALL, LARGE = 1 / 16, 2.0
"""Median errors that partial sums in a narrow format leave, in units of u · A: each of n >= 32
roundings is about u times a share of A. Another convolution, of operands of both signs, is some
u^-1 / sqrt(n) of it away."""
LAST_BIT = 1 / 8
"""Least share of outputs whose last bit is set, where the format is what rounded them."""


def detect(observation: Observation) -> Iterator[Finding]:
    """An output whose operands or output were rounded to narrower formats than declared."""
    causes = _causes(observation)
    if causes and causes[0] != NARROW_SUMS:
        yield _finding(observation, causes)


def detect_usual_narrow_sums(observation: Observation) -> Iterator[Finding]:
    """The next, where errors are too small for another convolution: no pair need be sought."""
    yield from _narrow_sums(observation, LARGE)


def detect_narrow_sums(observation: Observation) -> Iterator[Finding]:
    """An output whose partial sums were kept in a narrower format: it has no exact form."""
    yield from _narrow_sums(observation, np.inf)


def _narrow_sums(observation: Observation, most: float) -> Iterator[Finding]:
    causes = _causes(observation)
    detected = observation.judgement.arithmetic
    if detected is None or causes[:1] != [NARROW_SUMS]:
        return
    if SMALL <= _size_of_errors(observation, detected.arithmetic) <= most:
        yield _finding(observation, causes)


def _causes(observation: Observation) -> list[str]:
    """What the arithmetic that was detected differs in from the declared one; [] for nothing."""
    detected, declared = observation.judgement.arithmetic, observation.judgement.declared
    if detected is None or declared is None or detected.arithmetic == declared:
        return []
    return list(dict.fromkeys(_cause(one, declared) for one in detected.every))


def _finding(observation: Observation, causes: list[str]) -> Finding:
    judgement = observation.judgement
    detected, declared = judgement.arithmetic, judgement.declared
    assert detected is not None
    assert declared is not None
    inside = judgement.status in PASSES
    where = "inside its bound" if inside else "which its bound does not allow"
    exact_form = causes[0] != NARROW_SUMS and not inside
    return Finding(
        cause=causes[0],
        implementation=judgement.output.name,
        status=_status(observation, causes) if exact_form else "supported",
        summary=f"{judgement.output.call} declares {declared} and computes in {detected}, {where}"
        + _which(detected.arithmetic, declared),
        fix=fix_for(causes[0], observation.case, judgement.output),
        also=tuple(causes[1:]),
        departs=not inside,
    )


def _cause(one: Arithmetic, declared: Arithmetic) -> str:
    if one.accumulator.precision < min(declared.accumulator.precision, FLOAT32.precision):
        return NARROW_SUMS
    changed = [
        fmt
        for fmt, own in (
            (one.operands, declared.operands),
            (one.kernel_format, declared.kernel_format),
            (one.accumulator, declared.accumulator),
        )
        if fmt != own
    ]
    causes = [f"reduced-precision-{SHORT_NAMES.get(fmt.name, fmt.name)}" for fmt in changed[:1]]
    if one.output != declared.output:
        causes.append("output-precision")
    return "+".join(causes)


def _which(one: Arithmetic, declared: Arithmetic) -> str:
    """Where only one operand was rounded: which, in words."""
    x, kernel = one.operands != declared.operands, one.kernel_format != declared.kernel_format
    if x == kernel:
        return ""
    return ": only the input was rounded" if x else ": only the kernel was rounded"


def _status(observation: Observation, causes: list[str]) -> str:
    """Proved where every format of another cause rounds the operands to the same numbers."""
    detected, declared = observation.judgement.arithmetic, observation.judgement.declared
    assert detected is not None
    assert declared is not None
    first = detected.arithmetic
    others = [one for one in detected.every if _cause(one, declared) != causes[0]]
    rivals = sum(not _same_numbers(observation, first, one) for one in others)
    return _weigh(observation, first).status(rivals=rivals)


def _same_numbers(observation: Observation, one: Arithmetic, other: Arithmetic) -> bool:
    """Whether two arithmetics round the operands to the same numbers, so that no output tells."""
    return not any(
        changes_operands(rounded(band.case, one), rounded(band.case, other))
        for band in bands(observation.case)
    )


def _weigh(observation: Observation, first: Arithmetic) -> Evidence:
    """Evidence for operands rounded so, over outputs that share nothing."""
    case, declared = observation.case, observation.arithmetic
    points = probe_points(case, WEIGHED)
    given = points.of(observation.out)
    ours, theirs = probe(case, points, declared), probe(case, points, first)
    outside = ~ours.holds(given)
    bits = declared.output.precision - first.output.precision
    if (
        bits
    ):  # a rounding of the output is known by its grid, its own bound is as wide as its errors
        weights = grid_evidence(outside, bits)
    else:
        weights = log_evidence(given - ours.value, theirs.limit, outside)
    steps = steps_apart(rounded(case, declared))
    weight = independent_weight(points.places, steps, weights.sum(axis=1))
    return Evidence(weight, np.inf)


def _size_of_errors(observation: Observation, narrow: Arithmetic) -> float:
    """The median error in units of u · A of a narrow accumulator, whose bound would hold damage.

    0 for short sums, and where outputs are not on its grid, as sums handed in wider are, or on a
    coarser one.
    """
    case, declared = observation.case, observation.arithmetic
    if case.terms < LONG:
        return 0.0
    points = probe_points(case, WEIGHED)
    given, fmt = points.of(observation.out), narrow.accumulator
    if not _on_grid(given, fmt):
        return 0.0
    inputs, kernel = im2col(case, points, declared), kernel_matrix(case, points.filters, declared)
    plain = multiply(inputs, kernel, declared)
    size = inputs.magnitudes @ np.abs(kernel.values)
    with np.errstate(all="ignore"):
        return float(np.nanmedian(np.abs(given - plain.value) / (fmt.u * size)))


def _on_grid(values: Array, fmt: Format) -> bool:
    """Whether all are numbers of a format, and of none coarser, as whole numbers would be.

    The last bit of a sum is set every second time, less often where the last terms cancel.
    """
    if not np.array_equal(values.astype(fmt.dtype).astype(np.float64), values):
        return False
    significands = np.ldexp(np.frexp(values[values != 0])[0], fmt.precision)
    odd = np.count_nonzero(significands % 2 == 1)
    return bool(odd >= max(LAST_BIT * significands.size, 1))
