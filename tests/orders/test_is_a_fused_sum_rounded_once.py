"""Is a + x · k what exact fractions give, rounded once, in every format?"""

from __future__ import annotations

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from convcheck.orders.arithmetic import Sums

BITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}
LOWEST = {"float64": -1074, "float32": -149, "float16": -24, "bfloat16": -133}


def rounded(value: Fraction, name: str) -> float:
    """To nearest, ties to even, by definition."""
    if not value:
        return 0.0
    exponent = 0
    while abs(value) >= Fraction(2) ** (exponent + 1):
        exponent += 1
    while abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** max(exponent - BITS[name] + 1, LOWEST[name])
    return float(round(value / unit) * unit)  # Python's round goes to even


def numbers(rng, name, count):
    """Numbers whose sums and products cancel, tie and straddle powers of two."""
    whole = rng.integers(-(2 ** min(BITS[name], 52)), 2 ** min(BITS[name], 52), count)
    short = rng.integers(-8, 9, count)
    values = np.where(rng.random(count) < 0.5, whole, short) * 2.0 ** rng.integers(-4, 5, count)
    values *= 2.0 ** -BITS[name] * 16  # within float16's range
    dtype = ml_dtypes.bfloat16 if name == "bfloat16" else np.dtype(name)
    return values.astype(dtype)


@pytest.mark.parametrize("name", BITS)
def test_is_a_fused_sum_rounded_once(name):
    rng = np.random.default_rng(0)
    x, k = numbers(rng, name, 4000), numbers(rng, name, 4000)
    a = numbers(rng, name, 4000)
    near = rng.random(4000) < 0.5  # cancels the product but for its last places
    a[near] = -(x.astype(np.float64) * k.astype(np.float64)).astype(a.dtype)[near]
    sums = Sums(name, name)
    got = sums.given(sums.fused(a.astype(sums.carrier), x, k))
    exact = [
        Fraction(float(p)) + Fraction(float(q)) * Fraction(float(r))
        for p, q, r in zip(a, x, k, strict=True)
    ]
    assert [float(one) for one in got] == [rounded(one, name) for one in exact]


@pytest.mark.parametrize("name", BITS)
def test_is_an_infinite_operand_what_it_is_without_rounding(name):
    """No rounding changes what infinity and NaN give: Python's a + x · k has the same."""
    of = [0.0, -1.5, np.inf, -np.inf, np.nan]
    a, x, k = (one.ravel() for one in np.meshgrid(of, of, of))
    dtype = ml_dtypes.bfloat16 if name == "bfloat16" else np.dtype(name)
    sums = Sums(name, name)
    with np.errstate(invalid="ignore"):
        got = sums.given(sums.fused(a.astype(sums.carrier), x.astype(dtype), k.astype(dtype)))
    told = [p + q * r for p, q, r in zip(a.tolist(), x.tolist(), k.tolist(), strict=True)]
    np.testing.assert_array_equal(got.astype(np.float64), told)


@pytest.mark.parametrize("name", BITS)
def test_are_products_and_sums_rounded_each(name):
    rng = np.random.default_rng(1)
    x, k = numbers(rng, name, 2000), numbers(rng, name, 2000)
    sums = Sums(name, name)
    products = [Fraction(float(p)) * Fraction(float(q)) for p, q in zip(x, k, strict=True)]
    assert [float(v) for v in sums.product(x, k)] == [rounded(v, name) for v in products]
    totals = [Fraction(float(p)) + Fraction(float(q)) for p, q in zip(x, k, strict=True)]
    a, b = x.astype(sums.carrier), k.astype(sums.carrier)
    assert [float(v) for v in sums.add(a, b)] == [rounded(v, name) for v in totals]


@pytest.mark.parametrize("output", ["float32", "float16", "bfloat16"])
def test_is_a_wide_sum_rounded_once_into_its_output(output):
    rng = np.random.default_rng(2)
    ties = rng.integers(1, 2**8, 4000) + 0.5 ** rng.integers(1, 18, 4000)
    values = ties + rng.choice([-1, 0, 1], 4000) * 2.0**-40
    given = Sums("float64", output).given(values)
    expected = [rounded(Fraction(v), output) for v in values.tolist()]
    assert [float(one) for one in given] == expected
