"""The arithmetic that really ran: the tightest that explains an output.

Inside the declared bound a narrower operand format is found by what it does to each output: with
y exact as declared, y_E exact of the narrower operands and U about one rounding,

    r = (out - y) / U      r_E = (out - y_E) / U      t = |P r| / |P r_E|

over M outputs that share no operands. P removes what honest long sums do together: drift along
y/U, 1/U and 1. E is named iff t >= 2 and (M - 4) · ln t >= 32: were r honest, r_E would be longer
than r, and chance would shorten it so with a probability below t^-(M - 4) < 1e-13. Of several,
those are named that the best does not beat by as much.

Outside the declared bound it is the tightest arithmetic whose own bound holds every output.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.truth.arithmetic import BFLOAT16, FLOAT16, Arithmetic, candidates, rounded
from convcheck.truth.bound import bound
from convcheck.truth.reference import reference
from convcheck.verdict.sample import Sample

if TYPE_CHECKING:
    from convcheck.results import Array

LEAST_GAIN = 2.0
LEAST_EVIDENCE = 32.0
"""What names or proves: chance alone would do it once in e^32."""
CORNER = 8, 8
"""Windows and filters of the sample that are looked at before all are."""
DIRECTIONS = 3
"""What P removes: drift in proportion to y, by a constant, by a constant of U."""


@dataclass(frozen=True)
class Explained:
    """An arithmetic, and those that this case cannot tell from it."""

    arithmetic: Arithmetic
    also: tuple[Arithmetic, ...] = ()

    @property
    def name(self) -> str:
        """``tfloat32/float32/float32``, equivalent ones joined by "or"."""
        names = dict.fromkeys(_plain(one) for one in (self.arithmetic, *self.also))
        return " or ".join(names)


def _plain(arithmetic: Arithmetic) -> str:
    return arithmetic.name.partition(" (")[0]


def hidden_inside(sample: Sample, out: Array, declared: Arithmetic) -> Explained | None:
    """A narrower operand format that an output inside its declared bound betrays, else None."""
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
    live = limits.live & np.isfinite(r) & np.isfinite(drift).all(axis=0)
    freedom = int(live.sum()) - DIRECTIONS - 1
    if freedom * math.log(np.finfo(float).max) < LEAST_EVIDENCE or not r[live].any():
        return None
    length = _rest(r[live], drift[:, live].T)
    few = sample.corner(*CORNER)

    def gain(part: Sample, candidate: Arithmetic) -> float:
        """t, with r_E over a part of the outputs; 0 where r_E has no length."""
        at = tuple(slice(size) for size in part.case.output_shape)
        sound = live[at]
        narrowed = rounded(part.case, candidate)
        if part is sample and not changed(case, narrowed):
            return 0.0
        r_e = reference(narrowed).error(values[at])[sound] / unit[at][sound]
        if not np.isfinite(r_e).all():
            return 0.0
        along = np.stack([one[at][sound] for one in drift], 1)
        shorter = _rest(r_e, along)
        return length / shorter if shorter else math.inf

    found: list[tuple[float, Arithmetic]] = []
    for candidate in candidates(declared):
        if candidate.accumulator != declared.accumulator or candidate == declared:
            continue
        # No part of r_E is longer than the whole: a few outputs clear nearly every candidate.
        if gain(few, candidate) < LEAST_GAIN:
            continue
        t = gain(sample, candidate)
        if t >= LEAST_GAIN and freedom * math.log(t) >= LEAST_EVIDENCE:
            found.append((t, candidate))
    if not found:
        return None
    best = max(t for t, _ in found)
    # One explains better than another by the same rule, or they cannot be told apart.
    first, *also = sorted(
        (one for one in found if not freedom * math.log(best / one[0]) >= LEAST_EVIDENCE),
        key=lambda one: -one[0],
    )
    return Explained(first[1], tuple(candidate for _, candidate in also))


def that_holds(case: Case, small: Sample, out: Array, declared: Arithmetic) -> Explained | None:
    """The tightest arithmetic whose bound holds an output that left its declared one, else None.

    Bounds of narrow accumulators are wide: there the errors must also be no larger than so many
    independent roundings give, u · A · sqrt(n) in the mean, which keeps a wrong kernel out.
    """
    values = small.of(out)
    holding: list[Arithmetic] = []
    for candidate in (*candidates(declared), *_stored_wider(declared)):
        wider = candidate.accumulator.precision >= declared.accumulator.precision
        if candidate == declared or (holding and not wider):
            continue
        if _holds(small.case, values, candidate, scaled=not wider) and all(
            _holds(band.case, out[band.window], candidate, scaled=False) for band in bands(case)
        ):
            holding.append(candidate)
            if not wider:  # too wide a bound to tell operand formats apart
                return Explained(candidate, tuple(_twins(small.case, candidate, declared)))
    return Explained(holding[0], tuple(holding[1:])) if holding else None


def _stored_wider(declared: Arithmetic) -> Iterator[Arithmetic]:
    """Sums kept in a narrow format and handed in as float32 or float64."""
    if not declared.output.is_narrow:
        for narrow in (FLOAT16, BFLOAT16):
            yield Arithmetic(narrow, narrow, declared.output)


def _twins(case: Case, one: Arithmetic, declared: Arithmetic) -> Iterator[Arithmetic]:
    """Arithmetics that round these operands to the same numbers, such as float16 and tfloat32."""
    for other in candidates(declared):
        same_sums = other.accumulator == one.accumulator and other != one
        if same_sums and not changed(rounded(case, one), rounded(case, other)):
            yield other


def _holds(case: Case, out: Array, arithmetic: Arithmetic, *, scaled: bool) -> bool:
    narrowed = rounded(case, arithmetic)
    y = reference(narrowed, exact_everywhere=arithmetic.output.precision > 24)
    limits = bound(narrowed, arithmetic, y)
    if limits.undecidable.any() or not y.within(out, limits).all():
        return False
    if not scaled:
        return True
    live = limits.live
    roundings = limits.unit[live] * np.sqrt(limits.terms[live])
    with np.errstate(invalid="ignore"):
        errors = y.error(out)[live] / roundings
    return bool(np.sqrt(np.mean(errors**2)) <= 1.0) if errors.size else True


def changed(a: Case, b: Case) -> bool:
    """Whether two cases of one geometry have other numbers as operands."""
    return any(
        not np.array_equal(
            getattr(a, role).astype(np.float64), getattr(b, role).astype(np.float64), equal_nan=True
        )
        for role in ("input", "kernel")
    )


def _rest(vector: Array, directions: Array) -> float:
    """Length of what is left of a vector without these directions."""
    scale = np.abs(directions).max(axis=0)  # squares might overflow
    basis, _ = np.linalg.qr(directions[:, scale > 0] / scale[scale > 0])
    return float(np.linalg.norm(vector - basis @ (basis.T @ vector)))
