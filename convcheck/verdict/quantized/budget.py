"""Where the difference between a quantized convolution and the real one comes from.

With x and k the real operands, x̂ = i·(q - zx) and k̂ = w·(q - zw) what their integers stand for,
β the real bias and y = conv(x, k) + β, the parts add up to o·(out - zo) - y:

    input           conv(x̂ - x, k)
    weights         conv(x, k̂ - k)
    cross           conv(x̂ - x, k̂ - k)
    bias            i·w·b - β
    saturation      o·ρ - o·r              r = M*·acc, ρ = r clamped to the output's range
    rounding        o·(n - ρ)              n = an integer nearest to ρ: nobody can avoid it
    excess          o·(out - zo - n)       what the runtime's own rounding adds

All but the last are of the numbers alone, the same whoever computes; n is the nearest integer to ρ,
at a tie the one nearer to out, so that an exact output has no excess. A case that was recorded as
integers has no real operands, and the last three alone.

The first three are sums of N products in float64 of differences that are each rounded once: x̂ and k̂
are exact there (24 bits times 17). Each is off by at most gamma(N + 2) times its sum of magnitudes,
gamma(m) = m·2^-53 / (1 - m·2^-53) (Higham 2002, "Accuracy and Stability of Numerical Algorithms",
section 3.1): 2e-14 of it for 150 products. The bias is exact. r in float64 is off by 2^-50·|r| at
most, which is 1e-13 steps of an 8-bit output, and that much are saturation and rounding off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.sums import by_filter, centred
from convcheck.truth.plain import plain_sums
from convcheck.verdict.quantized.bounds import number, scales_of
from convcheck.verdict.quantized.truth import BlockTruth
from convcheck.verdict.sums import sum_of, sum_of_sums

if TYPE_CHECKING:
    from convcheck.results import Array

PARTS = ("input", "weights", "cross", "bias", "saturation", "rounding", "excess")


def real_parts(quantized: QuantizedCase) -> dict[str, float]:
    """Summed magnitudes of the parts that quantizing the operands makes; {} without real ones."""
    if quantized.real is None:
        return {}
    found: dict[str, list[float]] = {}
    for parts in operand_parts(quantized.real, quantized):
        for name, part in parts.items():
            found.setdefault(name, []).append(sum_of(np.abs(part)))
    sums = {name: sum_of_sums(several) for name, several in found.items()}
    return sums | {"bias": _bias_part(quantized.real, quantized)}


def operand_parts(real: Case, quantized: QuantizedCase) -> Iterator[dict[str, Array]]:
    """``input``, ``weights`` and ``cross`` of every output, band by band."""
    p = quantized.parameters
    integers, steps = centred(quantized)
    kernel = real.kernel.astype(np.float64)
    of_kernel = by_filter(real, p.w.astype(np.float64)) * steps - kernel
    for band, same in zip(bands(real), bands(replace(real, input=integers)), strict=True):
        x = band.case.input
        of_x = np.float64(p.i) * same.case.input - x
        yield {
            "input": plain_sums(band.case, of_x, kernel),
            "weights": plain_sums(band.case, x, of_kernel),
            "cross": plain_sums(band.case, of_x, of_kernel),
        }


def _bias_part(real: Case, quantized: QuantizedCase) -> float:
    p, given = quantized.parameters, quantized.case.bias
    filters = real.output_shape[-1]
    total = Fraction(0)
    for channel, w in enumerate(scales_of(p, filters)):
        stands_for = true = Fraction(0)
        if given is not None:
            unit = Fraction(1) if given.dtype == np.float32 else number(p.i) * w
            stands_for = unit * Fraction(given[channel].item())
        if real.bias is not None:
            true = number(real.bias[channel])
        total += abs(stands_for - true)
    return float(total * (int(np.prod(real.output_shape)) // filters))


class StepParts:
    """Saturation and rounding, added up block by block."""

    def __init__(self, p: Parameters) -> None:
        self._o = float(p.o)
        self._saturation: list[float] = []
        self._rounding: list[float] = []

    def update(self, truth: BlockTruth) -> None:
        """Add one block."""
        rho = truth.clamped
        self._saturation.append(sum_of(np.abs(rho - truth.quotients.value)))
        self._rounding.append(sum_of(np.abs(np.rint(rho) - rho)))

    def sums(self, excess: int) -> dict[str, float]:
        """Summed magnitudes in real units, for an output with so many steps of excess."""
        return {
            "saturation": self._o * sum_of_sums(self._saturation),
            "rounding": self._o * sum_of_sums(self._rounding),
            "excess": self._o * excess,
        }
