"""How far from exact an arithmetic may be, for each output element.

With u = 2^-p of the accumulator, n the valid taps whose kernel value is not 0, m = n (+ 1 with a
bias) and A = sum of |x|·|k| plus |bias|, a sum accumulated in any order, with or without fused
operations, and stored once in the output format, is within

    e = (2n + 1) · smallest normal + sum of |x|·|k| over taps with a subnormal operand
    E = (1 + g) · e + g · A                g = m·u for any m
    B = (1 + u_out) · E + u_out · |y| + h

of exact y. m·u in place of gamma(m), for any m: Jeannerod and Rump 2013, "Improved error bounds for
inner products in floating-point arithmetic", SIAM J. Matrix Anal. Appl. 34. From m·u = 1 on the
bound is true and weak: zero lies inside it, and so may anything of that size. The rounding of the
output is relative (u_out) or absolute (h, half the smallest subnormal), and both vanish where the
output format is the accumulator's. ``e`` covers processors set to flush subnormal results to zero
and to read subnormal operands as zero: each of n products, n additions and one store may lose up
to the smallest normal, and a subnormal operand its whole product. Block multipliers (tfloat32,
float16, bfloat16 operands) may truncate when they align a block: there g = gamma(4m), that is
4m·u / (1 - 4m·u), and none from 4m·u = 1 on (Fasi, Higham, Mikaitis and Pranesh 2021, "Numerical
behavior of NVIDIA tensor cores"). The computations below round outwards, by factors that count
their roundings.

Where a Winograd algorithm was shown (``Arithmetic.tiling``) its magnitudes W and its k stand for A
and m, and gamma(k) for g: ``truth.winograd.magnitudes``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.truth.approximate import approximate, gamma
from convcheck.truth.arithmetic import Arithmetic
from convcheck.truth.formats import FLOAT64, Array, Floats, Format
from convcheck.truth.plain import plain_sums
from convcheck.truth.windows import terms
from convcheck.truth.winograd.magnitudes import Magnitudes, roundings, underflow_loss

ROUNDINGS = 32
"""More than the float64 roundings on any way from A, e or y to a result here (24)."""
OUTWARD = 1.0 + 2 * ROUNDINGS * FLOAT64.u


class Approximate(Protocol):
    """What is known of y: an ``Approximation`` or a ``Reference``."""

    @property
    def value(self) -> Floats: ...
    @property
    def radius(self) -> Floats: ...
    @property
    def magnitude(self) -> Floats: ...


@dataclass(frozen=True)
class Sums:
    """What the formula needs to know of sums of products; arrays that broadcast to the outputs."""

    n: Array
    """Products whose kernel value is not 0."""
    magnitude: Floats
    """A, with a bias its size included: never below the true one."""
    value: Floats
    """y, within ``radius``."""
    radius: Floats
    underflow_loss: Floats | float
    """Sum of |x|·|k| over products with an operand that is subnormal in the accumulator."""
    bias: Floats | None = None
    """The bias of each output, in float64."""
    roundings: int | None = None
    """k of a Winograd algorithm, whose W the magnitude is; None for plain sums."""


class RoundingBound:
    """How far an output may be from y: the one place of the formula above.

    Each result is rounded outwards: never below the true one.
    """

    def __init__(self, sums: Sums, arithmetic: Arithmetic) -> None:
        self._sums, self._arithmetic = sums, arithmetic
        accumulator, output = arithmetic.accumulator, arithmetic.output
        self._stores = output != accumulator
        self._u_out = output.u if self._stores else 0.0
        self._h = output.smallest_subnormal / 2 if self._stores else 0.0
        self._size = np.abs(sums.value) + sums.radius
        self._e = (2 * sums.n + 1) * accumulator.smallest_normal + sums.underflow_loss
        self._g = _growth(sums, arithmetic)

    @property
    def limit(self) -> Floats:
        """B, infinite where no bound exists."""
        sums = self._sums
        limit = (1.0 + self._g) * self._e + self._g * sums.magnitude
        if self._stores:
            limit = (1.0 + self._u_out) * limit + self._u_out * self._size + self._h
            if sums.bias is not None:
                limit = np.maximum(limit, _bias_apart(sums, sums.bias, self._e, self._arithmetic))
        return np.asarray(limit * OUTWARD)

    @property
    def unit(self) -> Floats:
        """U = u_acc·A + e + u_out·|y| + h, about one rounding."""
        relative = self._arithmetic.accumulator.u * self._sums.magnitude
        return np.asarray((relative + self._e + self._u_out * self._size + self._h) * OUTWARD)

    @property
    def accumulated(self) -> Floats:
        """(1 + g)·(A + e): no partial sum is larger; infinite where no bound exists."""
        return np.asarray((1.0 + self._g) * (self._sums.magnitude + self._e) * OUTWARD)

    @property
    def is_weak(self) -> Array:
        """Where m·u >= 1: what lies inside the bound shows nothing."""
        return np.asarray(self._g >= 1.0)


def _bias_apart(sums: Sums, bias: Floats, e: Floats, arithmetic: Arithmetic) -> Floats:
    """The bound where an operation of its own adds the bias to the stored convolution.

    (1 + u_out) · B0 + u_out · |y| + h, with B0 the bound without bias.
    """
    output = arithmetic.output
    h = output.smallest_subnormal / 2
    # Without the bias: A0 = A - |bias| would cancel downwards, so no less than the rounding.
    a = sums.magnitude * (1.0 + 2 * FLOAT64.u) - np.abs(bias)
    size = np.abs(sums.value - bias) * (1.0 + 2 * FLOAT64.u) + sums.radius
    g = _growth(replace(sums, bias=None), arithmetic)
    alone = (1.0 + output.u) * ((1.0 + g) * e + g * a) + output.u * size + h
    apart = (1.0 + output.u) * alone + output.u * (np.abs(sums.value) + sums.radius) + h
    return np.asarray(apart)


def store_before_bias(
    value: Array | float, bias: Array | float | None, arithmetic: Arithmetic
) -> Floats | float:
    """u_out · |y - bias| + h: the rounding of a convolution stored before its bias is added.

    0 without a bias, or where nothing is stored in a narrower format. U leaves it out; where the
    bias nearly cancels the sum it is many times U.
    """
    output = arithmetic.output
    if bias is None or output == arithmetic.accumulator:
        return 0.0
    return np.asarray(output.u * np.abs(value - bias) + output.smallest_subnormal / 2)


def _growth(sums: Sums, arithmetic: Arithmetic) -> Floats:
    """g: what the roundings of m operations may add up to, relative to A; infinite for no bound."""
    m = sums.n + (sums.bias is not None) if sums.roundings is None else np.asarray(sums.roundings)
    product = m * (arithmetic.block * arithmetic.accumulator.u)  # exact, and so is 1 - product
    if arithmetic.block == 1 and sums.roundings is None:
        return np.asarray(product, np.float64)
    bounded = product < 1.0
    return np.where(bounded, product / np.where(bounded, 1.0 - product, 1.0), np.inf)


@dataclass(frozen=True)
class Bound:
    """The bound of every output of a case; arrays in output shape, in the output's own units."""

    arithmetic: Arithmetic
    limit: Floats
    """B: the largest |output - y|, never below the true one; infinite where there is none."""
    unit: Floats
    """U = u_acc·A + e + u_out·|y| + h, about one rounding."""
    magnitude: Floats
    """A, or W of a Winograd algorithm."""
    terms: NDArray[np.int64]
    """n."""
    undecidable: NDArray[np.bool_]
    """No bound exists: the sum is too long for block multipliers (4m·u >= 1), or it may overflow
    in the accumulator, or between the convolution and an addition of the bias, and need not."""
    weak: NDArray[np.bool_]
    """m·u >= 1: an output outside the bound is wrong, one inside it may be anything of its size."""

    @property
    def nonzero(self) -> NDArray[np.bool_]:
        """Outputs with A > 0: what A is given for a possible underflow lies far below."""
        return self.magnitude >= FLOAT64.smallest_normal


