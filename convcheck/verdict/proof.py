"""Proof of an explanation: confirmed on the whole output, weighed where outputs share nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import Band, bands
from convcheck.case.case import Case
from convcheck.errors import SpecError
from convcheck.truth.arithmetic import Arithmetic, rounded
from convcheck.truth.bound import Bound, bound
from convcheck.truth.formats import FLOAT64
from convcheck.truth.reference import Reference, reference
from convcheck.truth.windows import forward_kernel
from convcheck.verdict.arithmetics import LEAST_EVIDENCE, LEAST_GAIN
from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.glimpse import Seen, Spots, allowance, see, spots
from convcheck.verdict.sample import apart

if TYPE_CHECKING:
    from convcheck.results import Array, Index

REFUTING = 64
"""Most outputs that tell where an explanation fails."""
PLACES = 1024
FILTERS = 32


@dataclass(frozen=True)
class Confirmed:
    """An explanation held against every output."""

    holds: bool
    left: float = math.nan
    """Summed |out - y_E|."""
    beyond: tuple[Index, ...] = ()
    """Of the outputs that refute it, the farthest of one band, in the changed case's layout."""


def changed_case(case: Case, variant: Variant, out: Array) -> tuple[Case, Array] | None:
    """The variant's case and the output as it would have it; None where they do not fit."""
    try:
        changed = variant.change(case)
        shown = variant.seen(out)
    except (SpecError, ValueError, IndexError):
        return None
    return (changed, shown) if shown.shape == changed.output_shape else None


def confirm(case: Case, variant: Variant, out: Array, arithmetic: Arithmetic) -> Confirmed:
    """Whether |out - y_E| <= B_E in every element, band by band, until one is outside."""
    fits = changed_case(case, variant, out)
    if fits is None:
        return Confirmed(False)
    changed, shown = fits
    if arithmetic.is_integer and changed.input.dtype.kind == "f":
        return Confirmed(False)
    extra = allowance(variant, changed, arithmetic) if variant.roundings else None
    left = 0.0
    for band in bands(changed):
        part = shown[band.window]
        narrowed = rounded(band.case, arithmetic)
        wide = arithmetic.output.precision > 24 and not arithmetic.is_integer
        y = reference(narrowed, exact_everywhere=wide and variant.step is None)
        limits = bound(narrowed, arithmetic, y)
        if limits.undecidable.any():
            return Confirmed(False)
        if extra:
            kernel = np.abs(forward_kernel(narrowed, narrowed.kernel).astype(np.float64))
            per_filter = extra[1] * kernel.sum(axis=tuple(range(kernel.ndim - 1)))
            own = extra[0] * limits.magnitude + per_filter
            limits = replace(limits, limit=limits.limit + own)
        if variant.step is None:
            held, error = y.within(part, limits), y.error(part)
        else:
            held, error = _after_step(y, limits, part, variant, arithmetic)
        if not held.all():
            return Confirmed(False, beyond=_farthest(np.where(held, 0.0, error), band))
        left += float(np.sum(np.abs(error)))
    return Confirmed(True, left)


def _farthest(errors: Array, band: Band) -> tuple[Index, ...]:
    size = np.abs(np.nan_to_num(errors)).ravel()
    worst = np.argsort(size)[-REFUTING:]
    places = band.whole(np.unravel_index(worst[size[worst] > 0], errors.shape))
    return tuple(tuple(int(i) for i in place) for place in zip(*places, strict=True))


def _after_step(
    y: Reference, limits: Bound, part: Array, variant: Variant, arithmetic: Arithmetic
) -> tuple[Array, Array]:
    rounding = 4 * FLOAT64.u * np.abs(y.value)
    plain = Seen(y.value, limits.limit + y.radius + rounding, y.radius)
    after = plain.after(variant, arithmetic)
    given = part.astype(np.float64)
    return after.holds(given), given - after.value


@dataclass(frozen=True)
class Weighed:
    """What an explanation does for the outputs that leave their bound."""

    evidence: float
    """Sum of ln(|out - y| / B_E) over those that share nothing, less the fitted parameters."""
    gain: float
    """|out - y| over |out - y_E|, in units of B_E, mean squares; with y what would be there
    without the explanation, without either member of a pair, or the same number everywhere:
    the least of these."""

    @property
    def explains(self) -> bool:
        """Better than no explanation: a wide bound alone holds what it does not explain."""
        return self.evidence > 0 and self.gain >= LEAST_GAIN

    @property
    def proves(self) -> bool:
        """More than chance."""
        return self.explains and self.evidence >= LEAST_EVIDENCE


def weigh(case: Case, variant: Variant, out: Array, arithmetic: Arithmetic) -> Weighed:
    """An explanation that holds, weighed at places of every kind.

    For an output of another shape, in which no element can be compared, |out - y| is how far
    apart the explained values are: what a wrong explanation would miss by.
    """
    fits = changed_case(case, variant, out)
    if fits is None:
        return Weighed(0.0, 0.0)
    changed, shown = fits
    where = spots(changed, PLACES, FILTERS)
    theirs = see(changed, where, arithmetic, variant)
    if out.shape == case.output_shape == changed.output_shape:
        ours = see(case, where, arithmetic)
        given = where.of(out)
        gone = np.abs(given - ours.value)
        outside = ~ours.holds(given)
    else:
        gone = np.abs(theirs.value - np.median(theirs.value))
        outside = gone > theirs.limit
    least = np.where(theirs.limit > 0, theirs.limit, 0.5)
    shown_there = where.of(shown)
    far = [gone]
    for member in variant.members:
        alone = changed_case(case, member, out)
        if alone is not None and alone[0].output_shape == changed.output_shape:
            far.append(where.of(alone[1]) - see(alone[0], where, arithmetic, member).value)
    left = shown_there - theirs.value
    spread = shown_there - np.median(shown_there)
    gain = min(_gain(far, left, outside, least), _gain([spread], left, spread != 0, least))
    with np.errstate(all="ignore"):
        weights = np.where(outside, np.log(gone / least), 0.0)
    weights = np.nan_to_num(weights, posinf=LEAST_EVIDENCE).sum(axis=1)
    return Weighed(independent(changed, where, weights) - variant.fitted, gain)


def _gain(far: Sequence[Array], left: Array, chosen: Array, unit: Array) -> float:
    """The least of several distances over what is left, in mean squares."""
    if not chosen.any():
        return math.inf
    with np.errstate(all="ignore"):
        rest = float(np.linalg.norm((left / unit)[chosen]))
        lengths = [float(np.linalg.norm((one / unit)[chosen])) for one in far]
    return min(lengths) / max(rest, 1e-300)


def independent(case: Case, where: Spots, weights: Array) -> float:
    """Sum of the weights of places that share no input with each other, heaviest first."""
    steps = [apart(axis, case.spec.transposed) for axis in case.axes]
    places = np.stack(where.places, 1)
    left = weights != 0
    total = 0.0
    while left.any() and total < 2 * LEAST_EVIDENCE:
        best = int(np.argmax(np.where(left, weights, -np.inf)))
        if weights[best] <= 0:
            total += float(weights[left].min())
            break
        total += float(weights[best])
        near = places[:, 0] == places[best, 0]
        for i, step in enumerate(steps):
            near &= np.abs(places[:, i + 1] - places[best, i + 1]) < step
        left &= ~near
    return total
