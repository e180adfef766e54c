"""Is damage named, judged against all other outputs, and located in words that are right?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Finding
from tests.diagnosis.many import MANY

from .planting import departs, diagnosed, plain

SPATIAL = {1: (499,), 2: (37, 41), 3: (11, 13, 12)}
IMAGES, FILTERS = 3, 16

Rng = np.random.Generator


def drawn(rank: int, seed: int, **keys: object) -> Case:
    rng = np.random.default_rng([10, rank, seed])
    spec = ConvSpec.make((int(rng.choice([1, 3, 5])),) * rank, **keys)  # type: ignore[arg-type]
    x = rng.standard_normal((IMAGES, *SPATIAL[rank], 4)).astype("f4")
    kernel = rng.standard_normal((*spec.kernel_size, 4, FILTERS)).astype("f4")
    return Case(spec, x, kernel)


def damaged(
    case: Case, change: Callable[[np.ndarray, Rng], str], seed: int = 0
) -> tuple[str, Finding]:
    """Where the damage is, in the words that a report should have, and the first finding."""
    good = plain(case)
    out = good.array.copy()
    words = change(out, np.random.default_rng(seed))
    wrong = replace(good, array=out)
    assert departs(case, wrong)
    _, (first, *_) = diagnosed(case, wrong)
    return words, first


def spoil(out: np.ndarray, place: tuple[object, ...], rng: Rng) -> None:
    """0, memory that was something else, or an older result."""
    kind = rng.integers(3)
    old = out[place]
    if kind == 0:
        out[place] = 0
    elif kind == 1:
        out[place] = rng.standard_normal(old.shape) * 30
    else:
        out[place] = old[::-1] if len(old) > 1 else old + 1


def tail(out: np.ndarray, rng: Rng) -> str:
    """What is left over of a loop over vectors of 8."""
    axis = int(rng.integers(1, out.ndim - 1))
    size = out.shape[axis]
    left = size % 8 or 3
    spoil(out, (*[slice(None)] * axis, slice(size - left, None)), rng)
    return f"the last {left} of {size} along axis {axis}"


def row(out: np.ndarray, rng: Rng) -> str:
    axis = int(rng.integers(1, out.ndim - 1))
    at = int(rng.integers(1, out.shape[axis] - 1))
    spoil(out, (*[slice(None)] * axis, slice(at, at + 1)), rng)
    return f"number {at} of 0 to {out.shape[axis] - 1} along axis {axis}"


def image(out: np.ndarray, rng: Rng) -> str:
    at = int(rng.integers(len(out)))
    spoil(out, (slice(at, at + 1),), rng)
    return f"image {at}"


def part_of_an_image(out: np.ndarray, rng: Rng) -> str:
    at = int(rng.integers(len(out)))
    out[at, :3] = 7
    return f"image {at}, the first 3 of {out.shape[1]} along axis 1, 7.0 throughout"


def part_of_a_channel(out: np.ndarray, rng: Rng) -> str:
    out[:, -4:, ..., 5] = 0
    where = f"the last 4 of {out.shape[1]} along axis 1"
    return f"{where}, channel 5, 0 throughout"


def lane(out: np.ndarray, rng: Rng) -> str:
    """One lane of a vector of 4 along the last spatial axis."""
    out[..., 2::4, :] = 0
    size = out.shape[-2]
    last = range(2, size, 4)[-1]
    return f"every 4th from 2 to {last} of {size} along axis {out.ndim - 2}"


BLOCKS = [tail, row, image, part_of_an_image, part_of_a_channel, lane]


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("change", BLOCKS)
@pytest.mark.parametrize("count", [1, pytest.param(7, marks=pytest.mark.slow)])
def test_is_a_block_named_where_it_is(rank, change, count):
    for seed in range(count):
        words, first = damaged(drawn(rank, seed), change, seed)
        assert (first.cause, first.status) == ("stale-block", "supported"), (seed, first)
        assert f"damaged, {words}" in first.summary


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("count", [4, pytest.param(MANY, marks=pytest.mark.slow)])
def test_are_channels_named(rank, count):
    for seed in range(count):
        rng = np.random.default_rng(seed)
        width = int(rng.choice([1, 4]))
        first_one = int(rng.integers(FILTERS - width))

        def channels(out: np.ndarray, rng: Rng, first: int = first_one, width: int = width) -> str:
            spoil(out, (..., slice(first, first + width)), rng)
            return f"channel {first}" if width == 1 else f"channels {first} to {first + width - 1}"

        words, found = damaged(drawn(rank, seed), channels, seed)
        assert (found.cause, found.status) == ("corrupted-channel", "supported")
        assert f"damaged, {words}" in found.summary


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("count", [4, pytest.param(MANY, marks=pytest.mark.slow)])
def test_is_one_flipped_bit_in_ten_thousand_outputs_found(rank, count):
    """Any bit of the exponent, or one of the significand that leaves the bound far behind."""
    for seed in range(count):

        def flip(out: np.ndarray, rng: Rng) -> str:
            bits = out.view("u4")
            at = tuple(int(rng.integers(n)) for n in out.shape)
            bits[at] ^= np.uint32(1 << int(rng.integers(18, 29)))
            return str(at)

        words, first = damaged(drawn(rank, seed), flip, seed)
        assert (first.cause, first.status) == ("corrupted-elements", "supported"), (seed, first)
        assert f"at {words}" in first.summary


def test_is_a_scattered_few_elements_no_block():
    def scatter(out: np.ndarray, rng: Rng) -> str:
        places = np.sort(rng.choice(out.size, 40, replace=False))
        out.ravel()[places] = 100
        return str(tuple(int(i) for i in np.unravel_index(places[0], out.shape)))

    words, first = damaged(drawn(2, 0), scatter)
    assert first.cause == "corrupted-elements"
    assert f"at {words}" in first.summary


def test_is_a_block_that_repeats_what_stands_before_told_so():
    def repeat(out: np.ndarray, rng: Rng) -> str:
        out[:, 20:24] = out[:, 16:20]
        return "numbers 20 to 23 of 0 to 36 along axis 1, the same as what stands before"

    words, first = damaged(drawn(2, 0), repeat)
    assert first.cause == "stale-block"
    assert f"damaged, {words}" in first.summary


@pytest.mark.parametrize("rank", [1, 2])
def test_is_a_wrong_border_no_damage(rank):
    """Noise in place of zeros around the input: no block, though few outputs read it."""
    case = drawn(rank, 1)
    pads = [(0, 0), *case.pads, (0, 0)]
    if not any(map(any, case.pads)):
        case = replace(case, spec=ConvSpec.make((1,) * rank, padding=1))
        pads = [(0, 0), *[(1, 1)] * rank, (0, 0)]
    x = np.pad(case.input, pads)
    noise = np.random.default_rng(0).standard_normal(x.shape).astype("f4")
    inside = np.pad(np.ones(case.input.shape, bool), pads)
    spec = replace(case.spec, padding=((0, 0),) * rank)
    wrong = plain(replace(case, input=np.where(inside, x, noise), spec=spec))
    _, (first, *_) = diagnosed(case, wrong)
    assert first.cause == "unexplained"


def test_is_one_padded_side_that_is_wrong_no_damage():
    """SAME of a stride: the one side that reads padding, and all of it."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 40, 3)).astype("f4")
    case = Case(ConvSpec.make((3,), strides=2), x, rng.standard_normal((3, 3, 4)).astype("f4"))
    assert case.pads == ((0, 1),)
    longer = np.concatenate([x, rng.standard_normal((2, 1, 3)).astype("f4")], axis=1)
    wrong = plain(replace(case, input=longer, spec=replace(case.spec, padding="valid")))
    _, (first, *_) = diagnosed(case, wrong)
    assert first.cause == "unexplained"
    assert "the last 1 of 20 along axis 1" in first.summary


def test_is_the_rest_that_departs_a_little_no_damage_of_some():
    """Noise everywhere, of which only the tail leaves the bound: the others are no witnesses."""
    case = drawn(2, 0)
    good = plain(case)
    rng = np.random.default_rng(1)
    limit = 27 * 2.0**-24 * np.abs(good.array).mean()
    wrong = replace(
        good, array=good.array + (limit * rng.standard_normal(good.array.shape) * 4).astype("f4")
    )
    assert departs(case, wrong)
    _, (first, *_) = diagnosed(case, wrong)
    assert first.cause not in ("corrupted-elements", "stale-block", "corrupted-channel")
