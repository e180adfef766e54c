"""NaN and infinity in operands: replaces them by 0, and gives their effect on each output.

IEEE 754-2019, section 6: an output is NaN if a tap holds NaN, 0·inf, or infinities of both
signs meet; else it is infinite if a tap or the bias is; else it is finite and exact.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.truth.elements import filters_first, taps_of_outputs
from convcheck.truth.formats import Array, Floats, largest_magnitude
from convcheck.truth.plain import plain_sums
from convcheck.truth.windows import forward_kernel

Operands = tuple[Array, Array, "Array | None"]


def finite_part(case: Case) -> tuple[Operands, bool]:
    """(input, kernel, bias) with 0 for what is not finite, and whether there was any."""
    given = (case.input, case.kernel, case.bias)
    if all(one is None or _all_finite(one) for one in given):
        return given, False
    x, k, b = (None if one is None else _finite(one) for one in given)
    assert x is not None
    assert k is not None
    return (x, k, b), True


def _all_finite(values: Array) -> bool:
    with np.errstate(invalid="ignore"):  # bfloat16 warns of NaN
        return math.isfinite(largest_magnitude(values))


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.zeros((), values.dtype))


def nonfinite_outputs(case: Case) -> NDArray[np.int64]:
    """Flat indices of the outputs that NaN or infinity reaches through a tap or the bias."""
    x = (~np.isfinite(case.input)).astype(np.float64)
    k = (~np.isfinite(case.kernel)).astype(np.float64)
    reached = np.zeros(case.output_shape, bool)
    for one, other in ((x, np.ones_like(k)), (np.ones_like(x), k)):
        reached |= plain_sums(case, one, other) > 0.5
    if case.bias is not None:
        reached |= ~np.isfinite(case.bias)
    return np.flatnonzero(reached)


def open_over_padding(case: Case) -> NDArray[np.bool_]:
    """Outputs whose padding meets a kernel value that is not finite, in output shape.

    Who multiplies by the zeros gets NaN there, who skips them does not: both are right.
    """
    nonfinite = (~np.isfinite(case.kernel)).astype(np.float64)
    if not nonfinite.any():
        return np.zeros(case.output_shape, bool)
    met = plain_sums(case, np.ones(case.input.shape), nonfinite)
    of_filter = forward_kernel(case, nonfinite)
    every = of_filter.sum(axis=tuple(range(of_filter.ndim - 1)))
    return np.asarray(met < every - 0.5)


def replace_nonfinite(
    case: Case, flat: NDArray[np.int64] | None, s: Array, hi: Floats, lo: Floats
) -> None:
    """Change ``hi`` to y, and ``s`` and ``lo`` to 0, of the outputs that are not finite, in place.

    ``flat`` has the flat indices of the outputs that s, hi and lo hold; None for all of them.
    """
    bad = nonfinite_outputs(case)
    if flat is None:
        at = bad
    else:
        at = np.flatnonzero(np.isin(flat, bad))
        bad = flat[at]
    hi.reshape(-1)[at] = nonfinite_values(case, bad)
    lo.reshape(-1)[at] = 0.0
    if s.ndim:
        s.reshape(-1)[at] = 0


def nonfinite_values(case: Case, flat: NDArray[np.int64]) -> Floats:
    """y of outputs that are NaN or infinite, given by flat indices; meaningless for others.

    Finite numbers are replaced by their signs, so that a product of finite ones cannot overflow.
    """
    x = _signs(case.input).ravel()
    k = _signs(filters_first(case, case.kernel)).ravel()
    bias = None if case.bias is None else _signs(case.bias)
    found = np.zeros(len(flat))
    with np.errstate(invalid="ignore"):
        for taps in taps_of_outputs(case, flat):
            products = np.where(taps.valid, x[taps.reads] * k[taps.kernel], 0.0)
            total = products.sum(axis=1)
            found[taps.rows] = total if bias is None else total + bias[taps.filters]
    return found


def _signs(values: Array) -> Floats:
    wide = values.astype(np.float64)
    return np.where(np.isfinite(wide), np.sign(wide), wide)