def bound(case: Case, arithmetic: Arithmetic, approx: Approximate | None = None) -> Bound:
    """The bound of an arithmetic over a case whose operands it has already rounded.

    ``approx`` saves the two passes of ``approximate(case)`` where the caller has them.
    """
    n = terms(case)
    if approx is None:
        approx = approximate(case)
    shape = case.output_shape
    if arithmetic.is_integer:
        nothing = np.zeros(shape)
        no = np.zeros(shape, bool)
        return Bound(arithmetic, nothing, nothing, approx.magnitude, n, no, no)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return _bound(case, arithmetic, approx, n)


def _bound(case: Case, arithmetic: Arithmetic, approx: Approximate, n: NDArray[np.int64]) -> Bound:
    accumulator = arithmetic.accumulator
    bias = None if case.bias is None else case.bias.astype(np.float64)
    loss = _underflow_loss(case, accumulator)
    sums = Sums(n, approx.magnitude, approx.value, approx.radius, loss, bias)
    if arithmetic.tiling is not None and arithmetic.tiling.fits(case):
        sums = tiled(sums, case, arithmetic, Magnitudes(case, arithmetic.tiling).everywhere())
    found = RoundingBound(sums, arithmetic)
    limit, unit = found.limit, found.unit
    # Where y itself is NaN or infinite the output must be just that: nothing to bound.
    nonfinite = ~np.isfinite(approx.value) & (approx.radius == 0)
    may_overflow = found.accumulated >= _largest_float64(accumulator)
    undecidable = may_overflow
    if may_overflow.any():
        # It must where y itself lies beyond and all products have its sign.
        beyond = np.abs(approx.value) - approx.radius - limit > _largest_float64(accumulator)
        undecidable = may_overflow & ~(beyond & _of_one_sign(case))
    if bias is not None and arithmetic.output != accumulator:
        undecidable |= _may_overflow_before_bias(sums, bias, limit, arithmetic.output)
    undecidable &= ~nonfinite
    limit[undecidable | nonfinite | np.isnan(limit)] = np.inf
    unit[np.isnan(unit)] = np.inf
    weak = np.broadcast_to(found.is_weak & ~nonfinite, case.output_shape)
    return Bound(arithmetic, limit, unit, sums.magnitude, n, undecidable, weak)


