"""Explanations with a parameter that is estimated from the output: scales and offsets.

Each output looked at allows an interval of the parameter; their intersection, where it is not
empty and leaves out the neutral value, is what the output allows. Of it the plainest number is
taken (255, 1/255, 1/n), else the middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
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

PLAIN = (-1.0, 2.0, 0.5, 255.0, 1 / 255, 127.5, 1 / 127.5, 256.0, 1 / 256, 128.0, 1 / 128)


def fitted(case: Case, out: Array, where: Spots, arithmetic: Arithmetic) -> Iterator[Variant]:
    """Variants of a case with a parameter that all outputs looked at allow, fewest first."""
    given = where.of(out)
    plain = see(case, where, arithmetic)
    if not np.isfinite(plain.limit).all():
        return
    yield from _offsets(case, where, given, plain)
    yield from _scales(case, given, plain, arithmetic)
    yield from _borders(case, where, given, plain, arithmetic)
    yield from _normalized(case, where, given, plain, arithmetic)


def _offsets(case: Case, where: Spots, given: Array, plain: Seen) -> Iterator[Variant]:
    room = plain.limit * (1 + 2.0**-20)
    low, high = given - plain.value - room, given - plain.value + room
    one = _inside(float(low.max()), float(high.min()), 0.0)
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
    lows, highs = low.max(axis=0), high.min(axis=0)
    if (lows > highs).any():
        return
    each = np.zeros(case.output_shape[-1])
    each[where.filters] = [
        _plainest(a, b) if not a <= 0 <= b else 0.0 for a, b in zip(lows, highs, strict=True)
    ]
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


def _scales(case: Case, given: Array, plain: Seen, arithmetic: Arithmetic) -> Iterator[Variant]:
    bias = case.bias
    a = _scale(given, plain.value, plain.limit, arithmetic)
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


def _scale(given: Array, value: Array, limit: Array, arithmetic: Arithmetic) -> float | None:
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
        ends = np.stack([(given - room) / value, (given + room) / value])[:, sure]
        if (np.abs(given - first * value)[~sure] > room[~sure]).any():
            return None
    low, high = float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
    # Zeros are nothing's multiple: they would be so of any convolution.
    return None if low <= 0 <= high else _inside(low, high, 1.0)


def _inside(low: float, high: float, neutral: float) -> float | None:
    if not low <= high or low <= neutral <= high:
        return None
    return _plainest(low, high)


def _plainest(low: float, high: float) -> float:
    """The number in an interval that people are likeliest to have written."""
    for plain in PLAIN:
        if low <= plain <= high:
            return plain
    middle = (low + high) / 2
    near = Fraction(middle).limit_denominator(1024)
    return float(near) if near and low <= float(near) <= high else middle


def _borders(
    case: Case, where: Spots, given: Array, plain: Seen, arithmetic: Arithmetic
) -> Iterator[Variant]:
    """A constant in place of the zeros around the input."""
    if case.spec.transposed or not any(max(pair) > 0 for pair in case.pads):
        return
    ones = replace(case, input=np.ones(case.input.shape), bias=None)
    around = see(_bordered(ones, 1.0), where, arithmetic).value
    direction = around - see(ones, where, arithmetic).value
    constant = _along(given, plain, direction)
    if constant is None:
        return
    yield Variant(
        "border-mode",
        f"borders padded with {constant:.8g} in place of 0",
        lambda c: _bordered(c, constant),
        fitted=1,
    )


def _along(given: Array, plain: Seen, direction: Array) -> float | None:
    """The c, other than 0, with which every output may be y + c · direction."""
    room = plain.limit * 1.5
    flat = np.abs(direction) < 1e-9
    if (np.abs(given - plain.value)[flat] > room[flat]).any() or flat.all():
        return None
    with np.errstate(all="ignore"):
        ends = np.stack([given - plain.value - room, given - plain.value + room]) / direction
    ends = ends[:, ~flat]
    return _inside(float(ends.min(axis=0).max()), float(ends.max(axis=0).min()), 0.0)


def _bordered(case: Case, constant: float) -> Case:
    x = np.pad(
        case.input.astype(np.float64), ((0, 0), *case.pads, (0, 0)), constant_values=constant
    )
    return with_pads(replace(case, input=x), [(0, 0)] * case.spec.rank)


def _normalized(
    case: Case, where: Spots, given: Array, plain: Seen, arithmetic: Arithmetic
) -> Iterator[Variant]:
    """a x + c in place of x, both estimated."""
    if arithmetic.is_integer:
        return
    ones = see(replace(case, input=np.ones(case.input.shape), bias=None), where, arithmetic).value
    bias = 0.0 if case.bias is None else case.bias[where.filters].astype(np.float64)
    weight = 1.0 / np.where(plain.limit > 0, plain.limit, 1.0).ravel()
    table = np.stack([(plain.value - bias).ravel(), ones.ravel()], 1) * weight[:, np.newaxis]
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
