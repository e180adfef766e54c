"""Every formula and bound of QUANTIZED.md for one element, in Python's integers and fractions.

Written from the text alone: floats are ``numpy.float32`` scalars, one operation at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

f = np.float32
ONE = f(1)


@dataclass(frozen=True)
class Element:
    """One element's sum without bias, its bias in both forms, and where it stands."""

    products: int
    i: np.float32
    w: np.float32
    o: np.float32
    zo: int = 0
    b: int | None = None
    beta: np.float32 | None = None
    by_tensor: bool = False
    channel: int = 0
    filters: int = 1
    flat: int = 0
    size: int = 1

    @property
    def acc(self) -> int:
        return self.products + (self.b or 0)


def wrap(value: int, bits: int = 32) -> int:
    half = 1 << (bits - 1)
    return (value + half) % (2 * half) - half


def half_away(value: Fraction) -> int:
    size = math.floor(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


def half_even(value: Fraction) -> int:
    return round(value)


def rounded_to_float32(value: Fraction) -> np.float32:
    """To nearest even, without a float on the way; the value must be in the normal range."""
    if value == 0:
        return f(0)
    exponent = math.floor(math.log2(abs(value)))
    while abs(value) >= Fraction(2) ** (exponent + 1):
        exponent += 1
    while abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** (exponent - 23)
    return f(float(round(value / unit) * unit))


def rint(value: np.float32) -> int:
    return half_even(Fraction(float(value)))


def multiplier(e: Element, variant: str) -> tuple[int, int]:
    """(q, s) of QM."""
    product = float(e.i) * float(e.w) if variant == "Mdbl" else float(e.i * e.w)
    m = product / float(e.o)
    fraction, s = math.frexp(m)
    q = half_away(Fraction(fraction) * 2**31)
    if q == 2**31:
        q, s = q // 2, s + 1
    return (0, 0) if s < -31 else (q, s)


def srdhm(acc: int, q: int, s: int) -> int:
    return (wrap(wrap(acc) << max(s, 0)) * q + 2**30) >> 31


def d(e: Element, variant: str) -> int:
    q, s = multiplier(e, variant)
    return half_away(Fraction(srdhm(e.acc, q, s), 2 ** max(-s, 0)))


def du(e: Element, variant: str) -> int:
    q, s = multiplier(e, variant)
    return math.floor(Fraction(srdhm(e.acc, q, s), 2 ** max(-s, 0)) + Fraction(1, 2))


def mix8(e: Element, variant: str) -> int:
    return (du if e.channel < e.filters // 8 * 8 else d)(e, variant)


def mix16(e: Element, variant: str) -> int:
    return (du if e.flat < e.size // 16 * 16 else d)(e, variant)


def i64(e: Element, variant: str) -> int:
    q, s = multiplier(e, variant)
    m = (q + 2**15) >> 16 if q < 0x7FFF0000 else 0x7FFF
    return math.floor(Fraction(e.acc * m, 2 ** (15 - s)) + Fraction(1, 2))


def single_rounding(e: Element, variant: str) -> int:
    """One rounding of the 31-bit product: no runtime here, but a row of the table of bounds."""
    q, s = multiplier(e, variant)
    return math.floor(Fraction(e.acc * q, 2**31) * Fraction(2) ** s + Fraction(1, 2))


def f1(e: Element) -> int:
    return rint(f(wrap(e.acc)) * ((e.i * e.w) / e.o))


def f2(e: Element) -> int:
    return rint(f(wrap(e.acc)) * ((e.i * e.w) * (ONE / e.o)))


def fb(e: Element) -> int:
    t = e.i * e.w
    total = f(wrap(e.products))
    if e.beta is not None and e.by_tensor:
        inverse = Fraction(float(ONE / t))
        total = rounded_to_float32(Fraction(float(e.beta)) * inverse + Fraction(float(total)))
    elif e.beta is not None:
        total = total + e.beta / t
    return rint(total * (t / e.o))


def q2(e: Element) -> int:
    acc = wrap(e.products)
    if e.beta is not None:
        acc += rint(e.beta * (ONE / f(float(e.i) * float(e.w))))
    return rint(f(acc) * ((e.i * e.w) * (ONE / e.o)))


def on(e: Element) -> int:
    inverse = ONE / (ONE / (ONE / e.o))
    return _on(e, ONE / (ONE / e.i), inverse)


def on_prime(e: Element) -> int:
    return _on(e, e.i, ONE / e.o)


def on_shifted(e: Element) -> int:
    return _on(e, ONE / (ONE / e.i), ONE / e.o, higher=128)


def _on(e: Element, i: np.float32, inverse: np.float32, higher: int = 0) -> int:
    value = f(wrap(e.products)) * i
    value = value * e.w
    if e.beta is not None:
        value = value + e.beta
    value = value * inverse
    zero = e.zo + higher
    return rint(value + f(zero)) - zero


IN_INTEGERS = {"D": d, "DU": du, "MIX8": mix8, "MIX16": mix16}
FORMULAS = {
    **{
        f"{name}/{variant}": (lambda e, one=one, variant=variant: one(e, variant))
        for name, one in IN_INTEGERS.items()
        for variant in ("Mdbl", "Mf")
    },
    "I64/Mdbl": lambda e: i64(e, "Mdbl"),
    "F1": f1,
    "F2": f2,
    "FB": fb,
    "Q2": q2,
    "ON": on,
    "ON'": on_prime,
    "ON+128": on_shifted,
}


def real(e: Element, *, real_bias: bool = False) -> Fraction:
    """M*·acc, or M*·products + β/o."""
    scale = Fraction(float(e.i)) * Fraction(float(e.w)) / Fraction(float(e.o))
    if real_bias and e.beta is not None:
        return scale * e.products + Fraction(float(e.beta)) / Fraction(float(e.o))
    return scale * e.acc
