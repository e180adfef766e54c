"""Rounds numbers to a format once, with no double rounding on the way through another format.

Definitions: IEEE 754-2019, section 4.3 (roundTiesToEven, roundTiesToAway, roundTowardZero).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convcheck.truth.formats import FLOAT64, Array, Floats, Format, format_of, pair

Rounding = Literal["nearest-even", "nearest-away", "toward-zero"]


def cast(values: Any, fmt: Format, rounding: Rounding = "nearest-even") -> Array:
    """Values rounded once to a format, as an array of ``fmt.dtype`` (float32 for tfloat32).

    Overflow gives infinity, toward zero the largest finite number. Casting to an integer format
    raises ValueError unless it changes no value.
    """
    values = np.asarray(values)
    given = format_of(values.dtype)
    if fmt.is_integer:
        return _cast_to_integer(values, fmt)
    once = given == fmt or _contains(fmt, given)
    # The processor rounds float64 to float32 once, to nearest even.
    once |= rounding == "nearest-even" and fmt.name == "float32" and not given.is_integer
    if not once:
        hi, lo = pair(values)
        tail = np.zeros(()) if lo is None else lo
        if lo is None and fmt == FLOAT64:
            return hi  # float64 holds these integers
        if lo is None and rounding == "nearest-even":
            values = _round_to_nearest_even(hi, fmt)
        else:
            values = _round(np.zeros((), np.int64), hi, tail, fmt, rounding)
    with np.errstate(over="ignore"):
        result: Array = values.astype(fmt.dtype)
    return result


def _round_to_nearest_even(values: Floats, fmt: Format) -> Floats:
    """What ``_round`` gives, in a few passes over the bits where the format is normal."""
    shape, values = values.shape, values.ravel()
    magnitude = np.abs(values)
    normal = (magnitude >= fmt.smallest_normal) & (magnitude < float(fmt.overflow_threshold))
    drop = np.uint64(FLOAT64.precision - fmt.precision)
    one = np.uint64(1)
    bits = values.view(np.uint64)
    # Half a unit, less one bit where what is kept ends in 0: a carry may reach the exponent.
    half = (one << (drop - one)) - one + ((bits >> drop) & one)
    found: Floats = ((bits + half) >> drop << drop).view(np.float64)
    normal |= magnitude == 0
    if not normal.all():
        found[~normal] = _round(
            np.zeros((), np.int64), values[~normal], np.zeros(()), fmt, "nearest-even"
        )
    return found.reshape(shape)


def round_exact(s: Any, hi: Any, lo: Any, fmt: Format) -> Floats:
    """The number (hi + lo)·2^s rounded once to nearest even in a format, held in float64.

    ``hi`` must be the number times 2^-s rounded to the nearest float64, and ``lo`` the rest with
    the right sign, as ``exact`` gives them: where ``hi`` alone is a tie, the sign of ``lo``
    decides. For an integer format the result is a whole number, infinite outside its range.
    """
    s, hi, lo = np.asarray(s, np.int64), np.asarray(hi, np.float64), np.asarray(lo, np.float64)
    return _round(s, hi, lo, fmt, "nearest-even")


def ulp(values: Any, fmt: Format) -> Floats:
    """The spacing of a format at the values; at zero and subnormals the smallest, 1 for integers.

    Beyond the finite numbers it is the spacing of the largest ones; NaN gives NaN.
    """
    values = np.asarray(values).astype(np.float64)
    if fmt.is_integer:
        return np.ones_like(values)
    finite = np.isfinite(values)
    _, e = np.frexp(np.where(finite, values, 0.0))
    e = np.where(finite, e - 1, fmt.max_exponent)
    e = np.clip(np.where(values == 0, fmt.min_exponent, e), fmt.min_exponent, None)
    spacing = np.ldexp(1.0, np.minimum(e, fmt.max_exponent) - fmt.precision + 1)
    return np.where(np.isnan(values), np.nan, spacing)


def _round(s: NDArray[Any], hi: Floats, lo: Floats, fmt: Format, rounding: Rounding) -> Floats:
    magnitude = np.abs(hi)
    finite = np.isfinite(magnitude)
    magnitude = np.where(finite, magnitude, 0.0)
    _, e = np.frexp(magnitude)
    if fmt.is_integer:
        grid = np.zeros_like(e + s)
    else:
        grid = np.maximum(e + s, fmt.min_exponent + 1) - fmt.precision
    # In units of the spacing: whole part and fraction, exactly. Where |hi + lo| lies far below
    # half a unit the shift may underflow, which changes no decision.
    scaled = np.ldexp(magnitude, np.maximum(s - grid, -3000).astype(np.int64))
    with np.errstate(invalid="ignore"):
        whole = np.floor(scaled)
        fraction = scaled - whole
    lost = (scaled == 0) & (magnitude != 0)
    excess = np.where(np.signbit(hi), -lo, lo)  # > 0: the magnitude lies above hi's
    if rounding == "toward-zero":
        short = (fraction == 0) & (excess < 0) & ~lost
        at_power = (whole == 2.0 ** (fmt.precision - 1)) & (
            grid + fmt.precision - 1 > fmt.min_exponent
        )
        whole = np.where(short, whole - np.where(at_power, 0.5, 1.0), whole)
    else:
        tie_up = excess > 0
        tie_up |= (excess == 0) & ((rounding == "nearest-away") | (np.fmod(whole, 2.0) == 1))
        whole = whole + ((fraction > 0.5) | ((fraction == 0.5) & tie_up))
    with np.errstate(over="ignore"):
        rounded = np.ldexp(whole, grid.astype(np.int64))
    rounded = np.copysign(rounded, hi)
    largest, lowest = _float_limits(fmt)
    over, under = rounded > largest, rounded < lowest
    if rounding == "toward-zero":
        rounded = np.where(over, largest, np.where(under, lowest, rounded))
    else:
        rounded = np.where(over, np.inf, np.where(under, -np.inf, rounded))
    return np.where(finite, rounded, hi)


def _float_limits(fmt: Format) -> tuple[float, float]:
    """The largest and the lowest number of a format, each rounded towards 0 to a float64."""
    largest = float(fmt.largest)
    if largest > fmt.largest:
        largest = float(np.nextafter(largest, 0.0))
    return largest, float(fmt.lowest)


def _contains(fmt: Format, given: Format) -> bool:
    if given.is_integer:
        return given.precision <= fmt.precision and given.precision <= fmt.max_exponent
    return (
        given.precision <= fmt.precision
        and given.max_exponent <= fmt.max_exponent
        and given.min_exponent - given.precision >= fmt.min_exponent - fmt.precision
    )


def _cast_to_integer(values: Array, fmt: Format) -> Array:
    given = format_of(values.dtype)
    if given.is_integer:
        fits = values.size == 0 or (
            fmt.lowest <= int(values.min()) and int(values.max()) <= fmt.largest
        )
    else:
        wide = values.astype(np.float64)
        # An integer below the threshold, not above the largest: float64 cannot hold 2**63 - 1.
        threshold = float(fmt.overflow_threshold)
        fits = bool(((wide >= float(fmt.lowest)) & (wide < threshold)).all())
        fits = fits and bool((wide == np.floor(wide)).all())
    if not fits:
        raise ValueError(f"these values are not all numbers of {fmt.name}")
    return values.astype(fmt.dtype)
