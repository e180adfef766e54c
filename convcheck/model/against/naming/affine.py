"""A factor and a shift, for all numbers or by channel: batch norms, biases, normalization."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.reading import Family, Given, Named, Reading, Seen

if TYPE_CHECKING:
    from convcheck.results import Array

_USUAL = (1e-3, 1e-5, 1e-4, 1e-6, 1e-7, 1e-2, 2e-5)
"""Epsilons that frameworks have as their own."""


@dataclass(frozen=True, eq=False)
class _Line:
    """Factors and shifts by channel, and how exactly they are known."""

    gains: Array
    shifts: Array
    known: Array
    """Of the gains."""
    known_shifts: Array
    used: Array
    """Channels that hold different numbers: only there gain and shift can be told apart."""


def _readings(given: Given, seen: Seen) -> Iterator[Reading]:
    x, y = given.only, seen.values
    if x is None or x.shape != y.shape:
        return
    line = _line(x, seen)
    if line is not None:
        plain = seen.is_(x)
        yield Reading("affine", line, "leaves it" if plain else _words(line), plain=plain)


def _line(x: Array, seen: Seen) -> _Line | None:
    """Through the extremes of each channel; None where some other value is not on it."""
    ours, theirs = (v.reshape(-1, v.shape[-1]) for v in (x, seen.values))
    if len(ours) < 4 or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return None
    columns = np.arange(ours.shape[1])
    high, low = ours.argmax(axis=0), ours.argmin(axis=0)
    spans = ours[high, columns] - ours[low, columns]
    used = spans > 0
    if not used.any():
        return None
    spans = np.where(used, spans, 1)
    gains = np.where(used, (theirs[high, columns] - theirs[low, columns]) / spans, 1.0)
    shifts = theirs[low, columns] - gains * ours[low, columns]
    # Both ends are rounded: the line through them may be as far off as they are.
    wider = Seen(seen.values, seen.unit * 3, seen.limit, seen.limited)
    if not wider.is_(x * gains + shifts):
        return None
    error = 4 * seen.limit * seen.unit
    largest = np.abs(ours).max(axis=0)
    return _Line(gains, shifts, error / spans, error * (1 + largest / spans), used)


def _words(line: _Line) -> str:
    gain, shift = (
        _one(line.gains, line.known, line.used),
        _one(line.shifts, line.known_shifts, line.used),
    )
    if gain is None and shift is None:
        return "applies a factor and a shift by channel"
    if gain is None:
        plus = "" if shift == 0 else f" and adds {shift:.6g}"
        return f"applies a factor by channel{plus}"
    times = "" if gain == 1 else f"multiplies by {gain:.6g}"
    if shift is None:
        return f"{times} and adds a number by channel" if times else "adds a number by channel"
    plus = "" if shift == 0 else f"adds {shift:.6g}"
    return " and ".join(filter(None, (times, plus))) or "leaves it"


def _one(values: Array, known: Array, used: Array) -> float | None:
    """The one number that all channels have, as far as it is known; None where they differ."""
    inside = values[used]
    middle = float(inside[int(np.argmin(known[used]))])
    for one in (0.0, 1.0, float(f"{middle:.4g}"), middle):
        if (np.abs(inside - one) <= known[used]).all():
            return one
    return None


def _named(one: Reading, other: Reading, given: Given) -> Named | None:
    a, b = one.value, other.value
    used = a.used & b.used
    same_gain = bool((np.abs(a.gains - b.gains) <= a.known + b.known)[used].all())
    same_shift = bool((np.abs(a.shifts - b.shifts) <= a.known_shifts + b.known_shifts)[used].all())
    if same_gain and same_shift:
        return None
    if given.first:
        return Named("input-normalization")
    if not (one.plain or other.plain):
        if not same_gain and (found := epsilon(given.constants, a, b)):
            ours, theirs = (f"normalizes with epsilon {value:.3g}" for value in found)
            return Named("batch-norm-epsilon", words=(ours, theirs))
        if given.role == "batch-norm" or norm_of(given.constants, a) or norm_of(given.constants, b):
            return Named("batch-norm-statistics", ("channel-scale",))
    uniform = [
        _one(line.gains, line.known, line.used) is not None
        and _one(line.shifts, line.known_shifts, line.used) is not None
        for line in (a, b)
    ]
    if all(uniform):
        return Named("output-offset" if same_gain else "output-scale")
    if same_gain:
        return Named("missing-bias") if one.plain or other.plain else Named("bias-order")
    if one.plain or other.plain:
        return Named("layer-left-out")
    return Named("channel-scale", ("batch-norm-statistics",))


def norm_of(constants: Sequence[Array], line: _Line) -> tuple[Array, Array, float] | None:
    """(gamma, variance, epsilon) among the constants that make a batch norm's factors."""
    channels = len(line.gains)
    vectors = [c.reshape(-1).astype(np.float64) for c in constants if c.size == channels > 1]
    scalars = {float(c.reshape(-1)[0]) for c in constants if c.size == 1}
    usual = [e for e in (*_USUAL, *scalars) if 0 < e < 0.1]
    for variance in (v for v in vectors if (v >= 0).all()):
        for gamma, eps in itertools.product((*vectors, np.ones(channels)), usual):
            if gamma is not variance:
                made = gamma / np.sqrt(variance + eps)
                near = np.abs(made - line.gains) <= line.known + 2.0**-22 * np.abs(made)
                if near[line.used].all():
                    return gamma, variance, eps
    return None


def epsilon(constants: Sequence[Array], a: _Line, b: _Line) -> tuple[float, float] | None:
    """(A's epsilon, B's) where the constants of one of them show that only it is another one."""
    for ours, theirs, turned in ((a, b, False), (b, a, True)):
        found = norm_of(constants, ours)
        if found is None:
            continue
        gamma, variance, own = found
        used = theirs.used & (theirs.gains != 0)
        if not used.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            each = (gamma / theirs.gains) ** 2 - variance
            known = 2 * (gamma / theirs.gains) ** 2 * theirs.known / np.abs(theirs.gains)
        best = float(each[used][int(np.argmin(known[used]))])
        usual = min(_USUAL, key=lambda e: abs(e - best))
        other = usual if abs(usual - best) <= 4 * known[used].min() + 1e-6 * usual else best
        if other < 0 or other == own:
            continue
        made = gamma / np.sqrt(variance + other)
        near = np.abs(made - theirs.gains) <= theirs.known + 2.0**-22 * np.abs(made)
        if near[used].all() and _same_means(constants, a, b):
            return (other, own) if turned else (own, other)
    return None


def _same_means(constants: Sequence[Array], a: _Line, b: _Line) -> bool:
    """Whether some vector is the beta with which both normalize around the same means."""
    used = a.used & b.used & (a.gains != 0) & (b.gains != 0)
    betas = [c.reshape(-1).astype(np.float64) for c in constants if c.size == len(a.gains)]
    for beta in (*betas, np.zeros(len(a.gains))):
        gap = np.abs(
            (beta - a.shifts)[used] / a.gains[used] - (beta - b.shifts)[used] / b.gains[used]
        )
        known = [
            (line.known_shifts / np.abs(line.gains))[used]
            + (np.abs(beta - line.shifts) * line.known / line.gains**2)[used]
            for line in (a, b)
        ]
        if (gap <= sum(known)).all():
            return True
    return False


AFFINE = Family(_readings, _named)
