"""Does every formula hold its bound, is each bound the text's, and is a violation noticed?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from convcheck.quantized.activation import real_limits
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.separating import separating, spread_scales
from convcheck.quantized.sums import Sums, exact_sums
from convcheck.verdict.quantized.bounds import bound_of, nearest, single_rounding
from convcheck.verdict.quantized.judge import is_nearest, is_within
from convcheck.verdict.quantized.quotients import Quotients, within
from tests.quantized import by_definition
from tests.quantized.drawing import element, near_halves, parameters

U = Fraction(1, 2**24)
HALF = Fraction(1, 2)
EPSILON = 1 + Fraction(1, 2**13)
"""What ε may be in the text's (1 + ε)."""


def data(name: str, *, real_bias: bool) -> Iterator[tuple[Sums, Parameters]]:
    """Sums near ties: random ones, and those that tell this formula from others."""
    rng = np.random.default_rng(17)
    dtype = "int16" if name.startswith("I64") else "int8"
    for channels in (1, 11):
        for largest_bias in (2**12, 2**12, 2**26, 2**29):  # large ones that products cancel
            p = parameters(rng, channels, dtype=dtype)
            sums = near_halves(rng, p, 12, largest_bias=largest_bias)
            yield replace(sums, bias_is_real=real_bias), p
    p = parameters(rng, 1, dtype=dtype)
    p = replace(p, kernel_scale=spread_scales(float(p.i), float(p.o), 40))
    others = [other for other in ("DU/Mdbl", "F2", "D/Mdbl") if other != name]
    found = separating(p, [name, *others]).quantized
    yield replace(exact_sums(found), bias_is_real=real_bias), found.parameters


def textbook(name: str, e: by_definition.Element, r: Fraction) -> Fraction:
    """The table's right-hand side, without what a bias in another form costs."""
    kind = name.split("/")[0]
    size = abs(r)
    if kind in ("D", "DU", "MIX8", "MIX16"):
        _, s = by_definition.multiplier(e, name.split("/")[1])
        second = Fraction(1, 2 ** (1 - s)) if s < 0 else Fraction(0)
        mf = size * U if name.endswith("Mf") else Fraction(0)
        return HALF + second + (size * Fraction(1, 2**31) + mf) * EPSILON
    if kind == "I64":
        return HALF + size * Fraction(1, 2**15) * EPSILON
    if kind in ("F1", "F2", "Q2"):
        return HALF + size * ((1 + U) ** (4 if kind == "F1" else 5) - 1)
    beta = Fraction(0) if e.beta is None else abs(Fraction(float(e.beta)))
    bias = beta / Fraction(float(e.o))
    zero = abs(e.zo + 128 if name == "ON+128" else e.zo)
    return HALF + (10 * U * (size + bias) + U * (size + zero)) * EPSILON


@pytest.mark.slow
@pytest.mark.parametrize("real_bias", [False, True])
@pytest.mark.parametrize("name", FORMULAS)
def test_does_a_formula_hold_its_bound(name: str, real_bias: bool) -> None:
    formula = FORMULAS[name]
    native = (formula.bias == "real") == real_bias and name != "Q2"
    for sums, p in data(name, real_bias=real_bias):
        if not formula.adds_integers or not real_bias:
            given = sums
        else:
            given = replace(sums, bias=_rounded_bias(sums, p))
        v = formula.v(given, p)
        bound = bound_of(formula, given, p)
        for index in np.ndindex(v.shape):
            e = element(given, p, index)
            r = by_definition.real(e, real_bias=real_bias)
            gap = abs(int(v[index]) - r)
            allowed = bound.constant[index[-1]] + bound.relative[index[-1]] * abs(r)
            assert gap <= allowed, (name, e)
            if native:
                assert allowed <= textbook(name, e, r) * (1 + Fraction(1, 2**40))
        wraps = formula.wraps(given, p)
        assert not wraps.any()
        out = formula.output(given, p)
        assert is_within(out, Quotients(given, p), formula).all()


def _rounded_bias(sums: Sums, p: Parameters) -> np.ndarray:
    assert sums.real_bias is not None
    return np.rint(sums.real_bias / (p.i * p.w)).astype(np.int64)


