"""The table of all formulas, and what each makes of given sums.

``names`` lists them too, for who may not load NumPy, and ``words`` has their phrases: a test holds
the three together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from convcheck.errors import UsageError
from convcheck.quantized.activation import Limits, half_away_limits, ties_even_limits
from convcheck.quantized.parameters import Float32s, Integers, Parameters
from convcheck.quantized.requantize.fixed_point import d, du, i64, mix8, mix16
from convcheck.quantized.requantize.float32 import f1, f2, fb, on, on_prime, on_shifted, q2
from convcheck.quantized.requantize.multiplier import (
    Multiplier,
    mdbl,
    mf,
    quantized_multiplier,
)
from convcheck.quantized.sums import Sums, wrapped_int32, wraps_int32

Bias = Literal["integer", "real"]
Arithmetic = Literal["two-roundings", "coarse", "float32", "float32-chain"]
"""What its bound depends on: see ``convcheck.verdict.quantized.bounds``."""


@dataclass(frozen=True)
class Formula:
    """One way to make an output of a sum; ``NAME/Mdbl`` and ``NAME/Mf`` differ in the multiplier.

    ``value`` gives v of sums in output shape: the output is clamp(v + zo).
    """

    name: str
    arithmetic: Arithmetic
    value: Callable[[Integers, Parameters, Float32s | None], Integers]
    docs: str
    limits: Callable[[Parameters], Limits] = half_away_limits
    """What the output is clamped to."""
    bias: Bias = "integer"
    """In which form it takes the bias."""
    adds_integers: bool = True
    """Whether what it adds to the sum is an integer: Q2 takes a real bias and rounds it."""
    accumulator: Literal[32, 64] = 32
    """Bits of the sum; beyond them it wraps."""
    multiplier: Callable[[Parameters], Multiplier] | None = None
    """Of a formula in integers."""
    zero_point_higher: int = 0
    """By how much the output's zero point is higher in the numbers that it computes in."""

    def v(self, sums: Sums, p: Parameters) -> Integers:
        """The rounded quotients, before the output's zero point and limits."""
        acc = self.acc(sums)
        if self.accumulator == 32:
            acc = wrapped_int32(acc)
        bias = sums.real_bias if self.bias == "real" else None
        with np.errstate(over="ignore"):  # clamped in the end, as any number that is too large
            return self.value(acc, p, bias)

    def output(self, sums: Sums, p: Parameters) -> Integers:
        """The outputs: clamp(v + zo), as int64."""
        low, high = self.limits(p)
        return np.clip(self.v(sums, p) + p.output_zero_point, low, high)

    def acc(self, sums: Sums) -> Integers:
        """The sum that it starts from, which holds the bias where it adds that as an integer."""
        return sums.acc if self.bias == "integer" else sums.products

    def wraps(self, sums: Sums, p: Parameters) -> NDArray[np.bool_]:
        """Which outputs are computed of a sum that wrapped, or of a left shift that did.

        With 64 bits: of a sum beyond the 48 bits that the product leaves room for.
        """
        acc = self.acc(sums)
        if self.accumulator == 64:
            return (acc < -(2**47)) | (acc >= 2**47)
        wrapped = wraps_int32(acc)
        if self.multiplier is not None:
            wrapped |= wraps_int32(wrapped_int32(acc) << self.multiplier(p).left)
        return wrapped


def _in_integers(
    name: str,
    compute: Callable[[Integers, Multiplier], Integers],
    real: Callable[[Parameters], NDArray[np.float64]],
    accumulator: Literal[32, 64] = 32,
) -> Formula:
    def multiplier(p: Parameters) -> Multiplier:
        return quantized_multiplier(real(p))

    def value(acc: Integers, p: Parameters, _: Float32s | None) -> Integers:
        return compute(acc, multiplier(p))

    arithmetic: Arithmetic = "two-roundings" if accumulator == 32 else "coarse"
    docs = str(compute.__doc__)
    return Formula(name, arithmetic, value, docs, accumulator=accumulator, multiplier=multiplier)


def _in_floats(
    name: str,
    compute: Callable[[Integers, Parameters, Float32s | None], Integers],
    arithmetic: Arithmetic = "float32",
    bias: Bias = "integer",
    zero_point_higher: int = 0,
) -> Formula:
    return Formula(
        name,
        arithmetic,
        compute,
        str(compute.__doc__),
        ties_even_limits,
        bias,
        adds_integers=arithmetic == "float32",
        zero_point_higher=zero_point_higher,
    )


_TABLE = (
    *(
        _in_integers(f"{name}/{variant}", compute, real)
        for name, compute in (("D", d), ("DU", du), ("MIX8", mix8), ("MIX16", mix16))
        for variant, real in (("Mdbl", mdbl), ("Mf", mf))
    ),
    _in_integers("I64/Mdbl", i64, mdbl, accumulator=64),
    _in_floats("F1", f1),
    _in_floats("F2", f2),
    _in_floats("FB", fb, "float32-chain", "real"),
    _in_floats("Q2", q2, bias="real"),
    _in_floats("ON", on, "float32-chain", "real"),
    _in_floats("ON'", on_prime, "float32-chain", "real"),
    _in_floats("ON+128", on_shifted, "float32-chain", "real", zero_point_higher=128),
)
FORMULAS: dict[str, Formula] = {formula.name: formula for formula in _TABLE}
"""Name -> formula, those in integers first."""


def formula_named(name: str) -> Formula:
    """The formula of this name; raises UsageError where there is none."""
    if name not in FORMULAS:
        raise UsageError(f"no formula is named '{name}'; expected one of {', '.join(FORMULAS)}")
    return FORMULAS[name]
