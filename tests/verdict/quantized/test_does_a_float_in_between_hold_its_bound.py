"""Does a float32 convolution between integers hold its bound, and is what leaves it noticed?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.names import FLOAT
from convcheck.quantized.sums import Sums, exact_magnitudes, exact_sums
from convcheck.results import Output, Status
from convcheck.verdict.quantized.assess import judge_quantized
from convcheck.verdict.quantized.float_between import bound_of_float
from convcheck.verdict.quantized.quotients import Quotients, within

f = np.float32
LIMITS = (-128, 127)


def cancelling(
    rng: np.random.Generator, bias: str, terms: int = 400, largest: float = 0.03
) -> QuantizedCase:
    """Large products that nearly cancel, in a 1x1 convolution of 12 positions and 3 filters."""
    half = rng.integers(-60, 128, (12, terms // 2))
    near = np.clip(half + rng.integers(-1, 2, half.shape), -128, 127)
    kernel = rng.integers(-127, 128, (terms // 2, 3))
    given = rng.integers(-(2**12), 2**12, 3)
    p = Parameters(
        f(rng.uniform(0.01, largest)),
        rng.uniform(0.01, largest, 3),
        f(rng.uniform(0.05, 0.1)),
        input_zero_point=int(rng.integers(-128, -50)),
        output_zero_point=int(rng.integers(-30, 30)),
    )
    b = None if bias == "none" else given.astype(np.int32)
    if bias == "real":
        b = (given * float(p.i) * p.w.astype(np.float64)).astype(f)
    case = Case(
        ConvSpec.make((1, 1)),
        np.concatenate([half, near], axis=1).reshape(1, 1, 12, terms).astype(np.int8),
        np.concatenate([kernel, -kernel]).reshape(1, 1, terms, 3).astype(np.int8),
        b,
    )
    return QuantizedCase(case, p)


def computed(quantized: QuantizedCase, order: np.ndarray, *, reciprocal: bool) -> np.ndarray:
    """v of each output: dequantized, added in float32 in this order, quantized."""
    case, p = quantized.case, quantized.parameters
    x = f(case.input[0, 0].astype(np.int32) - p.input_zero_point) * p.i
    w = f(case.kernel[0, 0]) * p.w
    y = np.zeros((12, 3), f)
    for tap in order:
        y = y + x[:, tap, None] * w[tap]
    if case.bias is not None:
        real = case.bias.dtype == np.float32
        y = y + (case.bias if real else f(case.bias) * (p.i * p.w))
    assert y.dtype == np.float32
    found = y * (f(1) / p.o) if reciprocal else y / p.o
    return np.rint(found).astype(np.int64)


def real(quantized: QuantizedCase, place: int, filter_: int) -> tuple[Fraction, int]:
    """(r, S) by definition."""
    case, p = quantized.case, quantized.parameters
    products = [
        (int(x) - p.input_zero_point) * int(k)
        for x, k in zip(case.input[0, 0, place], case.kernel[0, 0, :, filter_], strict=True)
    ]
    unit, o = Fraction(float(p.i)) * Fraction(float(p.w[filter_])), Fraction(float(p.o))
    total = unit * sum(products)
    if case.bias is not None:
        one = Fraction(case.bias[filter_].item())
        total += one if case.bias.dtype == np.float32 else unit * one
    return total / o, sum(map(abs, products))


def prepared(quantized: QuantizedCase) -> Sums:
    return replace(exact_sums(quantized), magnitudes=exact_magnitudes(quantized))


@pytest.mark.parametrize("bias", ["none", "integer", "real"])
def test_does_any_order_hold_the_bound(bias: str) -> None:
    rng = np.random.default_rng(6)
    beyond = 0
    for trial in range(6):
        quantized = cancelling(rng, bias, largest=0.2)
        bound = bound_of_float(prepared(quantized), quantized.parameters)
        for order in (np.arange(400), np.arange(400)[::-1], rng.permutation(400)):
            v = computed(quantized, order, reciprocal=trial % 2 == 0)
            for place, filter_ in np.ndindex(v.shape):
                r, size = real(quantized, place, filter_)
                allowed = bound.constant[filter_] + bound.relative[filter_] * abs(r)
                allowed += bound.spread[filter_] * size
                gap = abs(int(v[place, filter_]) - r)
                assert gap <= allowed
                assert allowed < 100  # true, and of use: magnitudes come to 10^5 steps and more
                beyond += gap > Fraction(1, 2)
    assert beyond > 0


@pytest.mark.parametrize("bias", ["none", "integer", "real"])
def test_is_it_decided_as_in_fractions(bias: str) -> None:
    rng = np.random.default_rng(7)
    counts = [0, 0]
    for _ in range(6):
        quantized = cancelling(rng, bias)
        sums, p = prepared(quantized), quantized.parameters
        bound = bound_of_float(sums, p)
        v = computed(quantized, np.arange(400), reciprocal=False) + rng.integers(-4, 5, (12, 3))
        out = np.clip(v + p.output_zero_point, *LIMITS).reshape(1, 1, 12, 3)
        found = within(out, Quotients(sums, p), bound, LIMITS)
        for place, filter_ in np.ndindex(v.shape):
            r, size = real(quantized, place, filter_)
            allowed = bound.constant[filter_] + bound.relative[filter_] * abs(r)
            allowed += bound.spread[filter_] * size
            given = int(out[0, 0, place, filter_])
            gap = given - p.output_zero_point - r
            above = given == LIMITS[0] or gap <= allowed
            below = given == LIMITS[1] or -gap <= allowed
            assert found[0, 0, place, filter_] == (above and below)
            counts[above and below] += 1
    assert min(counts) > 10


def test_is_an_output_held_to_it_where_a_runtime_declares_it() -> None:
    rng = np.random.default_rng(9)
    quantized = cancelling(rng, "none")
    p = quantized.parameters
    v = computed(quantized, np.arange(400), reciprocal=False)
    out = np.clip(v + p.output_zero_point, *LIMITS).astype(np.int8).reshape(1, 1, 12, 3)
    inside = out.copy()
    wrong = out.copy()
    inner = tuple(np.argwhere(np.abs(out) < 80)[0])
    wrong[inner] += 20
    judged = judge_quantized(
        quantized,
        exact_sums(quantized),
        [
            Output("a", "a", inside, formulas=(FLOAT,)),
            Output("b", "b", wrong, formulas=(FLOAT,)),
            Output("c", "c", wrong, formulas=("F1",)),
        ],
    )
    a, b, c = judged.judgements
    assert a.status in (Status.WITHIN_BOUND, Status.EXACT)
    assert a.requantization is not None
    assert a.requantization.within == (FLOAT,)
    assert b.status is c.status is Status.OUTSIDE_BOUND
    assert b.violations is not None
    assert len(b.violations.over_bound) == 1
    assert b.violations.over_bound[0] > 5
