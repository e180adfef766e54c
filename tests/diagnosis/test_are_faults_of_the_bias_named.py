"""Are faults of the bias named that no list of variants can hold: any order, any channels?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec

from .planting import diagnosed, plain, recorded, wide

FILTERS = 16


def drawn(rank: int, seed: int, *, equal_filters: bool = False) -> Case:
    rng = np.random.default_rng([5, rank, seed])
    x = rng.standard_normal((3, *(16, 9, 7)[:rank], 3)).astype("f4")
    kernel = rng.standard_normal((*(3,) * rank, 3, FILTERS)).astype("f4")
    if equal_filters:
        kernel = np.repeat(kernel[..., :1], FILTERS, -1)
    bias = rng.standard_normal(FILTERS).astype("f4")
    return Case(ConvSpec.make((3,) * rank), x, kernel, bias)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("equal_filters", [False, True])
@pytest.mark.parametrize("count", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_is_any_order_of_the_bias_named(rank, equal_filters, count):
    for seed in range(count):
        case = drawn(rank, seed, equal_filters=equal_filters)
        order = np.random.default_rng(seed).permutation(FILTERS)
        _, (first, *_) = diagnosed(case, plain(replace(case, bias=case.bias[order])))
        assert (first.cause, first.status) == ("bias-order", "proved")
        assert first.also == ("output-offset",)
        assert ", ".join(map(str, order[:8])) in first.summary


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("count", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_are_any_channels_without_bias_named(rank, count):
    for seed in range(count):
        case = drawn(rank, seed)
        gone = np.random.default_rng(seed).random(FILTERS) < 0.4
        _, (first, *_) = diagnosed(case, plain(replace(case, bias=np.where(gone, 0, case.bias))))
        assert (first.cause, first.status) == ("bias-missing-in-channels", "proved")
        assert first.also == ("output-offset",)


def test_is_an_offset_of_no_channel_s_bias_an_offset():
    case = drawn(2, 0)
    other = np.random.default_rng(3).standard_normal(FILTERS).astype("f4")
    _, (first, *_) = diagnosed(case, plain(replace(case, bias=other)))
    assert (first.cause, first.also) == ("output-offset", ())


def channels_first(y: np.ndarray) -> np.ndarray:
    return np.moveaxis(y, -1, 1)


def channels_last(y: np.ndarray) -> np.ndarray:
    return np.moveaxis(y, 1, -1)


def along_the_width(y: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return channels_last(channels_first(y) + bias)


def last_taken_for_first(y: np.ndarray, bias: np.ndarray) -> np.ndarray:
    n, *spatial, filters = y.shape
    read = y.reshape(n, filters, *spatial) + bias.reshape(-1, *[1] * len(spatial))
    return read.reshape(y.shape)


def first_taken_for_last(y: np.ndarray, bias: np.ndarray) -> np.ndarray:
    stored = np.ascontiguousarray(channels_first(y))
    read = stored.reshape(y.shape) + bias
    return channels_last(read.reshape(stored.shape))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("add", [along_the_width, last_taken_for_first, first_taken_for_last])
@pytest.mark.parametrize("transposed", [False, True])
def test_is_a_bias_along_another_axis_named(rank, add, transposed):
    """Added by NumPy's own broadcasting, as who mixes layouts up does."""
    rng = np.random.default_rng(rank)
    width = 8
    spec = ConvSpec.make((3,) * rank, transposed=transposed)
    ends = (width, 3) if transposed else (3, width)
    x = rng.standard_normal((4, *(5, 6)[: rank - 1], width, 3)).astype("f4")
    kernel = rng.standard_normal((*spec.kernel_size, *ends)).astype("f4")
    bias = rng.standard_normal(width).astype("f4")
    case = Case(spec, x, kernel, bias)
    wrong = recorded(add(wide(replace(case, bias=None)), bias), x.dtype)
    _, (first, *_) = diagnosed(case, wrong)
    assert (first.cause, first.status) == ("bias-axis", "proved")
