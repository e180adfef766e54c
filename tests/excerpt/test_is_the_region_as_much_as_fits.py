"""Is the region the part around the worst element that fits, and all where all fits?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.excerpt.region import Cost, choose
from convcheck.excerpt.take import take
from convcheck.truth.exact import exact
from tests.excerpt.decode import decoded
from tests.reports.checks import made, output
from tests.truth.definition import random_case

COST = Cost(element=20.0, input=4.0, kernel=4.0)


def empty(shape: tuple[int, ...], filters: int, **spec) -> Case:
    """A case of this input's shape whose arrays take no memory."""
    groups = spec.get("groups", 1)
    rank = len(shape) - 2
    kernel = (3,) * rank + (shape[-1] // groups, filters)
    x, k = (np.broadcast_to(np.float32(1), size) for size in (shape, kernel))
    return Case(ConvSpec.make((3,) * rank, **spec), x, k)


def sizes(region) -> list[int]:
    return [stop - start for start, stop in region]


@pytest.mark.parametrize("seed", range(30))
def test_does_the_region_fit_and_hold_its_center(seed):
    rng = np.random.default_rng(seed)
    case = random_case(rng)
    shape = case.output_shape
    center = tuple(int(rng.integers(0, size)) for size in shape)
    whole = choose(case, center, COST, COST.of(case, shape))
    assert whole == tuple((0, size) for size in shape)
    most = float(rng.uniform(0, 1)) * COST.of(case, shape)
    region = choose(case, center, COST, most)
    if region is None:
        assert COST.of(case, [1] * len(shape)) > most
        return
    assert COST.of(case, sizes(region)) <= most
    for at, (start, stop), size in zip(center, region, shape, strict=True):
        assert 0 <= start <= at < stop <= size


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1e12, [10, 200, 200, 64]),
        (6e7, [1, 200, 200, 64]),
        (4e7, [1, 200, 200, 43]),
        (9e6, [1, 198, 198, 8]),
        (6e5, [1, 48, 48, 6]),
        (2e5, [1, 34, 34, 1]),
    ],
)
def test_are_images_given_up_first_then_filters_then_the_window(most, expected):
    case = empty((10, 200, 200, 32), 64)
    region = choose(case, (5, 100, 100, 32), COST, most)
    found = sizes(region)
    assert found[0] == expected[0]
    assert found[1:] == pytest.approx(expected[1:], rel=0.25)
    assert COST.of(case, found) > most * 0.7 or most == 1e12


@pytest.mark.parametrize(
    ("shape", "filters", "spec"),
    [
        ((1, 3000, 4), 16, {}),
        ((1, 60, 60, 8), 8, {"strides": 2}),
        ((1, 30, 30, 8), 16, {"groups": 8}),
        ((2, 14, 14, 14, 4), 4, {"dilations": 2}),
        ((1, 24, 24, 6), 6, {"groups": 3, "transposed": True, "strides": 2}),
    ],
)
@pytest.mark.parametrize("most", [200_000, 40_000, 8_000])
def test_do_the_numbers_fit_the_page_and_use_most_of_it(shape, filters, spec, most):
    rng = np.random.default_rng(0)
    groups, rank = spec.get("groups", 1), len(shape) - 2
    ends = (shape[-1] // groups, filters)
    if spec.get("transposed"):
        ends = (filters // groups, shape[-1])
    kernel = rng.standard_normal((3,) * rank + ends).astype(np.float32)
    x = rng.standard_normal(shape).astype(np.float32)
    case = Case(ConvSpec.make((3,) * rank, **spec), x, kernel)
    y = exact(case).hi
    check = made(output("a", y.astype("f4")), output("b", y), case=case, maps=True)
    numbers = take(case, check, most).numbers
    assert most * 0.5 < numbers.size <= most or sizes(numbers.region) == list(case.output_shape)


def test_is_noise_around_a_plain_part_counted():
    """What deflates well is around the worst element: the rest must not fill the page over."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 120, 120, 1))
    x[:, 40:80, 40:80] = 1
    case = Case(ConvSpec.make((1, 1)), x, np.ones((1, 1, 1, 1)))
    wrong = x.copy()
    wrong[0, 60, 60, 0] = 2
    check = made(output("a", x), output("b", wrong), case=case, maps=True)
    for most in (20_000, 60_000, 150_000):
        numbers = take(case, check, most).numbers
        assert most * 0.6 < numbers.size <= most


def test_is_there_no_number_where_none_fits():
    case = empty((1, 4, 4, 2000), 2)
    y = exact(case).hi
    found = take(case, made(output("a", y), case=case, maps=True), 1000)
    assert found.numbers is None
    assert found.planes.outputs[0].shape == (4, 4)


@pytest.mark.parametrize("place", [(0, 0, 0), (1, 400, 330), (1, 399, 3)])
def test_does_no_worst_element_vanish_from_the_pictures(place):
    case = Case(ConvSpec.make((1, 1)), np.ones((2, 401, 331, 1)), np.ones((1, 1, 1, 1)))
    y = np.ones((2, 401, 331, 1))
    wrong = y.copy()
    wrong[(*place, 0)] = 1 + 1e-6
    check = made(output("a", y), output("b", wrong), case=case, maps=True)
    found = take(case, check, 20_000)
    planes = found.planes
    assert planes.at == (*place, 0)
    assert max(planes.exact.shape) <= 320
    spot = tuple(at // planes.block for at in place[1:])
    for plane in (planes.difference, planes.over[1], planes.ulps[1]):
        assert plane[spot] == plane.max() > 1
        assert np.count_nonzero(plane) == 1
    start = [start for start, _ in found.numbers.region]
    here = tuple(at - first for at, first in zip((*place, 0), start, strict=True))
    assert decoded(found.numbers.outputs[1].values)[here] == 1 + 1e-6
    assert sum(planes.counts[0]) == y.size


def test_is_the_slice_of_a_volume_the_worst_ones():
    case = Case(ConvSpec.make((1, 1, 1)), np.ones((1, 5, 6, 7, 2)), np.ones((1, 1, 1, 2, 3)))
    y = exact(case).hi
    wrong = y.copy()
    wrong[0, 3, 2, 4, 1] = 5
    planes = take(case, made(output("a", wrong), case=case, maps=True), 100_000).planes
    assert planes.at == (0, 3, 2, 4, 1)
    assert planes.outputs[0].shape == (6, 7)
    assert planes.outputs[0][2, 4] == 5
    assert planes.over[0].argmax() == 2 * 7 + 4
    assert planes.input.shape == (6, 7)