def tiled(sums: Sums, case: Case, arithmetic: Arithmetic, magnitude: Floats) -> Sums:
    """The same sums by the arithmetic's Winograd algorithm, whose W is the ``magnitude``."""
    tiling = arithmetic.tiling
    assert tiling is not None
    if sums.bias is not None:
        magnitude = magnitude + np.abs(sums.bias)
    loss = underflow_loss(case, tiling, arithmetic.accumulator)
    k = roundings(case, tiling)
    return replace(sums, magnitude=magnitude, underflow_loss=loss, roundings=k)


def _of_one_sign(case: Case) -> NDArray[np.bool_]:
    """Outputs whose products (and bias) are all positive or all negative, counted exactly."""
    with np.errstate(invalid="ignore"):
        x, kernel = (np.sign(a.astype(np.float64)) for a in (case.input, case.kernel))
        bias = 0.0 if case.bias is None else np.sign(case.bias.astype(np.float64))
    total = plain_sums(case, x, kernel) + bias
    return np.asarray(np.abs(total) == plain_sums(case, np.abs(x), np.abs(kernel)) + np.abs(bias))


def _may_overflow_before_bias(
    sums: Sums, bias: Floats, limit: Floats, output: Format
) -> NDArray[np.bool_]:
    """Where the convolution, stored before its bias is added, may be infinite and y need not."""
    largest = _largest_float64(output)
    before = sums.value - bias
    # B holds the stored convolution as well: it allows for every rounding that B0 does.
    reaches = np.abs(before) + sums.radius + limit >= largest
    beyond = np.abs(sums.value) - sums.radius - limit > largest * OUTWARD
    same_side = np.sign(before) == np.sign(sums.value)
    stays = np.abs(before) - sums.radius - limit > largest * OUTWARD
    return np.asarray(reaches & ~(beyond & same_side & stays))


def _underflow_loss(case: Case, accumulator: Format) -> Floats | float:
    """Sum of |x|·|k| over taps with an operand that is subnormal in the accumulator's format."""
    x, k = (np.abs(array.astype(np.float64)) for array in (case.input, case.kernel))
    x_tiny, k_tiny = ((v > 0) & (v < accumulator.smallest_normal) for v in (x, k))
    total: Floats | float = 0.0
    if x_tiny.any():
        total = plain_sums(case, np.where(x_tiny, x, 0.0), _finite(k))
    if k_tiny.any():
        total = total + plain_sums(
            case, np.where(x_tiny, 0.0, _finite(x)), np.where(k_tiny, k, 0.0)
        )
    if isinstance(total, float):
        return total
    # What float64 lost itself is relative (gamma of the terms) or an underflow, which the
    # smallest normals counted beside this outweigh 2^52 times.
    return total * (1.0 + 2 * gamma(case.terms, FLOAT64.u)) * (1.0 + 2 * FLOAT64.u)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)


def _largest_float64(fmt: Format) -> float:
    """The format's largest number, float64's where that one holds no larger."""
    return min(float(fmt.largest), float(np.finfo(np.float64).max))
