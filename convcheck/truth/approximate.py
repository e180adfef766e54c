"""A case's result in plain float64, a proved bound of its error, and the sum of magnitudes.

A sum of n products, added in any order, with or without fused operations, has an error of at
most gamma(n) times the sum of magnitudes (Higham 2002, "Accuracy and Stability of Numerical
Algorithms", section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.formats import FLOAT64, Array, Floats, pair
from convcheck.truth.nonfinite import finite_part, nonfinite_outputs, nonfinite_values
from convcheck.truth.plain import plain_passes


@dataclass(frozen=True)
class Approximation:
    """y is within ``radius`` of ``value``; arrays in output shape."""

    value: Floats
    radius: Floats
    """0 where the value is y (NaN and infinity, small integers), infinite where nothing is
    known (overflow)."""
    magnitude: Floats
    """A = sum of |x|·|k| plus |bias|: never below the true one, and above it by a part of 1e-9 at
    most (n·2^-1074 more where products underflow). Infinite where y is NaN or infinite."""


def approximate(case: Case) -> Approximation:
    """The plain float64 result of a case, with its error bound and magnitude, for every output."""
    (x, kernel, bias), any_nonfinite = finite_part(case)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        value, magnitude = plain_passes(case, x, kernel)
        if bias is not None:
            wide = bias.astype(np.float64)
            value += wide
            magnitude += np.abs(wide)
        # Roundings on the way of one product: n, one more with a bias, and three more where
        # 64-bit integers (two operands, the bias) were rounded to float64 to begin with.
        longest = case.terms + (bias is not None) + 3 * _is_rounded(case)
        relative = gamma(longest, FLOAT64.u)
        # A product may underflow, by half the smallest subnormal.
        underflow = case.terms * FLOAT64.smallest_subnormal
        # 1 / (1 - gamma) makes up for what A itself lost, the last factor for these lines.
        magnitude += underflow
        magnitude *= (1.0 + 8 * FLOAT64.u) / (1.0 - relative)
        radius = relative * (1.0 + 8 * FLOAT64.u) * magnitude
        radius += 2 * underflow
        if _is_integer(case):
            # Sums of integers within 2^53 are exact in any order.
            radius[magnitude <= 2.0**53] = 0.0
    unknown = ~(np.isfinite(value) & np.isfinite(radius))
    if unknown.any():
        radius[unknown] = np.inf
        magnitude[np.isnan(magnitude)] = np.inf
    if any_nonfinite:
        bad = nonfinite_outputs(case)
        value.reshape(-1)[bad] = nonfinite_values(case, bad)
        radius.reshape(-1)[bad] = 0.0
        magnitude.reshape(-1)[bad] = np.inf
    return Approximation(value, radius, magnitude)


def gamma(m: float, u: float) -> float:
    """m·u / (1 - m·u), the relative error of m roundings; infinite from m·u = 1 on."""
    return m * u / (1.0 - m * u) if m * u < 1.0 else np.inf


def _is_integer(case: Case) -> bool:
    arrays = [case.input, case.kernel] + ([] if case.bias is None else [case.bias])
    return all(array.dtype.kind in "iu" for array in arrays)


def _is_rounded(case: Case) -> bool:
    arrays: list[Array] = [case.input, case.kernel]
    if case.bias is not None:
        arrays.append(case.bias)
    return any(array.dtype.kind in "iu" and pair(array)[1] is not None for array in arrays)
