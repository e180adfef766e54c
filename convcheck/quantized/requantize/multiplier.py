"""A real multiplier as a 31-bit integer and a shift, and the product that rounds once.

Both come from gemmlowp (fixedpoint/fixedpoint.h; Jacob et al. 2018, arXiv:1712.05877, section 2.2)
and live on in TFLite's kernels/internal/quantization_util.cc and common.h.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcheck.quantized.parameters import Integers, Parameters
from convcheck.quantized.sums import wrapped_int32


@dataclass(frozen=True, eq=False)
class Multiplier:
    """M = q·2^(shift - 31), by output channel: ``q`` has 31 bits, or is 0 with a shift of 0."""

    q: Integers
    shift: Integers

    @property
    def left(self) -> Integers:
        """Places that a sum is shifted left before the product; 32 of them empty a register."""
        return np.clip(self.shift, 0, 32)

    @property
    def right(self) -> Integers:
        """Places that the product is shifted right, with a rounding of its own where above 0."""
        return np.maximum(-self.shift, 0)


def mdbl(p: Parameters) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Mdbl = double(i)·double(w) / double(o): TFLite, of kernels quantized by channel."""
    return np.float64(p.i) * p.w.astype(np.float64) / np.float64(p.o)


def mf(p: Parameters) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Mf = double(f(i·w)) / double(o): TFLite, of kernels quantized by tensor (uint8, legacy).

    ``GetQuantizedConvolutionMultipler`` multiplies two floats before it widens their product.
    """
    return (p.i * p.w).astype(np.float64) / np.float64(p.o)


def quantized_multiplier(m: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Multiplier:
    """QM: q = round half away(frac·2^31) with M = frac·2^shift; below 2^-32 it is 0.

    TFLite's ``QuantizeMultiplier``.
    """
    fraction, exponent = np.frexp(m)
    q = np.floor(fraction * 2.0**31 + 0.5).astype(np.int64)  # 53 bits hold the half: exact
    shift = exponent.astype(np.int64)
    carried = q == 2**31
    q, shift = np.where(carried, q // 2, q), np.where(carried, shift + 1, shift)
    tiny = shift < -31
    return Multiplier(np.where(tiny, 0, q), np.where(tiny, 0, shift))


def rounded_product(acc: Integers, by: Multiplier) -> Integers:
    """SRDHM: (int32(acc << left)·q + 2^30) >> 31, ties up; the left shift wraps in 32 bits.

    gemmlowp's ``SaturatingRoundingDoublingHighMul``: its nudge of 1 - 2^30 below zero, with a
    division that truncates, is the same.
    """
    product: Integers = wrapped_int32(acc << by.left) * by.q
    return (product + 2**30) >> 31
