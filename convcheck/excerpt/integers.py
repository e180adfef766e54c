"""The numbers of a quantized case that a page shows: sums, real numbers, formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.quantized.activation import real_limits
from convcheck.quantized.described import quantized_case
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.words import short_names
from convcheck.quantized.sums import Sums, exact_sums
from convcheck.results import Check, Quantization
from convcheck.verdict.quantized.quotients import Quotients

if TYPE_CHECKING:
    from convcheck.results import Array

_FEW = ("F1", "DU/Mdbl", "D/Mdbl")
"""Shown of every case: LiteRT's three engines on int8."""


@dataclass(frozen=True, eq=False)
class IntegerResults:
    """What the integers of a case give, in output shape."""

    sums: Sums
    real: Array
    """The real number M·sum, clamped, with the output's zero point: what outputs are held to.
    Of a check of sums alone the sums."""
    outputs: dict[str, Array]
    """What formulas give: LiteRT's, those that implementations may use or are reproduced by."""

    @property
    def acc(self) -> Array:
        """The sums with their bias."""
        return self.sums.acc

    def formulas(self, window: tuple[slice, ...]) -> list[tuple[str, Array]]:
        """What formulas give there; those that give the same in one, named together."""
        groups: dict[bytes, tuple[list[str], Array]] = {}
        for name, values in self.outputs.items():
            part = values[window]
            groups.setdefault(part.tobytes(), ([], part))[0].append(name)
        return [(", ".join(short_names(names)), values) for names, values in groups.values()]


def integer_results(case: Case, check: Check) -> IntegerResults | None:
    """The results of a quantized case; None of real numbers."""
    if check.case.quantization is None:
        return None
    quantized = quantized_case(case, check.case.quantization)
    sums, p = exact_sums(quantized), quantized.parameters
    if check.of_sums:
        return IntegerResults(sums, sums.acc.astype(np.float64), {})
    low, high = real_limits(p)
    real = np.clip(Quotients(sums, p).value + p.output_zero_point, float(low), float(high))
    given = {
        name: FORMULAS[name].output(sums, p).astype(p.input_dtype)
        for name in FORMULAS
        if name in _wanted(check)
    }
    return IntegerResults(sums, real, given)


def _wanted(check: Check) -> set[str]:
    wanted = set(_FEW)
    for judgement in check.judgements:
        found = judgement.requantization
        wanted.update(judgement.output.formulas, found.reproduced_by if found else ())
    return wanted


WHITE = 1 + 2.0**-20
"""The largest number of an image that is a picture: 255 times a scale of 1/255 in float32 may be
a little above 1."""


def real_input(x: Array, q: Quantization) -> Array:
    """The real numbers that an input's integers stand for, in float32: an image again."""
    return np.asarray(np.float32(q.input_scale) * (x.astype(np.float32) - q.input_zero_point))
