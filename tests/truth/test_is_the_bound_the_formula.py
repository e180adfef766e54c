"""Is the bound its formula's right-hand side: never below it, and within 1 % of it?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth.arithmetic import (
    BFLOAT16,
    FLOAT32,
    FLOAT64,
    Arithmetic,
    candidates,
    declared,
    rounded,
)
from convcheck.truth.bound import Bound, bound
from convcheck.truth.reference import reference
from convcheck.truth.windows import terms
from tests.truth.definition import FLOATS, exactly, number, random_case, taps

ALL = sorted(
    {
        one
        for compute, output in (
            ("float64", "float64"),
            ("float64", "float32"),
            ("float32", "float32"),
            ("float32", "float16"),
            ("float16", "float16"),
            ("bfloat16", "bfloat16"),
            ("bfloat16", "float32"),
        )
        for one in candidates(declared(compute, output))
    },
    key=str,
)


def formula(case: Case, arithmetic: Arithmetic, flat: int) -> tuple[Fraction | None, Fraction]:
    """B (None: undecidable) and U in fractions, straight from their definition."""
    products, bias = taps(case, flat)
    b = bias if isinstance(bias, Fraction) else number(bias)
    acc, out = arithmetic.accumulator, arithmetic.output
    normal = Fraction(acc.smallest_normal)
    pairs = [(abs(number(x)), abs(number(k))) for x, k in products]
    n = sum(k != 0 for _, k in pairs)
    a0 = sum((x * k for x, k in pairs), Fraction(0))
    a = a0 + abs(b)
    y = exactly(case, flat)
    e = (2 * n + 1) * normal
    e += sum((x * k for x, k in pairs if 0 < x < normal or 0 < k < normal), Fraction(0))
    stores = out != acc
    u_out, h = (Fraction(out.u), Fraction(out.smallest_subnormal) / 2) if stores else (0, 0)
    unit = Fraction(acc.u) * a + e + u_out * abs(y) + h

    def one(m: int, a: Fraction, y: Fraction) -> Fraction | None:
        operands = arithmetic.operands, arithmetic.kernel_operands or arithmetic.operands
        blocks = all(fmt.precision < FLOAT32.precision for fmt in operands)
        g = m * Fraction(acc.u)
        if blocks:
            if 4 * g >= 1:
                return None
            g = 4 * g / (1 - 4 * g)
        return (1 + u_out) * ((1 + g) * e + g * a) + u_out * abs(y) + h

    limit = one(n + (case.bias is not None), a, y)
    if case.bias is not None and stores and limit is not None:
        alone = one(n, a0, y - b)
        assert alone is not None
        limit = max(limit, (1 + u_out) * alone + u_out * abs(y) + h)
    return limit, unit


def outside(case: Case, arithmetic: Arithmetic, found: Bound, flat: int) -> str:
    """What is wrong with the bound of an element, "" where nothing is."""
    limit, unit = formula(case, arithmetic, flat)
    got, mask = float(found.limit.flat[flat]), bool(found.undecidable.flat[flat])
    if limit is None:
        return "" if mask and got == np.inf else "should be undecidable"
    if mask:
        a = Fraction(float(found.magnitude.flat[flat]))
        largest = min(arithmetic.accumulator.largest, arithmetic.output.largest)
        return "" if a * Fraction(3, 2) + limit >= largest else "needlessly undecidable"
    for name, value, true in (("B", got, limit), ("U", float(found.unit.flat[flat]), unit)):
        if not true <= Fraction(value) <= true * Fraction(101, 100):
            return f"{name} is {value}, should be {float(true)}"
    return ""


def cases(arithmetic: Arithmetic, number_: int) -> list[Case]:
    rng = np.random.default_rng(ALL.index(arithmetic))
    found = []
    for _ in range(number_):
        with np.errstate(all="ignore"):
            case = rounded(random_case(rng, FLOATS), arithmetic)
        if all(a is None or np.isfinite(a).all() for a in (case.input, case.kernel, case.bias)):
            found.append(case)
    return found


@pytest.mark.parametrize("arithmetic", ALL, ids=lambda one: one.name)
def test_is_the_bound_of_random_elements_the_formula(arithmetic: Arithmetic) -> None:
    rng = np.random.default_rng(0)
    for case in cases(arithmetic, 12):
        found = bound(case, arithmetic)
        for flat in rng.integers(0, found.limit.size, 8):
            if np.isfinite(found.magnitude.flat[flat]):
                assert outside(case, arithmetic, found, int(flat)) == ""


@pytest.mark.parametrize("factor", [1.011, 0.999])
def test_would_an_inflated_or_a_shrunk_bound_be_noticed(factor: float) -> None:
    arithmetic = declared("float32", "float32")
    (case, *_) = cases(arithmetic, 3)
    found = bound(case, arithmetic)
    assert outside(case, arithmetic, found, 0) == ""
    assert outside(case, arithmetic, replace(found, limit=found.limit * factor), 0) != ""
    assert outside(case, arithmetic, replace(found, unit=found.unit * factor), 0) != ""


def test_do_terms_count_valid_taps_with_a_kernel_value() -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        case = random_case(rng)
        kernel = case.kernel.copy()
        kernel.flat[:: int(rng.integers(1, 5))] = 0
        case = replace(case, kernel=kernel)
        n = terms(case)
        for flat in rng.integers(0, n.size, 10):
            assert n.flat[flat] == sum(k != 0 for _, k in taps(case, int(flat))[0])


def test_do_subnormal_operands_count_whole() -> None:
    x = np.full((1, 4, 4, 1), 1e-40, np.float32)
    case = Case(ConvSpec.make((1, 1)), x, np.full((1, 1, 1, 1), 1e30, np.float32))
    arithmetic = declared("float32", "float32")
    found = bound(case, arithmetic)
    assert outside(case, arithmetic, found, 0) == ""
    assert found.limit[0, 0, 0, 0] > exactly(case, 0)  # TensorFlow gives 0


def test_is_a_sum_too_long_for_the_accumulator_undecidable() -> None:
    x = np.ones((1, 1, 1, 300), ml_dtypes.bfloat16)
    case = Case(ConvSpec.make((1, 1)), x, np.ones((1, 1, 300, 1), ml_dtypes.bfloat16))
    narrow = Arithmetic(BFLOAT16, BFLOAT16, BFLOAT16)
    assert bound(case, narrow).undecidable.all()
    assert not bound(case, declared("bfloat16", "bfloat16")).undecidable.any()


def test_is_an_accumulator_that_may_overflow_undecidable() -> None:
    x = np.full((1, 1, 1, 2), 3e38, np.float32)
    case = Case(ConvSpec.make((1, 1)), x, np.array([[[[1.0], [-1.0]]]], np.float32))
    assert bound(case, declared("float32", "float32")).undecidable.all()
    assert not bound(case, Arithmetic(FLOAT32, FLOAT64, FLOAT32)).undecidable.any()


def test_have_integers_no_error() -> None:
    case = Case(ConvSpec.make((1, 1)), np.ones((1, 2, 2, 1), int), np.ones((1, 1, 1, 1), int))
    assert not bound(case, declared("int64", "int64")).limit.any()


def test_does_what_is_known_of_y_change_little() -> None:
    rng = np.random.default_rng(2)
    arithmetic = declared("bfloat16", "bfloat16")
    case: Any = Case(
        ConvSpec.make((3, 3)),
        rng.standard_normal((1, 8, 8, 3)).astype(ml_dtypes.bfloat16),
        rng.standard_normal((3, 3, 3, 2)).astype(ml_dtypes.bfloat16),
        rng.standard_normal(2).astype(ml_dtypes.bfloat16),
    )
    alone = bound(case, arithmetic).limit
    told = bound(case, arithmetic, reference(case, exact_everywhere=True)).limit
    np.testing.assert_allclose(alone, told, rtol=1e-9)


def test_is_a_sum_beyond_m_u_of_one_bounded_weakly() -> None:
    """Outside the bound is outside; inside it nothing is shown."""
    x = np.ones((1, 1, 1, 300), np.float32)
    case = Case(ConvSpec.make((1, 1)), x, np.ones((1, 1, 300, 1), np.float32))
    narrow = Arithmetic(FLOAT32, BFLOAT16, FLOAT32)  # u = 2^-8: 300 additions
    found = bound(case, narrow)
    assert found.weak.all()
    assert not found.undecidable.any()
    assert Fraction(300 * 300, 256) <= Fraction(float(found.limit[0, 0, 0, 0])) < 400
    assert not bound(case, declared("float32", "float32")).weak.any()


def test_is_an_overflow_that_must_happen_decided() -> None:
    """One product, or products that the others cannot bring back, can only be infinite."""
    kernel = np.array([[[[1e30], [1e10]]]], np.float32)
    x = np.array([[1e30, 1e20], [1e5, 1e5]], np.float32).reshape(1, 2, 1, 2)
    case = Case(ConvSpec.make((1, 1)), x, kernel)
    found = bound(case, declared("float32", "float32"))
    assert not found.undecidable.any()
    y = reference(case)
    inf = np.array([np.inf, 1e35], np.float32).reshape(case.output_shape)
    assert y.within(inf, found).tolist() == [[[[True]], [[True]]]]
    mixed = replace(case, input=x * np.array([1, -1], np.float32))
    assert bound(mixed, declared("float32", "float32")).undecidable.tolist() == [
        [[[True]], [[False]]]
    ]
    finite = np.array([3e38, 1e35], np.float32).reshape(case.output_shape)
    assert y.within(finite, found).tolist() == [[[[False]], [[True]]]]


def test_is_an_overflow_before_the_bias_undecidable() -> None:
    """256 * 256 is no float16, 256 * 256 - 200 is: who adds the bias apart gets infinity."""
    x = np.full((1, 1, 1, 1), 256, np.float16)
    case = Case(ConvSpec.make((1, 1)), x, np.full((1, 1, 1, 1), 256, "f2"), np.array([-200], "f2"))
    assert bound(case, declared("float16", "float16")).undecidable.all()
    small = replace(case, input=x / 2)
    assert not bound(small, declared("float16", "float16")).undecidable.any()


def _round(value: Fraction, p: int) -> Fraction:
    """To nearest in p bits, ties to even, exponents unlimited."""
    if value == 0:
        return value
    exponent = 0
    while abs(value) >= Fraction(2) ** (exponent + 1):
        exponent += 1
    while abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** (exponent - p + 1)
    return round(value / unit) * unit  # Python rounds ties to even


@pytest.mark.slow
@pytest.mark.parametrize("p", [2, 3, 5])
def test_does_a_sum_in_any_order_stay_within_m_u(p: int) -> None:
    """Random trees, products rounded or fused: |sum - y| <= n·u·A, for n·u up to 4 too."""
    rng = np.random.default_rng(p)
    u = Fraction(1, 2**p)
    worst = Fraction(0)
    for _ in range(1500):
        n = int(rng.integers(1, 2 ** (p + 2)))
        numbers_ = [
            [Fraction(int(rng.integers(-(2**p) + 1, 2**p))) for _ in range(n)] for _ in "xk"
        ]
        products = [x * k for x, k in zip(*numbers_, strict=True)]
        fused = rng.random() < 0.5
        sums = [(q, True) if fused else (_round(q, p), False) for q in products]
        while len(sums) > 1:
            i, j = rng.choice(len(sums), 2, replace=False)
            (a, a_exact), (b, b_exact) = sums[i], sums[j]
            # An FMA adds one exact product to a rounded sum.
            if a_exact and b_exact:
                b = _round(b, p)
            sums = [one for k, one in enumerate(sums) if k not in (i, j)]
            sums.append((_round(a + b, p), False))
        found, exact_ = sums[0]
        found = _round(found, p) if exact_ else found
        size = sum(map(abs, products), Fraction(0))
        if size:
            worst = max(worst, abs(found - sum(products)) / (n * u * size))
    assert Fraction(1, 10) < worst <= 1
