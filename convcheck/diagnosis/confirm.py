"""A hypothesis held against every output, by the bound of its own exact result."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import Band, bands
from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.probe import Probe, allowance, probe
from convcheck.diagnosis.probe_points import MORE, ProbePoints
from convcheck.errors import SpecError
from convcheck.truth.arithmetic import Arithmetic, rounded
from convcheck.truth.bound import Bound, bound
from convcheck.truth.formats import FLOAT32, FLOAT64
from convcheck.truth.reference import Reference, reference
from convcheck.truth.windows import forward_kernel

if TYPE_CHECKING:
    from convcheck.results import Array, Index

MOST_REFUTING = 64
"""Most outputs that tell where a hypothesis fails."""


@dataclass(frozen=True)
class Confirmed:
    """A hypothesis held against every output."""

    holds: bool
    """Every |out - y_E| <= B_E."""
    sum_abs: float = math.nan
    """Summed |out - y_E|, where it holds."""
    refuting: tuple[Index, ...] = ()
    """Of the outputs that refute it, the farthest of one band, in the changed case's layout."""


def rows_together(arithmetic: Arithmetic) -> int:
    """How many rows of outputs an arithmetic computes at once: bands keep them together."""
    return 1 if arithmetic.tiling is None else arithmetic.tiling.rows


def changed_case(case: Case, hypothesis: Hypothesis, out: Array) -> tuple[Case, Array] | None:
    """The hypothesis's case and the output in its layout; None where they do not fit."""
    try:
        changed = hypothesis.change(case)
        moved = hypothesis.to_case_layout(out)
    except (SpecError, ValueError, IndexError):
        return None
    return (changed, moved) if moved.shape == changed.output_shape else None


def confirm(case: Case, hypothesis: Hypothesis, out: Array, arithmetic: Arithmetic) -> Confirmed:
    """Whether |out - y_E| <= B_E for every output; looked at band by band, until one is outside."""
    fits = changed_case(case, hypothesis, out)
    if fits is None:
        return Confirmed(False)
    changed, moved = fits
    if arithmetic.is_integer and changed.input.dtype.kind == "f":
        return Confirmed(False)
    if hypothesis.by_place:
        return _by_place(changed, moved, hypothesis, arithmetic)
    extra = allowance(hypothesis, changed, arithmetic) if hypothesis.roundings else None
    total = 0.0
    for band in bands(changed, together=rows_together(arithmetic)):
        part = moved[band.window]
        narrowed = rounded(band.case, arithmetic)
        y = reference(narrowed)
        limits = bound(narrowed, arithmetic, y)
        if limits.undecidable.any():
            return Confirmed(False)
        if extra is not None:
            of_magnitude, of_kernel = extra
            kernel = np.abs(forward_kernel(narrowed, narrowed.kernel).astype(np.float64))
            per_filter = of_kernel * kernel.sum(axis=tuple(range(kernel.ndim - 1)))
            own = of_magnitude * limits.magnitude + per_filter
            limits = replace(limits, limit=limits.limit + own)
        if hypothesis.post_op is None:
            held, error = y.within(part, limits), y.error(part)
        else:
            held, error = _after_function(y, limits, part, hypothesis, arithmetic)
        if not held.all():
            return Confirmed(False, refuting=_farthest(np.where(held, 0.0, error), band))
        if hypothesis.post_op is None and _is_wide(arithmetic):
            y.refine(None)  # only now: what does not hold needs no exact result
            error = y.error(part)
        total += float(np.sum(np.abs(error)))
    return Confirmed(True, total)


def _by_place(case: Case, out: Array, hypothesis: Hypothesis, arithmetic: Arithmetic) -> Confirmed:
    """The same by probes of every output, for what is no convolution: some places at a time."""
    *shape, filters = case.output_shape
    every = np.arange(prod(shape))
    step = max(1, MORE.operands // (prod(case.spec.kernel_size) * case.input.shape[-1]))
    total = 0.0
    for first in range(0, len(every), step):
        places = np.unravel_index(every[first : first + step], shape)
        points = ProbePoints(tuple(places), np.arange(filters))
        found, given = probe(case, points, arithmetic, hypothesis), points.of(out)
        held = found.holds(given)
        if not np.isfinite(found.limit).all():
            return Confirmed(False)
        if not held.all():
            place, filter_ = (axis[:MOST_REFUTING] for axis in np.nonzero(~held))
            at = np.stack([*(axis[place] for axis in places), filter_], 1)
            return Confirmed(False, refuting=tuple(tuple(int(i) for i in one) for one in at))
        total += float(np.sum(np.abs(given - found.value)))
    return Confirmed(True, total)


def _is_wide(arithmetic: Arithmetic) -> bool:
    return arithmetic.output.precision > FLOAT32.precision and not arithmetic.is_integer


def _farthest(errors: Array, band: Band) -> tuple[Index, ...]:
    size = np.abs(np.nan_to_num(errors)).ravel()
    worst = np.argsort(size)[-MOST_REFUTING:]
    places = band.whole(np.unravel_index(worst[size[worst] > 0], errors.shape))
    return tuple(tuple(int(i) for i in place) for place in zip(*places, strict=True))


def _after_function(
    y: Reference, limits: Bound, part: Array, hypothesis: Hypothesis, arithmetic: Arithmetic
) -> tuple[Array, Array]:
    rounding = 4 * FLOAT64.u * np.abs(y.value)
    plain = Probe(y.value, limits.limit + y.radius + rounding, y.radius)
    after = plain.after(hypothesis, arithmetic)
    given = part.astype(np.float64)
    return after.holds(given), given - after.value
