"""Hypotheses with a parameter that is estimated from the output: scales, offsets, borders."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis, PostOp
from convcheck.causes.kinds.values import PREPROCESS, scaled_back
from convcheck.causes.moved import with_pads
from convcheck.causes.undo import in_any
from convcheck.diagnosis.estimates.feasible import feasible, snap_to_simple
from convcheck.diagnosis.probe import Probe, probe
from convcheck.diagnosis.probe_points import ProbePoints
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array


def fitted(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic, *, simple: bool = True
) -> Iterator[Hypothesis]:
    """Variants of a case with a parameter that all outputs looked at allow, fewest first.

    ``simple`` prefers numbers that people write; else the middle of what is allowed.
    """
    given = points.of(out)
    ours = probe(case, points, arithmetic)
    if not np.isfinite(ours.limit).all():
        return
    yield from _offsets(case, points, given, ours, arithmetic, simple)
    yield from _scales(case, given, ours, arithmetic, simple)
    yield from _borders(case, points, given, ours, arithmetic, simple)
    yield from _normalized(case, points, given, ours, arithmetic)


def _offsets(
    case: Case, points: ProbePoints, given: Array, ours: Probe, arithmetic: Arithmetic, simple: bool
) -> Iterator[Hypothesis]:
    # The addition of the offset is rounded as well.
    room = ours.limit * (1 + 2.0**-20) + arithmetic.output.u * np.abs(given)
    gap = given - ours.value
    every = feasible(gap, room)
    one = every.choose(0.0, simple=simple) if every else None
    if one is not None:
        yield Hypothesis(
            "output-offset",
            f"{one:.8g} added to every output",
            lambda c: _with_bias(c, one),
            "kernel",
            n_fitted=1,
        )
        return
    # Each channel its own: only where every channel was looked at.
    if len(points.filters) < case.output_shape[-1] or len(given) < 2:
        return
    found = [feasible(gap[:, i], room[:, i]) for i in range(len(points.filters))]
    if None in found:
        return
    each = np.zeros(case.output_shape[-1])
    each[points.filters] = [one.choose(0.0, simple=simple) or 0.0 for one in found if one]
    if each.any():
        yield Hypothesis(
            "output-offset",
            f"a constant added to each channel, {float(np.abs(each).max()):.6g} at most",
            lambda c: _with_bias(c, each),
            "kernel",
            n_fitted=len(each),
        )


def _with_bias(case: Case, more: float | Array) -> Case:
    filters = case.output_shape[-1]
    bias = np.zeros(filters) if case.bias is None else case.bias.astype(np.float64)
    return replace(case, bias=bias + more)


def _scales(
    case: Case, given: Array, ours: Probe, arithmetic: Arithmetic, simple: bool
) -> Iterator[Hypothesis]:
    bias = case.bias
    a = _scale(given, ours.value, ours.limit, arithmetic, simple)
    if a is None:
        return
    detail = f"times {a:.8g}" + (
        f" (1/{1 / a:.6g})" if a and abs(a) < 1 and abs(1 / a - round(1 / a)) < 1e-6 else ""
    )
    if bias is None and not arithmetic.is_integer:
        yield from _operand_scales(a, detail)
    yield Hypothesis(
        "output-scale",
        f"the output {detail}",
        post_op=PostOp(f"scaled by {a:.8g}", lambda y: a * y, abs(a), roundings=3),
        changes="values",
        n_fitted=1,
        fix=scaled_back("y", a),
    )


def _operand_scales(a: float, detail: str) -> Iterator[Hypothesis]:
    """The input or the kernel times a number: no output tells which."""
    for cause, word, change in (
        ("input-scale", "input", _scaled_input),
        ("kernel-scale", "kernel", _scaled_kernel),
    ):
        yield Hypothesis(
            cause,
            f"the {word} {detail}",
            partial(change, a=a),
            roundings=2,
            n_fitted=1,
            fix=scaled_back("x" if word == "input" else word, a),
        )


def _scaled_input(case: Case, a: float) -> Case:
    return replace(case, input=case.input.astype(np.float64) * a)


def _scaled_kernel(case: Case, a: float) -> Case:
    return replace(case, kernel=case.kernel.astype(np.float64) * a)


def _scale(
    given: Array, value: Array, limit: Array, arithmetic: Arithmetic, simple: bool
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
    found = feasible(given[sure], room[sure], value[sure])
    # Zeros are nothing's multiple: they would be so of any convolution.
    if found is None or found.low <= 0 <= found.high:
        return None
    return found.choose(1.0, simple=simple)


def _borders(
    case: Case, points: ProbePoints, given: Array, ours: Probe, arithmetic: Arithmetic, simple: bool
) -> Iterator[Hypothesis]:
    """A constant in place of the zeros around the input."""
    if case.spec.transposed or not any(max(pair) > 0 for pair in case.pads):
        return
    ones = replace(case, input=np.ones(case.input.shape), bias=None)
    around = probe(_bordered(ones, 1.0), points, arithmetic).value
    direction = around - probe(ones, points, arithmetic).value
    constant = _along(given, ours, direction, simple)
    if constant is None:
        return
    yield Hypothesis(
        "border-mode",
        f"borders padded with {constant:.8g} in place of 0",
        lambda c: _bordered(c, constant),
        n_fitted=1,
    )


def _along(given: Array, ours: Probe, direction: Array, simple: bool) -> float | None:
    """The c, other than 0, with which every output may be y + c · direction."""
    gap, room = given - ours.value, ours.limit * 1.5
    flat = np.abs(direction) < 1e-9
    if (np.abs(gap)[flat] > room[flat]).any() or flat.all():
        return None
    found = feasible(gap[~flat], room[~flat], direction[~flat])
    return found.choose(0.0, simple=simple) if found else None


def _bordered(case: Case, constant: float) -> Case:
    x = np.pad(
        case.input.astype(np.float64), ((0, 0), *case.pads, (0, 0)), constant_values=constant
    )
    return with_pads(replace(case, input=x), [(0, 0)] * case.spec.rank)


def _normalized(
    case: Case, points: ProbePoints, given: Array, ours: Probe, arithmetic: Arithmetic
) -> Iterator[Hypothesis]:
    """a x + c in place of x, both estimated."""
    if arithmetic.is_integer:
        return
    ones = probe(
        replace(case, input=np.ones(case.input.shape), bias=None), points, arithmetic
    ).value
    bias = 0.0 if case.bias is None else case.bias[points.filters].astype(np.float64)
    weight = 1.0 / np.where(ours.limit > 0, ours.limit, 1.0).ravel()
    table = np.stack([(ours.value - bias).ravel(), ones.ravel()], 1) * weight[:, np.newaxis]
    target = (given - bias).ravel() * weight
    if not np.isfinite(target).all() or len(target) < 3:
        return
    (a, c), _, rank, _ = np.linalg.lstsq(table, target, rcond=None)
    if rank < 2:
        return
    a, c = snap_to_simple(float(a)), snap_to_simple(float(c))
    if (a, c) == (1.0, 0.0) or a == 0.0:
        return
    if c == 0.0:  # a scale of the products alone, beside a bias: of the input or of the kernel
        yield from _operand_scales(a, f"times {a:.8g}")
        return
    yield Hypothesis(
        "input-normalization",
        f"the input times {a:.8g} plus {c:.8g}",
        lambda k: replace(k, input=k.input.astype(np.float64) * a + c),
        roundings=4,
        shift=abs(c),
        n_fitted=2,
        fix=in_any(f"x = (x - {c!r}) / {a!r}", PREPROCESS, any_layout=True),
    )
