"""Are sums exact whose products spread over more exponents than slices serve?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth import elements, exact
from convcheck.truth.sums import digits
from convcheck.truth.sums.digits import digit_sums

from .definition import exactly


def nearest_pair(y: Fraction, s: int) -> tuple[float, float]:
    scaled = y / Fraction(2) ** s
    hi = float(scaled)
    return hi, float(scaled - Fraction(hi))


def total(x: np.ndarray, k: np.ndarray, bias: float) -> Fraction:
    products = (Fraction(float(a)) * Fraction(float(b)) for a, b in zip(x, k, strict=True))
    return sum(products, Fraction(bias))


def draw(rng: np.random.Generator, shape: tuple[int, ...], spread: int) -> np.ndarray:
    """Numbers of one to 53 bits, some 0, whose exponents spread so far."""
    mantissas = rng.standard_normal(shape)
    if rng.random() < 0.6:
        mantissas = np.rint(mantissas * rng.choice([1, 4, 2.0**24]))
    with np.errstate(over="ignore", under="ignore"):
        found = np.ldexp(mantissas, rng.integers(-spread, spread + 1, shape))
    return np.nan_to_num(found, posinf=1.0, neginf=-1.0)


def wrong(x: np.ndarray, k: np.ndarray, bias: np.ndarray) -> int:
    """How many are not the nearest pair; a rest out of all range need have its sign alone."""
    found = 0
    for i, (s, hi, lo) in enumerate(zip(*digit_sums([x], [k], [bias]), strict=True)):
        nearest, rest = nearest_pair(total(x[i], k[i], float(bias[i])), int(s))
        out_of_range = s != 0 and abs(lo) < 2.0**-1022
        same = np.sign(lo) == np.sign(rest) or rest == 0 if out_of_range else lo == rest
        found += not (hi == nearest and same)
    return found


@pytest.mark.parametrize("spread", [0, 3, 30, 200, 500, 1020])
def test_are_random_sums_the_nearest_pair(spread):
    rng = np.random.default_rng(spread)
    for _ in range(60):
        shape = tuple(int(n) for n in rng.integers(1, 12, 2))
        x, k = draw(rng, shape, spread), draw(rng, shape, spread)
        assert wrong(x, k, draw(rng, shape[:1], spread)) == 0


@pytest.mark.parametrize("spread", [3, 200, 500])
def test_are_sums_that_cancel_the_nearest_pair(spread):
    """Wholly, or but for the last bit of one product."""
    rng = np.random.default_rng(spread)
    for last in (0.0, 2.0**-52):
        half, kernel = draw(rng, (40, 6), spread), draw(rng, (40, 6), spread)
        x, k = np.concatenate([half, half], 1), np.concatenate([kernel, -kernel], 1)
        k[:, 0] *= 1 + last
        assert wrong(x, k, np.zeros(40)) == 0


def test_does_the_rest_decide_a_tie_however_far_below_it_lies():
    """1 + 2^-53 lies between two numbers: a product of 2^-900 decides, of either sign."""
    x = np.array([[1.0, 2.0**-53, sign * 2.0**-500] for sign in (1, -1, 0)])
    k = np.array([[1.0, 1.0, 2.0**-400]] * 3)
    s, hi, lo = digit_sums([x], [k], [])
    assert not s.any()
    assert hi.tolist() == [1 + 2.0**-52, 1.0, 1.0]
    assert lo.tolist() == [-(2.0**-53), 2.0**-53, 2.0**-53]


def test_is_a_rest_that_no_range_holds_known_by_its_sign():
    for sign in (1.0, -1.0):
        _, hi, lo = digit_sums([np.array([[2.0**1023, sign * 2.0**-1074]])], [np.ones((1, 2))], [])
        assert hi[0] > 0
        assert np.sign(lo[0]) == sign


def test_are_sums_exact_that_are_longer_than_carries_wait():
    rng = np.random.default_rng(1)
    taps = 2 * digits.LONGEST + 7
    x, k = draw(rng, (2, taps), 300), draw(rng, (2, taps), 300)
    x[1], k[1] = 1 - 2.0**-53, 1 - 2.0**-53  # every digit as large as it can be
    assert wrong(x, k, np.ones(2)) == 0


def test_would_a_digit_that_is_lost_be_noticed(monkeypatch):
    """A twin that adds one digit of each product too few."""
    products = digits._products
    monkeypatch.setattr(digits, "_products", lambda a, b: products(a, b)[1:] * 1.0)
    rng = np.random.default_rng(3)
    assert wrong(draw(rng, (20, 5), 500), draw(rng, (20, 5), 500), np.zeros(20)) > 10


@pytest.mark.parametrize("transposed", [False, True])
def test_is_a_case_with_spread_exponents_exact_and_without_a_loop_over_products(
    transposed, monkeypatch
):
    """Python's integers took 3 to 4 µs for a product: no output is summed in them."""
    rng = np.random.default_rng(4)
    kernel = draw(rng, (3, 3, 3, 4) if transposed else (3, 3, 4, 3), 500)
    spec = ConvSpec.make((3, 3), transposed=transposed, strides=2 if transposed else 1)
    case = Case(spec, draw(rng, (1, 6, 7, 4), 500), kernel, draw(rng, (3,), 500))
    monkeypatch.setattr(elements, "fractions", None)
    found = exact.exact(case)
    s = np.broadcast_to(found.s, case.output_shape).ravel()
    for flat, (hi, lo) in enumerate(zip(found.hi.ravel(), found.lo.ravel(), strict=True)):
        assert (hi, lo) == nearest_pair(exactly(case, flat), int(s[flat]))
