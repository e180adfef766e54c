"""Is a cast rounded once, in each of its ways?"""

from __future__ import annotations

from fractions import Fraction
from math import floor, inf

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError
from convcheck.truth.arithmetic import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    TFLOAT32,
    Arithmetic,
    Format,
    Rounding,
    candidates,
    cast,
    declared,
    format_of,
    round_exact,
    rounded,
    ulp,
)

FORMATS = [FLOAT64, FLOAT32, TFLOAT32, FLOAT16, BFLOAT16]
WAYS: list[Rounding] = ["nearest-even", "nearest-away", "toward-zero"]


def expected(y: Fraction, fmt: Format, way: str) -> float:
    """y rounded by the definition of IEEE 754, in fractions."""
    size = abs(y)
    if size == 0:
        return 0.0
    e = size.numerator.bit_length() - size.denominator.bit_length()
    e -= Fraction(2) ** e > size
    grid = Fraction(2) ** (max(e, fmt.min_exponent) - fmt.precision + 1)
    whole, rest = floor(size / grid), size / grid % 1
    up = rest > Fraction(1, 2)
    if rest == Fraction(1, 2):
        up = way == "nearest-away" or whole % 2 == 1
    result = (whole + (up and way != "toward-zero")) * grid
    if result > fmt.largest:
        result = fmt.largest if way == "toward-zero" else inf
    return float(result) if y > 0 else -float(result)


def awkward(fmt: Format, rng: np.random.Generator) -> list[Fraction]:
    """Ties, their neighbours, subnormals, the overflow threshold, and ordinary numbers."""
    found = [Fraction(0), fmt.largest, fmt.overflow_threshold]
    for e in (*rng.integers(fmt.min_exponent - fmt.precision - 2, fmt.max_exponent, 30),
              fmt.max_exponent):  # fmt: skip
        base = Fraction(2) ** max(int(e), -1040)
        step = Fraction(2) ** (1 - fmt.precision)
        for steps in (0, 1, int(rng.integers(2, 100))):
            for part in (Fraction(0), Fraction(1, 2), Fraction(1, 4)):
                tie = base * (1 + (steps + part) * step)
                found += [tie, tie * (1 + Fraction(1, 2**52)), tie * (1 - Fraction(1, 2**53))]
    return found + [-y for y in found]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fmt", FORMATS[1:], ids=str)
def test_is_a_cast_from_float64_that_of_ieee_754(fmt: Format, way: Rounding) -> None:
    values = [float(y) for y in awkward(fmt, np.random.default_rng(0)) if abs(y) < 2**1023]
    got = cast(np.array(values), fmt, way)
    assert got.dtype == fmt.dtype
    for value, result in zip(values, got.astype(float), strict=True):
        assert result == expected(Fraction(value), fmt, way), value


def test_would_rounding_twice_be_noticed() -> None:
    value = 1 + 2.0**-8 + 2.0**-40  # float32 loses the last bit, and makes a tie of it
    twice = np.float32(value).astype(ml_dtypes.bfloat16)
    assert float(cast(np.array(value), BFLOAT16)) != float(twice)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_is_a_pair_rounded_as_the_number_that_it_stands_for(fmt: Format) -> None:
    for y in awkward(fmt, np.random.default_rng(1)):
        for tail in (Fraction(0), abs(y) / 2**90, -abs(y) / 2**90):
            for s in (0, -1100, 900):
                exact = (y + tail) / Fraction(2) ** s
                if exact and not Fraction(1, 2**900) < abs(exact) < 2**1020:
                    continue
                hi = float(exact)
                lo = float(exact - Fraction(hi))
                got = float(round_exact(s, hi, lo, fmt))
                assert got == expected(y + tail, fmt, "nearest-even"), (y, tail, s)


def test_do_infinity_nan_and_signed_zero_stay() -> None:
    for fmt in FORMATS:
        for way in WAYS:
            got = cast(np.array([np.inf, -np.inf, np.nan, -0.0]), fmt, way).astype(float)
            assert (got[0], got[1], str(got[2]), str(got[3])) == (inf, -inf, "nan", "-0.0")


