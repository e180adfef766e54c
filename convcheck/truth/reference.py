"""The reference for a case: decides which outputs are right, exactly but with little exact work.

A plain float64 result with its proved error decides nearly every element of a float32 or
narrower output; exact results are computed for the elements that it cannot decide, as exact
geometric predicates do (Shewchuk 1997, "Adaptive precision floating-point arithmetic and fast
robust geometric predicates"). Each decision is the one that exact results everywhere would give.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.truth.approximate import approximate
from convcheck.truth.bound import Bound
from convcheck.truth.elements import exact_fractions
from convcheck.truth.exact import ROWWISE, Exact, exact
from convcheck.truth.expansion import two_sum
from convcheck.truth.formats import FLOAT64, Array, Floats, Format, pair
from convcheck.truth.nonfinite import open_over_padding
from convcheck.truth.rounding import cast, round_exact

Mask = NDArray[np.bool_]
U = FLOAT64.u


class Reference:
    """What is known of y, a case's exact result, for every output; some methods add to it.

    y lies within ``radius`` of ``value`` (arrays in output shape, as are ``tail`` and
    ``magnitude``). ``refine`` makes elements exact: ``value`` is then y rounded to nearest,
    ``tail`` the rest, and ``radius`` no more than the tail. ``correctly_rounded`` and ``within``
    refine the elements that they cannot decide otherwise, and so change these arrays.
    """

    def __init__(self, case: Case, *, exact_everywhere: bool = False) -> None:
        self.case = case
        self.shape = case.output_shape
        approx = approximate(case)
        self.value, self.radius, self.magnitude = approx.value, approx.radius, approx.magnitude
        self.tail = np.zeros(self.shape)
        # NaN and infinity, and small integers, are known as they are.
        self._exact: Mask = self.radius == 0
        # Where float64 cannot hold y as value and tail: value is its rounding, radius infinite.
        self._out_of_range = np.zeros(self.shape, bool)
        # Where NaN is as right as y: padding meets a kernel value that is not finite.
        self._nan_allowed = open_over_padding(case) if _has_nonfinite(case.kernel) else None
        if exact_everywhere:
            self.refine(None)

    def refine(self, flat: Array | None) -> None:
        """Compute y exactly for the elements with these flat indices (None: all), in place."""
        if flat is not None:
            flat = np.unique(np.asarray(flat, np.int64))
            flat = flat[~self._exact.reshape(-1)[flat]]
            if not len(flat):
                return
            if len(flat) * ROWWISE > self._exact.size:
                flat = None
        at: Any = slice(None) if flat is None else flat
        self._take(at, exact(self.case, flat))

    def _take(self, at: Any, found: Exact) -> None:
        hi: Floats = found.hi.reshape(-1)
        lo: Floats = found.lo.reshape(-1)
        radius = np.abs(lo) * (1.0 + 2 * U)
        if found.s.ndim:
            s = found.s.reshape(-1)
            out_of_range = s != 0
            with np.errstate(over="ignore", under="ignore"):
                hi = np.where(out_of_range, np.ldexp(hi, s), hi)
                lo = np.where(out_of_range, 0.0, lo)
            radius = np.where(out_of_range, np.inf, radius)
            self._out_of_range.reshape(-1)[at] = out_of_range
        self.value.reshape(-1)[at] = hi
        self.tail.reshape(-1)[at] = lo
        self.radius.reshape(-1)[at] = radius
        self._exact.reshape(-1)[at] = True

    def correctly_rounded(self, out: Array, fmt: Format) -> Mask:
        """Which outputs are y rounded once to nearest even; may refine this reference.

        -0 equals 0. Where y overflows the format, the infinity of its sign is right; where y is
        NaN or infinite, y itself is. Integers must equal y. Refined (see ``refine``) are the
        elements whose ``radius`` leaves the answer open, for float64 all.
        """
        given, rest = pair(out)
        if fmt == FLOAT64:
            self.refine(None)
            answer, unsure = given == self.value, self._out_of_range.copy()
        elif fmt.is_integer:
            close = np.abs(given - self.value) <= self.radius * (1.0 + 4 * U) + (rest is not None)
            self.refine(np.flatnonzero(close & (self.radius > 0)))
            answer = close & (given == self.value) & (self.tail == (0.0 if rest is None else rest))
            unsure = self._out_of_range & close
        else:
            with np.errstate(invalid="ignore", over="ignore"):
                below = _nearest(np.nextafter(self.value - self.radius, -np.inf), fmt)
                above = _nearest(np.nextafter(self.value + self.radius, np.inf), fmt)
                answer = (given == below) & (given == above)
                unsure = (given >= below) & (given <= above) & ~answer
                unsure |= ~np.isfinite(self.radius) & ~np.isnan(given)
        known = self._known_nonfinite()
        if known.any():
            answer = np.where(known, _same(given, self.value), answer)
        flat = np.flatnonzero(unsure & ~known)
        if len(flat):
            self.refine(flat)
            s, hi, lo = self._pairs(flat)
            answer.reshape(-1)[flat] = given.reshape(-1)[flat] == round_exact(s, hi, lo, fmt)
        return np.asarray(answer | self._allowed_nan(given), bool)

    def within(self, out: Array, bound: Bound) -> Mask:
        """Which outputs satisfy |out - y| <= B, decided without error; may refine this reference.

        An infinite output is allowed where y lies no more than B below the overflow threshold;
        where y is NaN or infinite, the output must be the same. Where there is no bound everything
        is allowed. Refined (see ``refine``) are the elements whose ``radius`` leaves the answer
        open.
        """
        given, rest = pair(out)
        known = self._known_nonfinite()
        with np.errstate(invalid="ignore", over="ignore"):
            gap, magnitude = _gap(given, self.value, bound.arithmetic.output)
            slack = self.radius * (1.0 + 4 * U) + 4 * U * magnitude
            if rest is not None:
                slack = slack + np.abs(rest) * (1.0 + 4 * U)
            # Each side of a comparison is rounded once more.
            answer = (gap + slack) * (1.0 + 4 * U) <= bound.limit
            outside = gap - slack > bound.limit * (1.0 + 4 * U)
        answer |= np.isinf(bound.limit)
        unsure = ~answer & ~outside & ~np.isnan(given)
        if known.any():
            answer = np.where(known, _same(given, self.value), answer)
        flat = np.flatnonzero(unsure & ~known)
        if len(flat):
            self.refine(flat)
            answer.reshape(-1)[flat] = self._within_exactly(given, rest, bound, flat)
        return np.asarray(answer | self._allowed_nan(given), bool)

    def error(self, out: Array) -> Floats:
        """The forward error out - y of each output; 0 where both are the same infinity or NaN.

        Where y is exact, right to a few 2^-53 of the error (beside a cancellation, of 2^-53·|y|);
        elsewhere within ``radius`` of it.
        """
        given, rest = pair(out)
        with np.errstate(invalid="ignore", over="ignore"):
            s, e = two_sum(given, -self.value)
            e = e - self.tail if rest is None else (e - self.tail) + rest
            found = np.where(
                np.isfinite(given) & np.isfinite(self.value), s + e, given - self.value
            )
        known = self._known_nonfinite()
        if known.any():
            found[known & _same(given, self.value)] = 0.0
        found[self._allowed_nan(given)] = 0.0
        flat = np.flatnonzero(self._out_of_range & np.isfinite(given))
        if len(flat):
            fractions = exact_fractions(self.case, flat)
            for index, y in zip(flat.tolist(), fractions, strict=True):
                found.reshape(-1)[index] = _float(_number(given, rest, index) - y)
        return found

    def _allowed_nan(self, given: Floats) -> Mask:
        """Which outputs are NaN where that is as right as y."""
        if self._nan_allowed is None:
            return np.zeros(self.shape, bool)
        return np.asarray(np.isnan(given) & self._nan_allowed)

    def _known_nonfinite(self) -> Mask:
        """Where y is known to be NaN or infinite: an operand is."""
        known: Mask = ~np.isfinite(self.value) & (self.radius == 0)
        return known

    def _pairs(self, flat: Array) -> tuple[Array, Floats, Floats]:
        """(s, hi, lo), as in ``Exact``, of elements that are exact already."""
        hi, lo = self.value.reshape(-1)[flat], self.tail.reshape(-1)[flat]
        s = np.zeros(len(flat), np.int64)
        out_of_range = np.flatnonzero(self._out_of_range.reshape(-1)[flat])
        if len(out_of_range):
            found = exact(self.case, flat[out_of_range])
            s[out_of_range], hi[out_of_range], lo[out_of_range] = found.s, found.hi, found.lo
        return s, hi, lo

    def _within_exactly(
        self, given: Floats, rest: Floats | None, bound: Bound, flat: Array
    ) -> NDArray[np.bool_]:
        """What ``within`` decides for refined elements: from value and tail, else in fractions."""
        output, limit = bound.arithmetic.output, bound.limit.reshape(-1)[flat]
        numbers = given.reshape(-1)[flat]
        low = np.zeros(len(flat)) if rest is None else rest.reshape(-1)[flat]
        value, tail = self.value.reshape(-1)[flat], self.tail.reshape(-1)[flat]
        with np.errstate(invalid="ignore", over="ignore"):
            overflows = np.copysign(_overflow_threshold(output), numbers)
            target = np.where(np.isinf(numbers), overflows, numbers)
            s, e = two_sum(target, -value)
            small = (e - tail) + low
            error = s + small
            gap = np.where(np.isinf(numbers), np.copysign(1.0, numbers) * error, np.abs(error))
            slack = 4 * U * (np.abs(e) + np.abs(tail) + np.abs(low) + np.abs(error))
            answer = gap + slack <= limit * (1.0 - 2 * U)
            outside = gap - slack > limit * (1.0 + 2 * U)
        out_of_range = self._out_of_range.reshape(-1)[flat]
        # What underflows above underflows here: such elements are for fractions too.
        tiny = (limit < 2.0**-960) & (limit > 0)
        open_ = np.flatnonzero((~answer & ~outside) | out_of_range | tiny | ~np.isfinite(error))
        for i, y in zip(open_, exact_fractions(self.case, flat[open_]), strict=True):
            answer[i] = _allowed(_number(given, rest, int(flat[i])), y, float(limit[i]), output)
        return np.asarray(answer, bool)


def _has_nonfinite(values: Array) -> bool:
    with np.errstate(invalid="ignore"):  # bfloat16 warns of NaN
        return not bool(np.isfinite(values).all())


def _nearest(values: Floats, fmt: Format) -> Floats:
    return cast(values, fmt).astype(np.float64)


def _same(a: Floats, b: Floats) -> Mask:
    same: Mask = (a == b) | (np.isnan(a) & np.isnan(b))
    return same


def _overflow_threshold(fmt: Format) -> float:
    """The overflow threshold as a float64; infinite for float64, which cannot hold its own."""
    return math.inf if fmt == FLOAT64 else float(fmt.overflow_threshold)


def _gap(given: Floats, value: Floats, fmt: Format) -> tuple[Floats, Floats]:
    """(gap, size): how far apart they lie, and the size that the gap's rounding is relative to.

    For an infinite output the gap is how far the value is from overflowing: below 0 where it does.
    """
    infinite = np.isinf(given)
    if not infinite.any():
        gap = np.abs(given - value)
        return gap, gap
    difference = np.where(infinite, np.copysign(_overflow_threshold(fmt), given), given) - value
    gap = np.where(infinite, np.copysign(1.0, given) * difference, np.abs(difference))
    return gap, np.abs(difference)


def _number(given: Floats, rest: Floats | None, index: int) -> Fraction | float:
    number = float(given.reshape(-1)[index])
    if not math.isfinite(number):
        return number
    return Fraction(number) + (0 if rest is None else Fraction(float(rest.reshape(-1)[index])))


def _allowed(number: Fraction | float, y: Fraction, limit: float, fmt: Format) -> bool:
    if limit == math.inf:
        return True
    if isinstance(number, Fraction):
        return abs(number - y) <= Fraction(limit)
    return fmt.overflow_threshold - (y if number > 0 else -y) <= Fraction(limit)


def _float(value: Fraction | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # copysign would convert the fraction, too


def reference(case: Case, *, exact_everywhere: bool = False) -> Reference:
    """The reference for a case: exact where a decision needs it, or everywhere from the start."""
    return Reference(case, exact_everywhere=exact_everywhere)
