"""Are the numbers of an excerpt those of the case, and do they suffice to compute it again?"""

from __future__ import annotations

import math
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.excerpt.encode import encode, encode_figures
from convcheck.excerpt.numbers import numbers_of
from convcheck.excerpt.take import take
from convcheck.results import Check
from convcheck.truth.arithmetic import rounded
from convcheck.truth.bound import bound
from convcheck.truth.exact import exact
from tests.excerpt.decode import computed, decoded
from tests.reports.checks import made, output
from tests.truth.definition import exactly, random_case

PRECISE = 2.0**-12
"""How well figures are kept."""


def checked(case: Case, rng: np.random.Generator) -> Check:
    """The case with a right and a wrong output."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        y = exact(case)
        right = np.ldexp(y.hi, y.s)
        dtype = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64][int(rng.integers(4))]
        wrong = (right * (1 + rng.standard_normal(right.shape))).astype(dtype)
        return made(output("a", right), output("b", wrong), case=case, maps=True)


def some_region(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[tuple[int, int], ...]:
    starts = [int(rng.integers(0, size)) for size in shape]
    return tuple(
        (start, int(rng.integers(start, size)) + 1)
        for start, size in zip(starts, shape, strict=True)
    )


def as_float(value) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def seeds(some: int, many: int) -> list:
    """The first of them always, the rest among the slow tests."""
    slow = (pytest.param(seed, marks=pytest.mark.slow) for seed in range(some, many))
    return [*range(some), *slow]


@pytest.mark.parametrize("seed", seeds(25, 300))
def test_are_the_numbers_of_any_geometry_those_of_the_definition(seed):
    rng = np.random.default_rng(seed)
    case = random_case(rng)
    check = checked(case, rng)
    region = some_region(case.output_shape, rng)
    numbers = numbers_of(case, check, region)
    truth = decoded(numbers.exact)
    right = decoded(numbers.outputs[0].values)
    for _ in range(5):
        index = tuple(int(rng.integers(start, stop)) for start, stop in region)
        here = tuple(i - start for i, (start, _) in zip(index, region, strict=True))
        flat = int(np.ravel_multi_index(index, case.output_shape))
        y = exactly(case, flat)
        assert computed(numbers, index) == y
        assert truth[here] == pytest.approx(as_float(y), rel=2**-52, abs=5e-324)
        assert right[here] == check.judgements[0].output.array[index]


@pytest.mark.parametrize("seed", seeds(20, 200))
def test_are_the_figures_those_that_were_judged(seed):
    rng = np.random.default_rng(1000 + seed)
    case = random_case(rng, (np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.int8))
    check = checked(case, rng)
    region = some_region(case.output_shape, rng)
    window = tuple(slice(*axis) for axis in region)
    numbers = numbers_of(case, check, region)
    for judgement, found in zip(check.judgements, numbers.outputs, strict=True):
        array, maps, arithmetic = judgement.output.array, judgement.maps, judgement.declared
        values = decoded(found.values)
        assert np.array_equal(values, array[window].astype(values.dtype), equal_nan=True)
        assert np.array_equal(values.astype(array.dtype), array[window], equal_nan=True)
        for figures, kept in ((found.over, maps.over_bound), (found.ulps, maps.ulps)):
            np.testing.assert_allclose(decoded(figures), kept[window], PRECISE)
        whole = bound(rounded(case, arithmetic), arithmetic).limit
        np.testing.assert_allclose(decoded(found.bound), whole[window], 2 * PRECISE)
        error, y = decoded(found.error), decoded(numbers.exact)
        with np.errstate(over="ignore", invalid="ignore"):
            gap = np.abs(values.astype(np.float64) - y)
        some = np.isfinite(gap)
        near = 2 * PRECISE * gap + 2.0**-52 * np.abs(y)  # of a small one the tail counts, too
        assert (np.abs(error[some] - gap[some]) <= near[some]).all()


def test_are_the_worst_elements_listed_first():
    rng = np.random.default_rng(0)
    case = Case(ConvSpec.make((1, 1)), np.ones((1, 20, 20, 1)), np.ones((1, 1, 1, 1)))
    y = exact(case).hi
    wrong = y + rng.standard_normal(y.shape) * 1e-9
    check = made(output("a", y), output("b", wrong), case=case, maps=True)
    numbers = numbers_of(case, check, ((0, 1), (5, 20), (3, 18), (0, 1)))
    over = check.judgements[1].maps.over_bound
    listed = [over[index] for index in numbers.worst]
    assert len(listed) == 100
    assert listed == sorted(over[:, 5:, 3:18].ravel(), reverse=True)[:100]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_is_what_is_no_number_kept(value):
    x = np.ones((1, 6, 6, 2))
    x[0, 2, 3, 1] = value
    case = Case(ConvSpec.make((3, 3)), x, np.ones((3, 3, 2, 2)))
    y = exact(case).hi
    wrong = y.astype(np.float32)
    wrong[0, 0, 0, 0] = np.nan
    check = made(output("a", y), output("b", wrong), case=case, maps=True)
    found = take(case, check, 1_000_000)
    assert found is not None
    numbers = found.numbers
    assert np.array_equal(decoded(numbers.exact), y, equal_nan=True)
    assert np.array_equal(decoded(numbers.input), x, equal_nan=True)
    assert np.array_equal(decoded(numbers.outputs[1].values), wrong, equal_nan=True)
    assert numbers.worst[0] == (0, 0, 0, 0)


def test_has_an_output_of_another_shape_no_numbers():
    case = Case(ConvSpec.make((1,)), np.ones((1, 6, 1)), np.ones((1, 1, 1)))
    y = exact(case).hi
    check = made(output("a", y), output("b", y[:, 1:]), output("c", None), case=case, maps=True)
    found = take(case, check, 1_000_000)
    assert [one.values is not None for one in found.numbers.outputs] == [True, False, False]
    assert [plane is not None for plane in found.planes.outputs] == [True, False, False]
    alone = made(output("b", y[:, 1:]), output("c", None), case=case, maps=True)
    assert take(case, alone, 1_000_000) is None


def test_is_a_check_without_maps_taken_all_the_same():
    case = Case(ConvSpec.make((1,)), np.ones((1, 6, 1)), np.ones((1, 1, 1)))
    check = made(output("a", exact(case).hi), case=case)
    found = take(case, check, 1_000_000)
    assert found.numbers.outputs[0].over is None
    assert found.numbers.outputs[0].bound is not None


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8", "uint64", "int16"])
def test_does_an_array_come_back_bit_for_bit(dtype):
    raw = np.random.default_rng(0).integers(0, 256, 8 * 60, np.uint8)
    values = raw.view(dtype)[:60].reshape(3, 4, 5)[:, ::-1]
    assert decoded(encode(values)).tobytes() == np.ascontiguousarray(values).tobytes()


def test_are_figures_rounded_to_three_digits_and_nothing_else_changed():
    tiny, huge = np.finfo(np.float32).tiny, np.finfo(np.float32).max
    values = np.array([0.0, np.nan, np.inf, -np.inf, 1.2345678, -tiny, huge, 1e-40, 1e300])
    for some in (values, values[:7]):
        found = decoded(encode_figures(some))
        assert found.dtype == (np.float64 if some is values else np.float32)
        np.testing.assert_allclose(found, some, 2.0**-12)
        assert np.array_equal(np.isfinite(found), np.isfinite(some))
    assert found[4] != np.float32(1.2345678)


def test_shares_an_excerpt_no_memory_with_the_arrays():
    case = Case(ConvSpec.make((1, 1)), np.ones((1, 4, 4, 1)), np.ones((1, 1, 1, 1)))
    y = np.ones((1, 4, 4, 1), np.float32)
    check = made(output("a", y), case=replace(case), maps=True)
    planes = take(case, check, 1_000_000).planes
    held = [planes.input, planes.exact, *planes.outputs, *planes.over, *planes.ulps]
    maps = check.judgements[0].maps
    for one in held:
        assert one.base is None or one.base.size <= one.size
        for other in (case.input, y, maps.ulps, maps.over_bound):
            assert not np.shares_memory(one, other)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
def test_are_integers_kept_as_integers(dtype):
    x = np.arange(60).reshape(1, 5, 4, 3).astype(np.uint8) % 20
    case = Case(ConvSpec.make((2, 2)), x, np.ones((2, 2, 3, 2), np.int8))
    right = exact(case).hi.astype(dtype)
    right[0, 1, 2, 1] = np.iinfo(dtype).max
    check = made(output("a", right), case=case, maps=True)
    numbers = take(case, check, 1_000_000).numbers
    values = decoded(numbers.outputs[0].values)
    assert values.dtype == right.dtype
    assert np.array_equal(values, right)
    assert decoded(numbers.input).dtype == np.uint8
    assert numbers.worst[0] == (0, 1, 2, 1)


def test_are_numbers_beyond_float32_drawn_without_a_warning():
    x = np.full((1, 4, 4, 3), 1e200)
    case = Case(ConvSpec.make((1, 1)), x, np.ones((1, 1, 3, 1)))
    y = exact(case).hi
    planes = take(case, made(output("a", -y), case=case, maps=True), 100_000).planes
    assert (planes.over[0] > 1e15).all()
    assert planes.input.max() == 1e200
