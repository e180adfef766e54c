"""Formulas in integers: a fixed-point product and shifts that round. Each gives v, without zo."""

from __future__ import annotations

import numpy as np

from convcheck.quantized.parameters import Integers
from convcheck.quantized.requantize.multiplier import Multiplier, rounded_product


def d(acc: Integers, by: Multiplier) -> Integers:
    """D: round half away(SRDHM(acc) / 2^r): two roundings, r = right shift.

    LiteRT's reference kernels for int8 (conv, depthwise, transposed) and its uint8 depthwise.
    gemmlowp, ``RoundingDivideByPOT``; tensorflow/lite/kernels/internal/common.cc,
    ``MultiplyByQuantizedMultiplier``.
    """
    x = rounded_product(acc, by)
    half = (np.int64(1) << by.right) >> 1
    v: Integers = np.sign(x) * ((np.abs(x) + half) >> by.right)
    return v


def du(acc: Integers, by: Multiplier) -> Integers:
    """DU: (SRDHM(acc) + 2^(r-1)) >> r: two roundings, both ties up; no second one where r = 0.

    LiteRT's builtin conv, measured on x86, where ruy computes it. (ruy's portable code, which is
    not meant to be bit-exact, rounds once: ruy/apply_multiplier.cc.)
    """
    x = rounded_product(acc, by)
    half = (np.int64(1) << by.right) >> 1
    return (x + half) >> by.right


def mix8(acc: Integers, by: Multiplier) -> Integers:
    """MIX8: DU for channels below 8·⌊O/8⌋, D for the rest: a loop of 8 channels and its remainder.

    LiteRT's builtin int8 depthwise and transposed convolutions. Channels are the last axis.
    """
    filters = acc.shape[-1]
    in_vectors = np.arange(filters) < filters // 8 * 8
    return np.where(in_vectors, du(acc, by), d(acc, by))


def mix16(acc: Integers, by: Multiplier) -> Integers:
    """MIX16: as MIX8, by the flat index of the output and 16 elements.

    LiteRT's builtin uint8 transposed convolution, whose loop passes over the whole output.
    """
    in_vectors = (np.arange(acc.size) < acc.size // 16 * 16).reshape(acc.shape)
    return np.where(in_vectors, du(acc, by), d(acc, by))


def i64(acc: Integers, by: Multiplier) -> Integers:
    """I64: (acc·m + 2^(14-s)) >> (15-s), m = q in 16 bits: one rounding, of a coarse multiplier.

    m = (q + 2^15) >> 16, at most 0x7FFF. LiteRT's int16 activations with an int64 bias, every
    engine; ``MultiplyByQuantizedMultiplier(int64_t, …)`` of TFLite's common.cc, which asserts sums
    below 2^47.
    """
    m = np.minimum((by.q + 2**15) >> 16, 0x7FFF)
    places = np.maximum(15 - by.shift, 1)
    v: Integers = (acc * m + (np.int64(1) << (places - 1))) >> places
    return v
