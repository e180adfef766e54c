"""Are any order of the images and any range of a clip named, and nothing that is neither?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec

from .planting import diagnosed, plain, recorded, wide


def drawn(rank: int, images: int = 9) -> Case:
    rng = np.random.default_rng([6, rank])
    x = rng.standard_normal((images, *(16, 9, 7)[:rank], 3)).astype("f4")
    kernel = rng.standard_normal((*(3,) * rank, 3, 4)).astype("f4")
    return Case(ConvSpec.make((3,) * rank), x, kernel, rng.standard_normal(4).astype("f4"))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("repeated", [False, True])
def test_is_any_order_of_the_images_named(rank, repeated):
    case, rng = drawn(rank), np.random.default_rng(rank)
    order = rng.integers(9, size=9) if repeated else rng.permutation(9)
    wrong = plain(replace(case, input=case.input[order]))
    _, (first, *_) = diagnosed(case, wrong)
    assert (first.cause, first.status) == ("batch-order", "proved")
    assert ", ".join(map(str, order[:8])) in first.summary


def test_is_an_image_of_another_batch_none_of_these():
    case = drawn(2)
    other = case.input.copy()
    other[4] = np.random.default_rng(9).standard_normal(other[4].shape)
    _, (first, *_) = diagnosed(case, plain(replace(case, input=other)))
    assert "batch-order" not in (first.cause, *first.also)
    assert first.status != "proved"


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("low", "high"), [(-2.7, 3.3), (None, 1.9), (-0.7, None)])
def test_is_any_range_of_a_clip_named(rank, low, high):
    case = drawn(rank)
    wrong = recorded(np.clip(wide(case), low, high), case.input.dtype)
    _, (first, *_) = diagnosed(case, wrong)
    assert (first.cause, first.status) == ("clipped", "proved")
    for end in (low, high):
        assert end is None or f"{np.float32(end):.8g}" in first.summary


def test_is_a_clip_that_something_leaves_none():
    case = drawn(2)
    y = np.clip(wide(case), -2, 2)
    y.ravel()[::50] = wide(case).ravel()[::50] * 1.1
    _, (first, *_) = diagnosed(case, recorded(y, case.input.dtype))
    assert "clipped" not in (first.cause, *first.also)
