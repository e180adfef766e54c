"""The integers that an activation clamps the output to: two ways to round its real limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from convcheck.quantized.parameters import ACTIVATION_LIMITS, Parameters

Limits = tuple[int, int]
_FARTHEST = 2.0**40
"""Beyond every output range, and no infinity."""


def half_away_limits(p: Parameters) -> Limits:
    """zo + round half away(f(a/o)) for a limit a: TFLite's kernels.

    ``CalculateActivationRangeQuantized``, tensorflow/lite/kernels/kernel_util.cc.
    """

    def rounded(a: float) -> int:
        quotient = float(np.clip(np.float32(a) / p.o, -_FARTHEST, _FARTHEST))
        return p.output_zero_point + int(math.copysign(math.floor(abs(quotient) + 0.5), quotient))

    return _limits(p, rounded)


def ties_even_limits(p: Parameters) -> Limits:
    """rint(f(f(a/o) + zo)) for a limit a: XNNPACK.

    ``xnn_qs8_quantize``, src/xnnpack/quantization.h.
    """

    def rounded(a: float) -> int:
        quotient = np.clip(np.float32(a) / p.o, -_FARTHEST, _FARTHEST)
        return int(np.rint(np.float32(quotient) + np.float32(p.output_zero_point)))

    return _limits(p, rounded)


def float_limits(p: Parameters) -> Limits:
    """zo + rint(f(a/o)): an activation in float32, quantized after it."""

    def rounded(a: float) -> int:
        quotient = np.clip(np.float32(a) / p.o, -_FARTHEST, _FARTHEST)
        return p.output_zero_point + int(np.rint(quotient))

    return _limits(p, rounded)


def real_limits(p: Parameters) -> Limits:
    """zo + a/o rounded to nearest, ties to even, without a float on the way."""

    def rounded(a: float) -> int:
        return p.output_zero_point + round(Fraction(a) / Fraction(float(p.o)))

    return _limits(p, rounded)


def _limits(p: Parameters, rounded: Callable[[float], int]) -> Limits:
    lowest, highest = p.dtype_limits
    a, b = ACTIVATION_LIMITS[p.activation]
    low = lowest if a is None else min(max(rounded(a), lowest), highest)
    high = highest if b is None else min(max(rounded(b), lowest), highest)
    return low, high
