"""The verdict on integer outputs, and the formulas that reproduce every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from convcheck.quantized.activation import real_limits
from convcheck.quantized.blocks import blocks
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS, Formula
from convcheck.quantized.sums import Sums
from convcheck.results import Status
from convcheck.verdict.quantized.assessment import IntegerAssessment
from convcheck.verdict.quantized.bounds import bound_of, nearest
from convcheck.verdict.quantized.meant import standards_of
from convcheck.verdict.quantized.quotients import Flags, Quotients, within
from convcheck.verdict.quantized.reproduction import Reproduction
from convcheck.verdict.quantized.truth import BlockTruth


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
    out: NDArray[Any], sums: Sums, p: Parameters, declared: Sequence[str] = ()
) -> Judgement:
    """Whether outputs are right; ``declared``: the formulas that the runtime may have used."""
    meant = standards_of(declared, sums, p)
    found, reproduction = IntegerAssessment(out, p, meant), Reproduction([out], p)
    for block in blocks(sums):
        found.update(BlockTruth(block, p))
        reproduction.update(block)
    (reproduced,) = reproduction.names
    return Judgement(found.status, found.within, reproduced, meant.wrapped, found.largest_error)


def is_nearest(out: NDArray[Any], quotients: Quotients) -> Flags:
    """Which outputs are at most 1/2 from the real quotient, clamped to the output's range."""
    bound = nearest(out.shape[-1])
    return within(out, quotients, bound, real_limits(quotients.p))


def is_within(out: NDArray[Any], quotients: Quotients, formula: Formula) -> Flags:
    """Which outputs are within a formula's bound."""
    p = quotients.p
    return within(out, quotients, bound_of(formula, quotients.sums, p), formula.limits(p))


def reproduced_by(
    out: NDArray[Any], sums: Sums, p: Parameters, names: Sequence[str] = tuple(FORMULAS)
) -> tuple[str, ...]:
    """The formulas, of these, that give every output; in the catalogue's order."""
    reproduction = Reproduction([out], p, names)
    for block in blocks(sums):
        reproduction.update(block)
    return reproduction.names[0]
