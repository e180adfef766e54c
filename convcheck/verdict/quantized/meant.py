"""Which bounds an output may be held to: those of the formulas that its runtime may have used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from convcheck.quantized.activation import Limits, float_limits
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.names import FLOAT
from convcheck.quantized.sums import Sums
from convcheck.verdict.quantized.bounds import Bound, bound_of
from convcheck.verdict.quantized.float_between import bound_of_float


@dataclass(frozen=True)
class Standard:
    """A bound, and the formulas that share it."""

    names: tuple[str, ...]
    """() for the bound of who rounds the real number once."""
    bound: Bound
    limits: Limits
    """What the output is clamped to."""


@dataclass(frozen=True)
class Meant:
    """What an output may be held to."""

    standards: tuple[Standard, ...]
    """Of the formulas of which nothing wraps."""
    names: tuple[str, ...]
    """All of these formulas."""
    wrapped: tuple[str, ...]
    """Formulas of which a sum or a shift wraps for some output: their bounds do not hold."""


def standards_of(declared: Sequence[str], sums: Sums, p: Parameters) -> Meant:
    """The standards of the formulas that are declared; of all in the catalogue where none is.

    Sums of more than 32 bits are then held to the bound of I64, which one rounding always keeps.
    """
    given = tuple(declared) or tuple(FORMULAS)
    wrapped = wrapping(given, sums, p)
    names = tuple(name for name in given if name not in wrapped)
    found: dict[tuple[Bound, Limits], list[str]] = {}
    for name in names:
        found.setdefault(_held_to(name, sums, p), []).append(name)
    standards = (Standard(tuple(some), *key) for key, some in found.items())
    return Meant(tuple(standards), names, wrapped)


def wrapping(names: Iterable[str], sums: Sums, p: Parameters) -> tuple[str, ...]:
    """The formulas of which a sum or a shift wraps for some output.

    Sums wrap iff the smallest or the largest of a channel does, and so do sums shifted left.
    """
    ends = extremes(sums)
    return tuple(name for name in names if name in FORMULAS and FORMULAS[name].wraps(ends, p).any())


def extremes(sums: Sums) -> Sums:
    """The smallest and the largest of each channel's sums, in shape (2, filters)."""
    products = sums.products.reshape(-1, sums.products.shape[-1])
    ends = np.stack([products.min(axis=0), products.max(axis=0)])
    return replace(sums, products=ends, magnitudes=None)


def _held_to(name: str, sums: Sums, p: Parameters) -> tuple[Bound, Limits]:
    if name == FLOAT:
        return bound_of_float(sums, p), float_limits(p)
    formula = FORMULAS[name]
    return bound_of(formula, sums, p), formula.limits(p)
