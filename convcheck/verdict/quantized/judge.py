"""The verdict on integer outputs, and the formulas that reproduce every one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convcheck.quantized.activation import real_limits
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS, Formula
from convcheck.quantized.sums import Sums
from convcheck.verdict.quantized.bounds import bound_of, nearest
from convcheck.verdict.quantized.quotients import Flags, Quotients, within

Status = Literal["exact", "within-bound", "outside-bound"]


@dataclass(frozen=True)
class Judgement:
    """What is known of one output."""

    status: Status
    """``exact``: every output is a nearest one, at a tie either. ``within-bound``: all are within
    the bound of one formula that may be meant, and no sum or shift of it wraps."""
    within: tuple[str, ...]
    """Formulas within whose bound all outputs are."""
    reproduced_by: tuple[str, ...]
    """Formulas that give every output."""
    wrapped: tuple[str, ...]
    """Formulas of which a sum or a shift wraps for some output."""
    largest_error: float
    """The largest e = |out - zo - ρ|, ρ being r clamped to the output's range."""


def judge_integers(
    out: NDArray[Any], sums: Sums, p: Parameters, declared: Iterable[str] = tuple(FORMULAS)
) -> Judgement:
    """Whether outputs are right; ``declared``: the formulas that the runtime may have used."""
    quotients = Quotients(sums, p)
    formulas = [FORMULAS[name] for name in declared]
    wrapped = [one.name for one in formulas if one.wraps(sums, p).any()]
    held = [
        one.name
        for one in formulas
        if one.name not in wrapped and is_within(out, quotients, one).all()
    ]
    exact = is_nearest(out, quotients).all()
    return Judgement(
        status="exact" if exact else "within-bound" if held else "outside-bound",
        within=tuple(held),
        reproduced_by=reproduced_by(out, sums, p),
        wrapped=tuple(wrapped),
        largest_error=float(errors(out, quotients).max()),
    )


def is_nearest(out: NDArray[Any], quotients: Quotients) -> Flags:
    """Which outputs are at most 1/2 from the real quotient, clamped to the output's range."""
    bound = nearest(out.shape[-1])
    return within(out, quotients, bound, real_limits(quotients.p))


def is_within(out: NDArray[Any], quotients: Quotients, formula: Formula) -> Flags:
    """Which outputs are within a formula's bound."""
    p = quotients.p
    return within(out, quotients, bound_of(formula, quotients.sums, p), formula.limits(p))


def errors(
    out: NDArray[Any], quotients: Quotients
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """e = |out - zo - ρ| in float64, for reports."""
    p = quotients.p
    low, high = (limit - p.output_zero_point for limit in real_limits(p))
    return np.abs(out.astype(np.int64) - p.output_zero_point - np.clip(quotients.value, low, high))


def reproduced_by(
    out: NDArray[Any], sums: Sums, p: Parameters, names: Iterable[str] = tuple(FORMULAS)
) -> tuple[str, ...]:
    """The formulas that give every output, in the catalogue's order."""
    return tuple(name for name in names if np.array_equal(FORMULAS[name].output(sums, p), out))


def indistinguishable(
    sums: Sums, p: Parameters, names: Sequence[str] = tuple(FORMULAS)
) -> tuple[tuple[str, str], ...]:
    """The pairs of formulas that give the same outputs here: what this case cannot show."""
    outputs = {name: FORMULAS[name].output(sums, p) for name in names}
    return tuple(
        (a, b) for a, b in combinations(names, 2) if np.array_equal(outputs[a], outputs[b])
    )
