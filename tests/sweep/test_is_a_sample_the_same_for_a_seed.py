"""Is a random sample the same for the same seed, and are cases of every kind in it?"""

from __future__ import annotations

from typing import Any

import pytest

from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.sweep.failing.features import features
from convcheck.sweep.sample import sample
from convcheck.testing.space import Space
from convcheck.testing.strategies import fits

COUNT = 250
"""More than are drawn of one stream."""


@pytest.fixture(scope="module")
def drawn() -> list[Request]:
    return list(sample(Space(), COUNT, 3))


def test_are_they_as_many_and_all_different(drawn: list[Request]) -> None:
    assert len(drawn) == len(set(drawn)) == COUNT


def test_does_each_fit(drawn: list[Request]) -> None:
    assert all(fits(request) for request in drawn[::5])


def test_does_a_larger_number_go_on_after_a_smaller(drawn: list[Request]) -> None:
    assert list(sample(Space(), 40, 3)) == drawn[:40]
    assert list(sample(Space(), 40, 4)) != drawn[:40]


def test_is_every_kind_among_them(drawn: list[Request]) -> None:
    found = {word for request in drawn for word in features(request)}
    kinds = {
        *("rank 1", "rank 2", "rank 3", "padding same", "padding valid", "padding in numbers"),
        *(
            "stride > kernel",
            "dilation > 1 of several taps",
            "groups > 1",
            "depthwise",
            "transposed",
        ),
        *("output padding", "a window beyond the input", "pads that differ by side", "a bias"),
        *("pass input-gradient", "pass kernel-gradient", "pass bias-gradient", "pass forward"),
        *("dtype float32", "dtype float64", "dtype float16", "dtype bfloat16", "NHWC", "NCHW"),
        *("batch > 1", "batch 1", "an even kernel size", "input integers", "input wide"),
        *("input cancellation", "input subnormal", "input overflow", "input random"),
    }
    assert kinds <= found


def test_are_there_no_more_than_there_are() -> None:
    space = Space(
        rank=(1,),
        input=("random",),
        input_shape=((1, 3, 1),),
        dtype=("float32",),
        kernel_size=((1,),),
        filters=(1,),
        bias=("none",),
        strides=((1,), (2,)),
        padding=("valid",),
        dilations=((1,),),
        groups=(1,),
        transposed=("no",),
        data_format=("NHWC",),
        pass_=("forward",),
    )
    seeds = 1_000  # of the arrays; all the rest is one of two
    found = list(sample(space, 50, 0))
    assert len(found) == 50 <= 2 * seeds
    assert {request.strides for request in found} == {(1,), (2,)}


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"rank": (1,), "input_shape": ((1, 8, 8, 4),)}, "of one rank"),
        ({"rank": (3,), "strides": ((2, 1),)}, "of one rank"),
        ({"groups": (3,), "filters": (4,)}, "groups=3 must divide the 4 filters"),
        ({"groups": (5,), "input_shape": ((1, 8, 8, 4),)}, "groups=5"),
        ({"input_shape": ((1, 100000, 100000, 1000),)}, "at most 300,000 products"),
        ({"transposed": ("yes",), "strides": ((2,),), "output_padding": ((5,),)}, "output padding"),
    ],
)
def test_are_axes_of_which_nothing_fits_told(axes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match="no random case fits these axes") as caught:
        list(sample(Space(**axes), 5, 0))
    assert said in str(caught.value)
