"""Products, sums and fused sums, rounded as a format rounds them, element by element in NumPy.

NumPy has no fused multiply-add. Here the exact sum is rounded to odd in a wider format and from
there to the format: so no tie is made, and the result is the one of a single rounding (Boldo and
Melquiond 2008, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to
odd", IEEE Trans. Comput. 57). Underflow and overflow of float64 itself are not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convcheck.case.dtypes import dtype_named

if TYPE_CHECKING:
    from convcheck.case.case import Array

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """Sums in one format, given in the end in another; numbers are held as ``carrier``."""

    accumulator: str
    output: str
    bias_apart: bool = False
    """Whether the bias is added by an operation of its own, in the output's format."""

    @property
    def carrier(self) -> np.dtype[np.floating]:
        """A dtype in which products of float16 or bfloat16 are exact, and sums rounded harmlessly.

        Rounding a sum or product of such numbers to float32 first changes nothing, since 24 >= 2p +
        2 (Figueroa 1995, "When is double rounding innocuous?").
        """
        return np.dtype("float64" if self.accumulator == "float64" else "float32")

    def product(self, x: Array, k: Array) -> Array:
        """x · k, rounded."""
        return self._stored(x.astype(self.carrier) * k.astype(self.carrier))

    def add(self, a: Array, b: Array) -> Array:
        """a + b, rounded."""
        return self._stored(a + b)

    def fused(self, a: Array, x: Array, k: Array) -> Array:
        """a + x · k, rounded once."""
        if self.carrier == np.float64:
            return _fused_in_float64(a, x.astype(np.float64), k.astype(np.float64))
        # A product of two float32 numbers is exact in float64.
        product = x.astype(np.float64) * k.astype(np.float64)
        total, rest = _two_sum(a.astype(np.float64), product)
        if self.accumulator == "float32":
            return _to_odd(total, rest).astype(np.float32)
        return self._stored(_float32_to_odd(_to_odd(total, rest)))

    def given(self, sums: Array) -> Array:
        """The sums in the output's format."""
        if self.output == "bfloat16" and sums.dtype == np.float64:
            sums = _float32_to_odd(sums)
        with np.errstate(over="ignore"):
            return sums.astype(dtype_named(self.output))

    def _stored(self, values: Array) -> Array:
        if self.accumulator in ("float64", "float32"):
            return values
        return values.astype(dtype_named(self.accumulator)).astype(self.carrier)


def _two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """a + b rounded, and what that leaves out (Knuth)."""
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


def _two_product(x: Floats, k: Floats) -> tuple[Floats, Floats]:
    """x · k rounded, and what that leaves out (Dekker, Veltkamp)."""
    product = x * k
    (x1, x2), (k1, k2) = _halves(x), _halves(k)
    return product, x2 * k2 - (((product - x1 * k1) - x2 * k1) - x1 * k2)


def _halves(values: Floats) -> tuple[Floats, Floats]:
    scaled = values * 134217729.0  # 2^27 + 1
    high = scaled - (scaled - values)
    return high, values - high


def _fused_in_float64(a: Floats, x: Floats, k: Floats) -> Floats:
    high, low = _two_product(x, k)
    small, rest = _two_sum(a, low)
    total, left = _two_sum(high, small)
    summed = total + _to_odd(*_two_sum(left, rest))
    finite = np.isfinite(a) & np.isfinite(x) & np.isfinite(k)
    return np.where(finite, summed, a + x * k)  # what is left out of an infinity is NaN


def _to_odd(total: Floats, rest: Floats) -> Floats:
    """total + rest rounded to odd; ``total`` is that rounded to nearest, and all if not finite."""
    rest = np.where(np.isfinite(total), rest, 0.0)
    if not rest.any():
        return total
    bits = total.view(np.int64)
    away = (rest > 0) == (total > 0)
    moved = np.where(away, bits + 1, bits - 1)
    odd: Floats = np.where((rest != 0) & (bits & 1 == 0), moved, bits).view(np.float64)
    return odd


def _float32_to_odd(values: Floats) -> NDArray[np.float32]:
    """float64 numbers rounded to odd in float32."""
    with np.errstate(over="ignore"):
        near = values.astype(np.float32)
    bits = near.view(np.int32)
    back = near.astype(np.float64)
    moved = np.where(np.abs(back) < np.abs(values), bits + 1, bits - 1)
    inexact = (back != values) & np.isfinite(back) & (bits & 1 == 0)
    odd: NDArray[np.float32] = np.where(inexact, moved, bits).astype(np.int32).view(np.float32)
    return odd
