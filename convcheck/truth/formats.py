"""Number formats: precision, range and rounding units of each format that a computation can use.

Sources: IEEE 754-2019 (binary16, binary32, binary64); bfloat16 has binary32's exponents and 8
significant bits; tfloat32 has binary32's exponents and 11 significant bits (NVIDIA A100 Tensor
Core GPU Architecture, 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from convcheck.errors import UsageError

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Format:
    """A binary floating-point format with gradual underflow, or a range of integers."""

    name: str
    precision: int
    """Significant bits, the hidden one included; for integers, bits of the magnitude."""
    min_exponent: int
    """The smallest normal number is 2 to this power."""
    max_exponent: int
    """The largest finite number lies below 2 to this plus one."""
    is_integer: bool = False
    signed: bool = True
    """False for unsigned integers alone."""

    @property
    def u(self) -> float:
        """Unit roundoff: the largest relative error of a rounding to nearest. 0 for integers."""
        return 0.0 if self.is_integer else 2.0**-self.precision

    @property
    def smallest_normal(self) -> float:
        """Below it a computation may flush to zero. 0 for integers, which never do."""
        return 0.0 if self.is_integer else 2.0**self.min_exponent

    @property
    def smallest_subnormal(self) -> float:
        """The finest spacing. 1 for integers."""
        return 1.0 if self.is_integer else 2.0 ** (self.min_exponent - self.precision + 1)

    @property
    def largest(self) -> Fraction:
        """The largest finite number."""
        if self.is_integer:
            return Fraction(2**self.precision - 1)
        return (2 - Fraction(2, 2**self.precision)) * Fraction(2) ** self.max_exponent

    @property
    def lowest(self) -> Fraction:
        """The most negative finite number."""
        if self.is_integer:
            return Fraction(-(2**self.precision) if self.signed else 0)
        return -self.largest

    @property
    def overflow_threshold(self) -> Fraction:
        """Magnitudes from here on round to infinity (65520 for float16); an integer: do not fit."""
        if self.is_integer:
            return Fraction(2**self.precision)
        return (2 - Fraction(1, 2**self.precision)) * Fraction(2) ** self.max_exponent

    @property
    def is_narrow(self) -> bool:
        """Multiplied by block multipliers (tensor cores): tfloat32, float16 and bfloat16."""
        return not self.is_integer and self.precision < FLOAT32.precision

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype that holds its values; float32 for tfloat32."""
        if self.name == "bfloat16":
            bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
            return bfloat16
        return np.dtype("float32" if self.name == "tfloat32" else self.name)

    def __str__(self) -> str:
        return self.name


FLOAT64 = Format("float64", 53, -1022, 1023)
FLOAT32 = Format("float32", 24, -126, 127)
TFLOAT32 = Format("tfloat32", 11, -126, 127)
FLOAT16 = Format("float16", 11, -14, 15)
BFLOAT16 = Format("bfloat16", 8, -126, 127)
INT8, INT16, INT32, INT64 = (
    Format(f"int{bits}", bits - 1, 0, bits - 2, is_integer=True) for bits in (8, 16, 32, 64)
)
UINT8, UINT16, UINT32, UINT64 = (
    Format(f"uint{bits}", bits, 0, bits - 1, is_integer=True, signed=False)
    for bits in (8, 16, 32, 64)
)

FORMATS = {
    fmt.name: fmt
    for fmt in (
        *(FLOAT64, FLOAT32, TFLOAT32, FLOAT16, BFLOAT16),
        *(INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64),
    )
}


def format_named(name: str) -> Format:
    """The format of that name. Raises UsageError for a name that is none."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UsageError(
            f"'{name}' is no number format that convcheck knows; use one of {', '.join(FORMATS)}"
        ) from None


@cache
def format_of(dtype: Any) -> Format:
    """The format of a NumPy dtype. Raises UsageError for bool, complex and other dtypes."""
    return format_named(np.dtype(dtype).name)


def pair(values: Any) -> tuple[Floats, Floats | None]:
    """Numbers of any format as (hi, lo) in float64 with hi + lo exactly the numbers.

    ``lo`` is None where float64 alone holds them: always, but for 64-bit integers from 2**53 on.
    """
    values = np.asarray(values)
    fmt = format_of(values.dtype)
    hi = values.astype(np.float64)
    if not fmt.is_integer or fmt.precision <= 53 or not values.size:
        return hi, None
    if max(abs(int(values.max())), abs(int(values.min()))) <= 2**53:
        return hi, None
    # Halves of 32 bits, since float64 to int64 and back would overflow at 2**63.
    high = np.floor_divide(values, values.dtype.type(2**32)).astype(np.float64) * 2.0**32
    low = np.remainder(values, values.dtype.type(2**32)).astype(np.float64)
    return hi, (high - hi) + low


def largest_magnitude(values: Floats) -> float:
    """The largest |value|: 0 without values, NaN if one is NaN; makes no temporary array."""
    return max(-float(values.min()), float(values.max())) if values.size else 0.0
