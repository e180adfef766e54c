"""Does the adaptive reference decide what exact results everywhere would decide, and rightly?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth.arithmetic import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    Arithmetic,
    Format,
    declared,
    format_of,
    round_exact,
    rounded,
)
from convcheck.truth.bound import Bound, bound
from convcheck.truth.exact import exact
from convcheck.truth.reference import Reference, reference
from tests.truth.definition import FLOATS, exactly, random_case
from tests.truth.test_is_a_cast_rounded_once import expected
from tests.truth.test_is_exact_exact import nearest_pair

FORMATS = (FLOAT64, FLOAT32, FLOAT16, BFLOAT16)


def allowed(out: float, y: Fraction, limit: float, fmt: Format) -> bool:
    """The rule of the verdict, in fractions."""
    if limit == inf:
        return True
    if np.isnan(out):
        return False
    if np.isinf(out):
        return (y if out > 0 else -y) >= fmt.overflow_threshold - Fraction(limit)
    return abs(Fraction(out) - y) <= Fraction(limit)


def exact_elements(truth: Reference) -> np.ndarray:
    """Which elements the reference knows exactly: what it leaves open is at most the tail."""
    return truth.radius <= np.abs(truth.tail) * (1 + 2.0**-52)


def is_exact(truth: Reference, flat: int) -> bool:
    """Whether value and tail are the pair nearest to the sum of fractions."""
    return (truth.value.flat[flat], truth.tail.flat[flat]) == nearest_pair(
        exactly(truth.case, flat), 0
    )


def outputs(case: Case, found: Bound, fmt: Format, rng: np.random.Generator) -> np.ndarray:
    """Correctly rounded ones, their neighbours, and ones at the edge of the bound."""
    truth = exact(case)
    out = round_exact(truth.s, truth.hi, truth.lo, fmt)
    with np.errstate(all="ignore"):
        limit = np.where(np.isfinite(found.limit), found.limit, 1.0)
        moved = [out, np.nextafter(out, inf), out + limit, out - limit, out * (1 + fmt.u * 2)]
        moved += [np.full_like(out, v) for v in (inf, -inf, np.nan, 0.0)]
        chosen = np.choose(rng.integers(0, len(moved), out.shape), moved)
        return chosen.astype(fmt.dtype)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_is_each_decision_that_of_fractions_on_random_cases(fmt: Format) -> None:
    rng = np.random.default_rng(FORMATS.index(fmt))
    arithmetic = declared(fmt.name, fmt.name)
    right = wrong = 0
    for _ in range(60):
        with np.errstate(all="ignore"):
            case = rounded(random_case(rng, FLOATS), arithmetic)
        if not all(a is None or np.isfinite(a).all() for a in (case.input, case.kernel, case.bias)):
            continue
        everywhere = reference(case, exact_everywhere=True)
        in_range = np.isfinite(everywhere.radius)
        assert np.array_equal(in_range, np.broadcast_to(exact(case).s == 0, in_range.shape))
        assert exact_elements(everywhere)[in_range].all()
        limits = bound(case, arithmetic, everywhere)
        out = outputs(case, limits, fmt, rng)
        nearest, inside = (
            reference(case).correctly_rounded(out, fmt),
            reference(case).within(out, limits),
        )
        assert np.array_equal(nearest, everywhere.correctly_rounded(out, fmt))
        assert np.array_equal(inside, everywhere.within(out, limits))
        for flat in rng.integers(0, out.size, 12):
            y, value = exactly(case, int(flat)), float(out.flat[flat])
            assert not in_range.flat[flat] or is_exact(everywhere, int(flat))
            assert nearest.flat[flat] == (value == expected(y, fmt, "nearest-even"))
            assert inside.flat[flat] == allowed(value, y, float(limits.limit.flat[flat]), fmt)
            right, wrong = right + bool(inside.flat[flat]), wrong + (not inside.flat[flat])
    assert right > 50
    assert wrong > 50


def test_are_errors_right_to_the_last_digits() -> None:
    rng = np.random.default_rng(3)
    checked = 0
    for _ in range(60):
        case = random_case(rng, FLOATS)
        truth = reference(case, exact_everywhere=True)
        with np.errstate(all="ignore"):
            out = (truth.value * (1 + rng.integers(-3, 4, truth.shape) * 2.0**-24)).astype("f4")
            error = truth.error(out)
        for flat in rng.integers(0, out.size, 12):
            y = exactly(case, int(flat))
            if not np.isfinite(out.flat[flat]) or abs(y) < Fraction(1, 2**900):
                continue
            true = Fraction(float(out.flat[flat])) - y
            size = max(abs(true), abs(y) / 2**53)
            assert abs(Fraction(float(error.flat[flat])) - true) <= size * Fraction(4, 2**53)
            checked += 1
    assert checked > 200


def falsify(reference: Reference) -> None:
    """A reference that is sure of what is wrong."""
    reference.value += 1e-3 * reference.magnitude


def test_would_a_wrong_reference_be_noticed() -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((1, 9, 9, 3)).astype(np.float32)
    case = Case(ConvSpec.make((3, 3)), x, rng.standard_normal((3, 3, 3, 2)).astype(np.float32))
    truth = exact(case)
    out = round_exact(truth.s, truth.hi, truth.lo, FLOAT32).astype(np.float32)
    sound, wrong = reference(case), reference(case)
    falsify(wrong)
    assert sound.correctly_rounded(out, FLOAT32).all()
    assert not wrong.correctly_rounded(out, FLOAT32).any()
    assert not wrong.within(out, bound(case, declared("float32", "float32"))).any()


def test_do_ordinary_float32_outputs_need_few_exact_results() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((1, 30, 30, 16)).astype(np.float32)
    case = Case(ConvSpec.make((3, 3)), x, rng.standard_normal((3, 3, 16, 16)).astype(np.float32))
    truth = reference(case)
    out = truth.value.astype(np.float32)
    assert truth.correctly_rounded(out, FLOAT32).mean() > 0.999
    assert truth.within(out, bound(case, declared("float32", "float32"), truth)).all()
    assert exact_elements(truth).mean() < 0.01


def test_must_integers_be_equal() -> None:
    rng = np.random.default_rng(6)
    for dtype in (np.int32, np.int64):
        x = rng.integers(-(2**30), 2**30, (1, 6, 6, 2)).astype(dtype)
        case = Case(ConvSpec.make((2, 2)), x, rng.integers(-9, 9, (2, 2, 2, 1)).astype(dtype))
        out = np.array([int(exactly(case, i)) for i in range(36)], np.int64).reshape(1, 6, 6, 1)
        limits = bound(case, declared("int64", "int64"))
        truth, fmt = reference(case), format_of(np.int64)
        assert truth.correctly_rounded(out, fmt).all()
        assert truth.within(out, limits).all()
        assert not truth.correctly_rounded(out + 1, fmt).any()
        assert not truth.within(out + 1, limits).any()


def test_do_infinite_outputs_follow_the_overflow_rule() -> None:
    kernel = np.ones((1, 1, 1, 1))
    x = np.array([65519.0, 65520, 65521, 60000, 70000, 65519.9]).reshape(1, 1, -1, 1)
    case = Case(ConvSpec.make((1, 1)), x, kernel)
    arithmetic = Arithmetic(FLOAT64, FLOAT64, FLOAT16)
    limits = replace(bound(case, arithmetic), limit=np.full(x.shape, 1.0))
    truth = reference(case)
    out = np.full(x.shape, np.inf, np.float16)
    assert truth.within(out, limits).ravel().tolist() == [True, True, True, False, True, True]
    assert not truth.within(-out, limits).any()
    rounds = [False, True, True, False, True, False]
    assert truth.correctly_rounded(out, FLOAT16).ravel().tolist() == rounds


def test_must_nan_and_infinity_be_met() -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1.0], np.float32).reshape(1, 1, 4, 1)
    case = Case(ConvSpec.make((1, 1)), x, np.ones((1, 1, 1, 1), np.float32))
    truth = reference(case)
    limits = bound(case, declared("float32", "float32"), truth)
    assert not limits.undecidable.any()
    assert truth.within(x, limits).all()
    assert truth.correctly_rounded(x, FLOAT32).all()
    assert truth.error(x).tolist() == np.zeros(x.shape).tolist()
    assert not truth.within(np.roll(x, 1), limits).any()
    nothing = np.zeros_like(x, ml_dtypes.bfloat16)
    assert not truth.within(nothing, limits).any()


def test_does_refining_make_these_elements_exact() -> None:
    rng = np.random.default_rng(7)
    case = Case(ConvSpec.make((3, 3)), rng.random((1, 20, 20, 3)), rng.random((3, 3, 3, 1)))
    truth = reference(case)
    assert not exact_elements(truth).any()
    truth.refine(np.array([5, 17]))
    assert np.flatnonzero(exact_elements(truth)).tolist() == [5, 17]
    assert is_exact(truth, 5)
    assert is_exact(truth, 17)
    assert not is_exact(truth, 18)
    everywhere = exact(case)
    assert truth.value.flat[17] == everywhere.hi.flat[17]
    assert truth.tail.flat[17] == everywhere.lo.flat[17]
    truth.refine(None)
    assert exact_elements(truth).all()
    assert all(is_exact(truth, flat) for flat in range(truth.value.size))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_is_the_error_infinite_where_exact_is_beyond_every_float64(sign: float) -> None:
    kernel = np.full((1, 1, 1), sign * 1e300)
    case = Case(ConvSpec.make((1,)), np.full((1, 3, 1), 1e300), kernel)
    found = reference(case, exact_everywhere=True)
    assert np.array_equal(found.error(np.zeros((1, 3, 1))), np.full((1, 3, 1), -sign * inf))
