"""Is it told what all failing cases have and passing ones do not, in the fewest words?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from convcheck.case.request import Request
from convcheck.sweep.failing.features import MOST, each_axis, features, in_common, rank_of

PLAIN: Mapping[str, Any] = {
    "input": "random",
    "kernel": "random",
    "input_shape": (1, 6, 7, 8),
    "kernel_size": (3, 3),
    "filters": 8,
    "input_dtype": "float32",
    "bias": "none",
}


def case(**options: Any) -> Request:
    return Request(**{**PLAIN, **options})


@pytest.mark.parametrize(
    ("word", "has", "lacks"),
    [
        ("stride > kernel", {"strides": (1, 4)}, {"strides": (3, 3)}),
        ("stride > 1", {"strides": (2, 1)}, {"strides": (1,)}),
        ("stride 1", {"strides": (1, 1)}, {"strides": (1, 2)}),
        ("strides that differ", {"strides": (1, 2)}, {"strides": (2, 2)}),
        ("dilation > 1 of several taps", {"dilations": (2,)}, {"dilations": (1,)}),
        (
            "dilation > 1 of several taps",
            {"dilations": (1, 2), "kernel_size": (1, 3)},
            {"dilations": (2, 1), "kernel_size": (1, 3)},
        ),
        ("kernel of one tap", {"kernel_size": (1,)}, {"kernel_size": (1, 2)}),
        ("kernel of several taps", {"kernel_size": (1, 2)}, {"kernel_size": (1, 1)}),
        ("an even kernel size", {"kernel_size": (3, 2)}, {"kernel_size": (3, 5)}),
        ("a window beyond the input", {"kernel_size": (3, 8)}, {"kernel_size": (6, 7)}),
        (
            "a window beyond the input",
            {"kernel_size": (3, 3), "dilations": (3, 1)},
            {"kernel_size": (3, 3), "dilations": (2, 1)},
        ),
        ("pads that differ by side", {"padding": ((1, 1), (0, 2))}, {"padding": ((1, 1), (2, 2))}),
        ("pads that differ by side", {"padding": ((0, 1), (0, 1))}, {"padding": "same"}),
        ("groups > 1", {"groups": 2}, {"groups": 1}),
        ("one group", {"groups": 1}, {"groups": 2}),
        ("depthwise", {"groups": 8}, {"groups": 4}),
        ("depthwise", {"groups": 8}, {"groups": 1, "input_shape": (1, 6, 7, 1)}),
        ("several filters in a group", {"groups": 4}, {"groups": 8}),
        ("one filter in a group", {"groups": 8}, {"groups": 4}),
        ("one filter in a group", {"groups": 4, "filters": None}, {"groups": 4, "filters": 8}),
        ("one channel", {"input_shape": (1, 6, 7, 1)}, {}),
        ("channels no multiple of 8", {"input_shape": (1, 6, 7, 12)}, {}),
        ("channels a multiple of 8", {"input_shape": (1, 6, 7, 16)}, {"input_shape": (1, 6, 7, 4)}),
        ("filters no multiple of 8", {"filters": 9}, {"filters": 16}),
        ("batch > 1", {"input_shape": (2, 6, 7, 8)}, {}),
        ("batch 1", {}, {"input_shape": (2, 6, 7, 8)}),
        ("a dtype narrower than float32", {"input_dtype": "bfloat16"}, {"input_dtype": "float64"}),
        ("transposed", {"transposed": True}, {}),
        ("not transposed", {}, {"transposed": True}),
        ("output padding", {"output_padding": (0, 1)}, {"output_padding": (0, 0)}),
        ("a bias", {"bias": "random"}, {}),
        ("no bias", {}, {"bias": "zeros"}),
        ("no bias", {}, {"pass_": "bias-gradient"}),
        ("rank 2", {}, {"input_shape": (1, 6, 8), "kernel_size": (3,)}),
        ("padding in numbers", {"padding": (1, 1)}, {"padding": "valid"}),
        ("padding valid", {"padding": "valid"}, {"padding": "same"}),
        ("input cancellation", {"input": "cancellation:1e6"}, {"input": "wide"}),
        ("pass kernel-gradient", {"pass_": "kernel-gradient"}, {}),
        ("NCHW", {"data_format": "NCHW"}, {}),
        ("dtype float16", {"input_dtype": "float16"}, {}),
    ],
)
def test_does_a_word_say_what_it_means(
    word: str, has: Mapping[str, Any], lacks: Mapping[str, Any]
) -> None:
    assert word in features(case(**has))
    assert word not in features(case(**lacks))


@pytest.mark.parametrize(
    ("rank", "options"),
    [
        (2, {}),
        (1, {"input_shape": (1, 6, 8), "kernel_size": (3,)}),
        (3, {"rank": 3, "input_shape": None, "input": "x.npy", "kernel_size": (3,)}),
        (2, {"input_shape": None, "input": "x.npy", "kernel_size": (3,)}),
        (3, {"input_shape": None, "input": "x.npy", "kernel_size": (3,), "strides": (1, 2, 1)}),
    ],
)
def test_are_there_as_many_axes_as_are_given(rank: int, options: Mapping[str, Any]) -> None:
    request = case(**options)
    assert rank_of(request) == rank
    assert (f"rank {rank}" in features(request)) == (request.input_shape is not None)
    assert len(each_axis((2,), rank)) == rank


def test_is_the_word_found_that_tells_failing_from_passing() -> None:
    failing = [case(strides=(4, 4), filters=n) for n in range(1, 9)]
    passing = [case(strides=(2, 2), filters=n) for n in range(1, 20)]
    assert told(failing, passing) == (("stride > kernel",), 0)


def test_are_two_words_found_that_tell_together() -> None:
    """Neither alone does: both halves of each pass."""
    failing = [case(groups=2, input_shape=(n, 6, 7, 8)) for n in (2, 3, 4)]
    passing = [case(input_shape=(n, 6, 7, 8)) for n in (1, 2, 3)] + [case(groups=2)] * 2
    assert told(failing, passing) == (("batch > 1", "groups > 1"), 0)


def test_is_it_counted_who_has_it_and_passes() -> None:
    failing = [case(strides=(2, 2), kernel_size=(k,)) for k in (1, 2, 3)]
    passing = [case(strides=(2, 2), kernel_size=(5,)), case(), case()]
    words, others = told(failing, passing)
    assert words[0] == "stride > 1"
    assert others == 1


@pytest.mark.parametrize(
    ("failing", "passing"),
    [
        ([case()], []),  # nothing to be told from
        ([case(), case(strides=(2, 2))], [case(), case(strides=(2, 2))]),
    ],
)
def test_is_nothing_said_where_nothing_tells_them(
    failing: list[Request], passing: list[Request]
) -> None:
    assert told(failing, passing) == ((), len(passing))


def test_is_each_word_needed() -> None:
    """At most three, each of them fewer that pass: what leaves as many is left out."""
    failing = [case(strides=(4, 4), input_shape=(2, 6, 7, 3), groups=3, filters=6)]
    passing = [
        case(strides=strides, input_shape=(batch, 6, 7, channels))
        for strides in ((1, 1), (4, 4))
        for batch in (1, 2)
        for channels in (3, 8)
    ]
    words, others = told(failing, passing)
    assert len(words) <= MOST
    left = math.inf
    for n in range(len(words) + 1):
        having = [one for one in map(features, passing) if {*words[:n]} <= one]
        assert len(having) < left
        left = len(having)
    assert left == others


def told(failing: list[Request], passing: list[Request]) -> tuple[tuple[str, ...], int]:
    return in_common(map(features, failing), [features(one) for one in passing])


@pytest.mark.parametrize(
    "options",
    [
        {"input": "x.npy", "input_shape": None, "input_dtype": None},
        {"kernel": "k.npy", "kernel_size": None, "filters": None},
    ],
)
def test_is_nothing_said_of_what_only_a_file_tells(options: Mapping[str, Any]) -> None:
    words = features(case(**options, strides=(2, 2)))
    assert "stride > 1" in words
    told_by_files = ("batch", "channel", "filter", "kernel", "depthwise", "window", "narrower")
    assert not [word for word in words if any(one in word for one in told_by_files)]