@pytest.mark.parametrize("name", FORMULAS)
def test_is_an_output_noticed_that_leaves_the_bound_by_little(name: str) -> None:
    formula = FORMULAS[name]
    noticed = 0
    for sums, p in data(name, real_bias=formula.bias == "real"):
        out = formula.output(sums, p)
        quotients = Quotients(sums, p)
        bound = bound_of(formula, sums, p)
        low, high = formula.limits(p)
        for index in np.ndindex(out.shape):
            # The neighbour on the far side of r: at least 1/2 away from it, outside if by enough.
            e = element(sums, p, index)
            r = by_definition.real(e, real_bias=formula.bias == "real")
            v = int(out[index]) - p.output_zero_point
            step = -1 if r > v else 1
            wrong = out.copy()
            wrong[index] += step
            channel = index[-1]
            allowed = bound.constant[channel] + bound.relative[channel] * abs(r)
            if not low < int(wrong[index]) < high or abs(v + step - r) <= allowed:
                continue
            inside = is_within(wrong, quotients, formula)
            assert not inside[index]
            assert np.count_nonzero(~inside) == 1
            noticed += 1
            if noticed > 40:
                return
    pytest.fail("no neighbour is outside")


def naive(v: int, r: Fraction, allowed: Fraction, low: int, high: int, zo: int) -> bool:
    """Whether an integer within the bound is clamped to this output: all of them are tried."""
    first, last = -(-(r - allowed) // 1), (r + allowed) // 1
    some = {
        min(max(n + zo, low), high)
        for n in (first, last, low - zo, high - zo, v)
        if first <= n <= last
    }
    return v + zo in some


@pytest.mark.parametrize("activation", ["none", "relu6"])
def test_is_it_decided_as_in_fractions_at_ties_and_limits(activation: str) -> None:
    rng = np.random.default_rng(5)
    counts = [0, 0]
    for trial in range(30):
        p = parameters(rng, 3, activation=activation)
        if trial % 2:  # all dyadic: exact ties
            p = replace(p, input_scale=0.5, output_scale=0.25, kernel_scale=[0.5, 0.125, 0.375])
        sums = replace(near_halves(rng, p, 8), bias_is_real=bool(trial % 3 == 0))
        quotients = Quotients(sums, p)
        low, high = real_limits(p)
        bounds = [nearest(3), single_rounding(3), bound_of(FORMULAS["D/Mdbl"], sums, p)]
        bounds.append(bound_of(FORMULAS["ON"], sums, p))
        out = np.clip(np.rint(quotients.value) + rng.integers(-1, 2, (8, 3)), -400, 400)
        out = np.clip(out.astype(np.int64) + p.output_zero_point, low - 1, high + 1)
        for bound in bounds:
            found = within(out, quotients, bound, (low, high))
            for index in np.ndindex(out.shape):
                channel = index[-1]
                r = by_definition.real(element(sums, p, index), real_bias=sums.bias_is_real)
                allowed = bound.constant[channel] + bound.relative[channel] * abs(r)
                v = int(out[index]) - p.output_zero_point
                expected = low <= out[index] <= high and naive(
                    v, r, allowed, low, high, p.output_zero_point
                )
                assert found[index] == expected
                counts[bool(expected)] += 1
    assert min(counts) > 50


def test_are_both_neighbours_of_a_tie_right_and_no_third() -> None:
    p = Parameters(0.5, 1.0, 1.0)
    quotients = Quotients(Sums(np.array([[3, 3, 3, 3, -3, -3]])), p)
    out = np.array([[1, 2, 0, 3, -1, -2]])
    assert is_nearest(out, quotients).tolist() == [[True, True, False, False, True, True]]


def test_is_a_value_just_beyond_a_tie_decided_that_float64_cannot() -> None:
    # r = 0.5·(1 + 2^-46) and its like: i·w has 48 bits, and acc makes more than 53 of them.
    i, w = np.float32(1 + 2.0**-23), np.float32(1 + 2.0**-23)
    acc = 2**25 + 1
    p = Parameters(i, w, 2.0)
    r = Fraction(float(i)) ** 2 * acc / 2
    floor = r.numerator // r.denominator
    out = np.array([[floor - p.output_zero_point, floor + 1, floor - 1, floor + 2]])
    quotients = Quotients(Sums(np.full((1, 4), acc)), p)
    bound = replace(nearest(4), constant=(r - floor,) * 4)
    limits = (-(2**40), 2**40)
    expected = [abs(int(one) - r) <= r - floor for one in out.ravel()]
    assert expected[:3] == [True, floor + 1 - r <= r - floor, False]
    assert within(out, quotients, bound, limits).ravel().tolist() == expected
    less = replace(bound, constant=(r - floor - Fraction(1, 2**80),) * 4)
    assert not within(out, quotients, less, limits)[0, 0]
