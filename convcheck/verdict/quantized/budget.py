"""Where the difference between a quantized convolution and the real one comes from.

With x and k the real operands, x̂ = i·(q - zx) and k̂ = w·(q - zw) what their integers stand for,
β the real bias and y = conv(x, k) + β, the parts add up to o·(out - zo) - y:

    input           conv(x̂ - x, k)
    weights         conv(x, k̂ - k)
    cross           conv(x̂ - x, k̂ - k)
    bias            i·w·b - β
    saturation      o·ρ - o·r              r = M*·acc, ρ = r clamped to the output's range
    rounding        o·(n - ρ)              n = ρ rounded to the nearest integer: nobody can avoid it
    excess          o·(out - zo - n)       what the runtime's own rounding adds

All but the last are of the numbers alone, the same whoever computes. Each is a difference of exact
convolutions, taken in extended precision: its own error is 2^-60 of them where long doubles have 64
bits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.quantized.activation import Limits, real_limits
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.sums import by_filter
from convcheck.truth.exact import exact
from convcheck.verdict.sums import sum_of

if TYPE_CHECKING:
    from convcheck.case.case import Array

PARTS = ("input", "weights", "cross", "bias", "saturation", "rounding", "excess")


@dataclass(frozen=True, eq=False)
class QuantizedBudget:
    """Each part for every output, in the output's real units."""

    parts: dict[str, Array]
    """By name, in the order of ``PARTS``."""

    def sums(self) -> dict[str, float]:
        """Summed magnitudes."""
        return {name: sum_of(np.abs(part.astype(np.float64))) for name, part in self.parts.items()}

    def total(self) -> Array:
        """o·(out - zo) - y for every output."""
        return np.array(sum(self.parts.values()))


def quantized_budget(
    real: Case, quantized: QuantizedCase, out: NDArray[Any], limits: Limits | None = None
) -> QuantizedBudget:
    """The parts of each output's difference from ``real``, the case before it was quantized."""
    p = quantized.parameters
    case = quantized.case
    x = np.float64(p.i) * (case.input.astype(np.float64) - p.input_zero_point)
    zeros, scales = np.asarray(p.kernel_zero_point), p.w.astype(np.float64)
    kernel = by_filter(case, scales) * (case.kernel.astype(np.float64) - by_filter(case, zeros))
    plain = _convolved(real, real.input, real.kernel)
    of_input = _convolved(real, x, real.kernel)
    of_kernel = _convolved(real, real.input, kernel)
    of_both = _convolved(real, x, kernel)
    bias, real_bias = _biases(real, quantized)
    o = np.longdouble(p.o)
    value = of_both + bias
    low, high = (o * (limit - p.output_zero_point) for limit in limits or real_limits(p))
    clamped = np.clip(value, low, high)
    nearest = o * np.rint(clamped / o)
    parts = {
        "input": of_input - plain,
        "weights": of_kernel - plain,
        "cross": of_both - of_input - of_kernel + plain,
        "bias": np.broadcast_to(bias - real_bias, value.shape),
        "saturation": clamped - value,
        "rounding": nearest - clamped,
        "excess": o * (out.astype(np.longdouble) - p.output_zero_point) - nearest,
    }
    return QuantizedBudget(parts)


def _convolved(real: Case, x: Array, kernel: Array) -> Array:
    """The exact convolution without a bias, in extended precision."""
    y = exact(replace(real, input=x, kernel=kernel, bias=None))
    high, low = (np.ldexp(part.astype(np.longdouble), y.s) for part in (y.hi, y.lo))
    return np.array(high + low)


def _biases(real: Case, quantized: QuantizedCase) -> tuple[Array, Array]:
    """What the integer bias stands for, and the real one."""
    p, given = quantized.parameters, quantized.case.bias
    none = np.zeros(1, np.longdouble)
    stands_for = none
    if given is not None:
        stands_for = given.astype(np.longdouble)
        if given.dtype != np.float32:
            stands_for = stands_for * (np.longdouble(p.i) * p.w.astype(np.longdouble))
    return stands_for, none if real.bias is None else real.bias.astype(np.longdouble)