def test_are_large_integers_rounded_once() -> None:
    value = 2**53 + 2**29 + 1  # float64 loses the 1, which decides for float32
    got = cast(np.array([value]), FLOAT32)[0]
    assert float(got) == expected(Fraction(value), FLOAT32, "nearest-even")
    assert float(np.float32(float(value))) != float(got)


def test_is_the_spacing_that_of_numpy() -> None:
    with np.errstate(over="ignore"):
        for dtype, fmt in ((np.float16, FLOAT16), (np.float32, FLOAT32), (np.float64, FLOAT64)):
            values = np.array([0, 1, 1.5, 2, 1e-7, 1e-40, 3e4], dtype)
            assert (ulp(values, fmt) == np.spacing(values).astype(float)).all()
    assert ulp(np.array(np.inf), FLOAT16) == 32
    assert ulp(np.array([0.5, 7]), format_of("int32")).tolist() == [1, 1]


def test_is_bool_refused_as_a_format() -> None:
    with pytest.raises(UsageError, match="bool"):
        format_of(bool)


def test_does_a_cast_to_integers_change_nothing_or_refuse() -> None:
    assert cast(np.array([1.0, -2.0]), format_of("int8")).dtype == np.int8
    for values in ([1.5], [128.0], [np.nan]):
        with pytest.raises(ValueError, match="int8"):
            cast(np.array(values), format_of("int8"))


def test_are_the_limits_of_each_format_those_of_numpy() -> None:
    assert FLOAT16.overflow_threshold == 65520
    assert FLOAT32.overflow_threshold == 2**128 - 2**103
    for fmt in FORMATS[:2]:
        info = np.finfo(fmt.dtype)
        assert (float(info.max), float(info.tiny)) == (float(fmt.largest), fmt.smallest_normal)
        assert (fmt.smallest_subnormal, fmt.u) == (float(info.smallest_subnormal), info.eps / 2)


def case(x: object, kernel: object) -> Case:
    return Case(
        ConvSpec.make((1, 1)), np.reshape(x, (1, 1, 1, -1)), np.reshape(kernel, (1, 1, -1, 1))
    )


def test_are_operands_rounded_and_nothing_else() -> None:
    given = case(np.array([1 / 3, 0.5]), np.array([0.1, 1], np.float32))
    narrow = rounded(given, Arithmetic(BFLOAT16, FLOAT32, FLOAT32))
    assert narrow.input.dtype == ml_dtypes.bfloat16
    assert float(narrow.input[0, 0, 0, 0]) == expected(Fraction(1 / 3), BFLOAT16, "nearest-even")
    assert rounded(given, declared("float64", "float64")) is given
    assert rounded(narrow, Arithmetic(BFLOAT16, FLOAT32, FLOAT32)) is narrow


def test_are_the_declared_arithmetics_and_their_candidates_right() -> None:
    assert declared("float32", "float32").name == "float32/float32/float32"
    assert declared("bfloat16", "bfloat16").name == "bfloat16/float32/bfloat16"
    assert declared("int8", "int8").is_integer
    found = candidates(declared("float32", "float32"))
    names = [one.name for one in found if one.kernel_operands is None]
    assert names == [
        "float32/float32/float32",
        "tfloat32/float32/float32",
        "tfloat32/float32/float32 (nearest-away)",
        "tfloat32/float32/float32 (toward-zero)",
        "float16/float32/float32",
        "bfloat16/float32/float32",
    ]
    alone = {one.name for one in found if one.kernel_operands is not None}
    assert {"float32*bfloat16/float32/float32", "bfloat16*float32/float32/float32"} <= alone
    assert len(alone) == 2 * (len(names) - 1)


def test_are_integers_that_float64_holds_cast_to_it() -> None:
    values = np.array([0, 1, -(2**53), 2**53 - 1], np.int64)
    assert cast(values, FLOAT64).tolist() == values.tolist()
