"""Makes arrays small: figures are rounded, bytes shuffled and deflated."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from convcheck.excerpt.data import Encoded

if TYPE_CHECKING:
    from convcheck.results import Array

_AS_THEY_ARE = {
    "float64", "float32", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8",
}  # fmt: skip
"""Formats that a browser has arrays of."""
_BITS = 12
"""Of the mantissas of figures: more than three significant digits."""


def encode(values: Array) -> Encoded:
    """The array bit for bit; float16 and bfloat16 as float32, bool as uint8."""
    if values.dtype.name not in _AS_THEY_ARE:
        values = values.astype(np.uint8 if values.dtype.kind == "b" else np.float32)
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    # Bytes of the same weight stand together: deflate finds more repetitions there.
    shuffled = little.view(np.uint8).reshape(-1, values.dtype.itemsize).T.tobytes()
    return Encoded(values.dtype.name, values.shape, zlib.compress(shuffled, 6))


def encode_figures(values: Array) -> Encoded:
    """The array with mantissas of 12 bits: float32, or float64 where that is out of range."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        single = values.astype(np.float32)
        finite = np.isfinite(values)
        lost = finite & (~np.isfinite(single) | (np.abs(single) < np.finfo(np.float32).tiny))
        lost &= values != 0
    if lost.any():
        return encode(_rounded(values.astype(np.float64), np.uint64, 52))
    return encode(_rounded(single, np.uint32, 23))


def _rounded(values: Array, word: type[np.unsignedinteger], mantissa: int) -> Array:
    """Halves away from zero; NaN, infinities and what would become one stay as they are."""
    drop = mantissa - _BITS
    bits = np.ascontiguousarray(values).view(word)
    near = ((bits + word(1 << (drop - 1))) & ~word((1 << drop) - 1)).view(values.dtype)
    return np.where(np.isfinite(values) & np.isfinite(near), near, values)
