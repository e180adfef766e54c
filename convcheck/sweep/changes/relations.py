"""Relations that hold bit for bit, whatever an implementation adds in which order and format.

Rounding to nearest commutes with a change of sign, and with a power of two as long as nothing
overflows or loses digits to underflow; so does everything that is made of it. That needs no bound
and no exact result: it also holds of transforms, and of formats that nobody declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import frexp
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.passes import BIAS_GRADIENT, KERNEL_GRADIENT
from convcheck.sweep.changes.change import Change
from convcheck.truth.formats import FLOAT32, Format, format_of

if TYPE_CHECKING:
    from convcheck.case.case import Array

UP, DOWN = 3, -2
"""Exponents of the powers of two: of the input, and of the kernel."""
_TRANSFORM_BITS = 16
"""Powers of two that a transform's constants and their products may add on either side."""


@dataclass(frozen=True)
class _Exponents:
    """All nonzero magnitudes are at least 2^low and below 2^high."""

    low: int
    high: int


def relations(case: Case) -> Iterator[Change]:
    """Yield each relation that must hold of this case, with the case to compute for it."""
    first, second = _roles(case)
    factors: dict[str, tuple[str, float]] = {f"{first}-negated": (first, -1.0)}
    if second is not None:
        factors[f"{second}-negated"] = (second, -1.0)
    if _is_clear(case, UP):
        factors[f"{first}-times-{2**UP}"] = (first, 2.0**UP)
    if second is not None and _is_clear(case, DOWN):
        factors[f"{second}-over-{2**-DOWN}"] = (second, 2.0**DOWN)
    for what, (role, factor) in factors.items():
        yield Change(what, _scaled(case, role, factor), _Scaled(factor))


@dataclass(frozen=True)
class _Scaled:
    factor: float

    def __call__(self, output: Array) -> Array:
        return _times(output, self.factor)


def _roles(case: Case) -> tuple[str, str | None]:
    """The operands that the output is linear in; a bias goes with either."""
    if case.gradient is None:
        return "input", "kernel"
    kind = case.gradient.kind
    if kind == BIAS_GRADIENT:
        return "output-gradient", None
    return "output-gradient", "input" if kind == KERNEL_GRADIENT else "kernel"


def _scaled(case: Case, role: str, factor: float) -> Case:
    asked = case.gradient
    if asked is None:
        bias = None if case.bias is None else _times(case.bias, factor)
        return replace(_times_operand(case, role, factor), bias=bias)
    if role == "output-gradient":
        return replace(asked, output_gradient=_times(asked.output_gradient, factor)).case
    return replace(asked, forward=_times_operand(asked.forward, role, factor)).case


def _times_operand(case: Case, role: str, factor: float) -> Case:
    if role == "input":
        return replace(case, input=_times(case.input, factor))
    return replace(case, kernel=_times(case.kernel, factor))


def _times(array: Array, factor: float) -> Array:
    """Exact: a power of two, away from the ends of the range, or a change of sign."""
    return -array if factor == -1 else array * array.dtype.type(factor)


def _is_clear(case: Case, exponent: int) -> bool:
    """Whether nothing comes near underflow or overflow, before or after the change.

    A sum of rounded products, or of what a transform makes of the operands, is a multiple of the
    last bit of the smallest of them, and below the sum of all.
    """
    operands = [_exponents(array) for array in (case.input, case.kernel)]
    if None in operands:
        return False
    x, kernel = (one for one in operands if one is not None)
    low, high = x.low + kernel.low, x.high + kernel.high + case.terms.bit_length()
    if case.bias is not None and np.any(case.bias):
        bias = _exponents(case.bias)
        if bias is None:
            return False
        low, high = min(low, bias.low), max(high, bias.high) + 1
    formats = [format_of(array.dtype) for array in (case.input, case.kernel)]
    precision = max(FLOAT32.precision, *(fmt.precision for fmt in formats))
    lowest = low + min(exponent, 0) - 2 * precision - _TRANSFORM_BITS
    highest = high + max(exponent, 0) + _TRANSFORM_BITS
    return all(_holds(fmt, lowest, highest) for fmt in formats)


def _holds(fmt: Format, lowest: int, highest: int) -> bool:
    return not fmt.is_integer and lowest >= fmt.min_exponent and highest < fmt.max_exponent


def _exponents(array: Any) -> _Exponents | None:
    """None where an element is not finite, or all are 0."""
    magnitudes = np.abs(array.astype(np.float64))
    largest = float(magnitudes.max())
    if not 0 < largest < np.inf:
        return None
    smallest = float(magnitudes.min(where=magnitudes > 0, initial=np.inf))
    return _Exponents(frexp(smallest)[1] - 1, frexp(largest)[1])
