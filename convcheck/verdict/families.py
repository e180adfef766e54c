"""Explanations with a parameter that is estimated from the output: scales and offsets.

Each output looked at allows an interval of the parameter; their intersection, where it is not
empty and leaves out the neutral value, is what the output allows. Of it the plainest number is
taken (255, 1/255, 1/n), else the middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.arithmetic import Arithmetic
from convcheck.verdict.explanations.moved import with_pads
from convcheck.verdict.explanations.variant import Step, Variant
from convcheck.verdict.glimpse import Seen, Spots, see

if TYPE_CHECKING:
    from convcheck.results import Array

HALVINGS = 30
PLAIN = (-1.0, 2.0, 0.5, 255.0, 1 / 255, 127.5, 1 / 127.5, 256.0, 1 / 256, 128.0, 1 / 128)


@dataclass(frozen=True)
class Allowed:
    """The numbers that every output looked at allows."""

    low: float
    high: float
    middle: float
    """The number that leaves the outputs the least of their room."""

    def choose(self, neutral: float, *, plain: bool) -> float | None:
        """One of them: as people are likeliest to have written it, or the middle.

        None where they do without, at the neutral value.
        """
        if self.low <= neutral <= self.high:
            return None
        return _plainest(self.low, self.high, self.middle) if plain else self.middle


def allowed(gap: Array, room: Array, direction: Array | float = 1.0) -> Allowed | None:
    """The c with |gap - c · direction| <= room everywhere; None where there is none."""

    def ends(share: float) -> tuple[float, float]:
        both = np.stack([gap - share * room, gap + share * room]) / direction
        return float(both.min(axis=0).max()), float(both.max(axis=0).min())

    low, high = ends(1.0)
    if not low <= high:
        return None
    enough, less = 1.0, 0.0
    for _ in range(HALVINGS):
        share = (enough + less) / 2
        left, right = ends(share)
        enough, less = (share, less) if left <= right else (enough, share)
    left, right = ends(enough)
    return Allowed(low, high, (left + right) / 2)


def fitted(
    case: Case, out: Array, where: Spots, arithmetic: Arithmetic, *, plain: bool = True
) -> Iterator[Variant]:
    """Variants of a case with a parameter that all outputs looked at allow, fewest first.

    ``plain`` prefers numbers that people write; else the middle of what is allowed.
    """
    given = where.of(out)
    ours = see(case, where, arithmetic)
    if not np.isfinite(ours.limit).all():
        return
    yield from _offsets(case, where, given, ours, arithmetic, plain)
    yield from _scales(case, given, ours, arithmetic, plain)
    yield from _borders(case, where, given, ours, arithmetic, plain)
    yield from _normalized(case, where, given, ours, arithmetic)


def _offsets(
    case: Case, where: Spots, given: Array, ours: Seen, arithmetic: Arithmetic, plain: bool
) -> Iterator[Variant]:
    # The addition of the offset is rounded as well.
    room = ours.limit * (1 + 2.0**-20) + arithmetic.output.u * np.abs(given)
    gap = given - ours.value
    every = allowed(gap, room)
    one = every.choose(0.0, plain=plain) if every else None
    if one is not None:
        yield Variant(
            "output-offset",
            f"{one:.8g} added to every output",
            lambda c: _with_bias(c, one),
            "kernel",
            fitted=1,
        )
        return
    # Each channel its own: only where every channel was looked at.
    if len(where.filters) < case.output_shape[-1] or len(given) < 2:
        return
    found = [allowed(gap[:, i], room[:, i]) for i in range(len(where.filters))]
    if None in found:
        return
    each = np.zeros(case.output_shape[-1])
    each[where.filters] = [one.choose(0.0, plain=plain) or 0.0 for one in found if one]
    if each.any():
        yield Variant(
            "output-offset",
            f"a constant added to each channel, {float(np.abs(each).max()):.6g} at most",
            lambda c: _with_bias(c, each),
            "kernel",
            fitted=len(each),
        )


def _with_bias(case: Case, more: float | Array) -> Case:
    filters = case.output_shape[-1]
    bias = np.zeros(filters) if case.bias is None else case.bias.astype(np.float64)
    return replace(case, bias=bias + more)


def _scales(
    case: Case, given: Array, ours: Seen, arithmetic: Arithmetic, plain: bool
) -> Iterator[Variant]:
    bias = case.bias
    a = _scale(given, ours.value, ours.limit, arithmetic, plain)
    if a is None:
        return
    detail = f"times {a:.8g}" + (
        f" (1/{1 / a:.6g})" if a and abs(a) < 1 and abs(1 / a - round(1 / a)) < 1e-6 else ""
    )
    if bias is None and not arithmetic.is_integer:
        yield Variant(
            "input-scale",
            f"the input {detail}",
            lambda c: replace(c, input=c.input.astype(np.float64) * a),
            roundings=2,
            fitted=1,
        )
    yield Variant(
        "output-scale",
        f"the output {detail}",
        step=Step(f"scaled by {a:.8g}", lambda y: a * y, abs(a), roundings=3),
        part="value",
        fitted=1,
    )


def _scale(
    given: Array, value: Array, limit: Array, arithmetic: Arithmetic, plain: bool
) -> float | None:
    """The factor that every output allows, other than 1."""
    with np.errstate(all="ignore"):
        weight = np.where(limit > 0, limit, 1.0) ** -2.0
        first = float(np.sum(weight * given * value) / np.sum(weight * value * value))
        if not math.isfinite(first):
            return None
        room = 1.0001 * abs(first) * limit + 4 * arithmetic.output.u * np.abs(given)
        sure = np.abs(value) > 2 * limit
        if not sure.any():
            return None
        if (np.abs(given - first * value)[~sure] > room[~sure]).any():
            return None
    found = allowed(given[sure], room[sure], value[sure])
    # Zeros are nothing's multiple: they would be so of any convolution.
    if found is None or found.low <= 0 <= found.high:
        return None
    return found.choose(1.0, plain=plain)


def _plainest(low: float, high: float, middle: float) -> float:
    """The number in an interval that people are likeliest to have written, else its middle."""
    for plain in PLAIN:
        if low <= plain <= high:
            return plain
    near = Fraction(middle).limit_denominator(1024)
    return float(near) if near and low <= float(near) <= high else middle


def _borders(
    case: Case, where: Spots, given: Array, ours: Seen, arithmetic: Arithmetic, plain: bool
) -> Iterator[Variant]:
    """A constant in place of the zeros around the input."""
    if case.spec.transposed or not any(max(pair) > 0 for pair in case.pads):
        return
    ones = replace(case, input=np.ones(case.input.shape), bias=None)
    around = see(_bordered(ones, 1.0), where, arithmetic).value
    direction = around - see(ones, where, arithmetic).value
    constant = _along(given, ours, direction, plain)
    if constant is None:
        return
    yield Variant(
        "border-mode",
        f"borders padded with {constant:.8g} in place of 0",
        lambda c: _bordered(c, constant),
        fitted=1,
    )


def _along(given: Array, ours: Seen, direction: Array, plain: bool) -> float | None:
    """The c, other than 0, with which every output may be y + c · direction."""
    gap, room = given - ours.value, ours.limit * 1.5
    flat = np.abs(direction) < 1e-9
    if (np.abs(gap)[flat] > room[flat]).any() or flat.all():
        return None
    found = allowed(gap[~flat], room[~flat], direction[~flat])
    return found.choose(0.0, plain=plain) if found else None


def _bordered(case: Case, constant: float) -> Case:
    x = np.pad(
        case.input.astype(np.float64), ((0, 0), *case.pads, (0, 0)), constant_values=constant
    )
    return with_pads(replace(case, input=x), [(0, 0)] * case.spec.rank)


def _normalized(
    case: Case, where: Spots, given: Array, ours: Seen, arithmetic: Arithmetic
) -> Iterator[Variant]:
    """a x + c in place of x, both estimated."""
    if arithmetic.is_integer:
        return
    ones = see(replace(case, input=np.ones(case.input.shape), bias=None), where, arithmetic).value
    bias = 0.0 if case.bias is None else case.bias[where.filters].astype(np.float64)
    weight = 1.0 / np.where(ours.limit > 0, ours.limit, 1.0).ravel()
    table = np.stack([(ours.value - bias).ravel(), ones.ravel()], 1) * weight[:, np.newaxis]
    target = (given - bias).ravel() * weight
    if not np.isfinite(target).all() or len(target) < 3:
        return
    (a, c), _, rank, _ = np.linalg.lstsq(table, target, rcond=None)
    if rank < 2:
        return
    a, c = _tidy(float(a)), _tidy(float(c))
    if (a, c) == (1.0, 0.0) or a == 0.0:
        return
    yield Variant(
        "input-normalization",
        f"the input times {a:.8g} plus {c:.8g}",
        lambda k: replace(k, input=k.input.astype(np.float64) * a + c),
        roundings=4,
        shift=abs(c),
        fitted=2,
    )


def _tidy(value: float) -> float:
    near = float(Fraction(value).limit_denominator(1024))
    close = math.isclose(near, value, rel_tol=1e-5, abs_tol=1e-6)
    for one in PLAIN:
        if math.isclose(one, value, rel_tol=1e-5, abs_tol=1e-9):
            return one
    return near if close else value
