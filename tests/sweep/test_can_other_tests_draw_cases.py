"""Can somebody's own test draw convolutions, and does one that fails shrink to a plain one?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings

import convcheck
from convcheck.testing.strategies import cases, conv_specs, requests
from tests.sweep.planted import honest

SETTINGS = settings(
    max_examples=25,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@SETTINGS
@given(case=cases(dtype=("float32",), pass_=("forward",), input=("random",)))
def test_does_a_case_bring_all_that_a_test_needs(case: Any) -> None:
    spec = case.spec
    output = honest(
        case.input,
        case.kernel,
        bias=case.bias,
        strides=spec.strides,
        pads=[(axis.before, axis.after) for axis in spec.axes(case.input.shape)],
        dilations=spec.dilations,
        groups=spec.groups,
        transposed=spec.transposed,
    )
    assert output.shape == case.output_shape


@pytest.mark.parametrize(
    ("wrong", "fewest"),
    [
        (lambda r: max(r.strides) > 1, {"strides": 2, "input_shape": 1, "groups": 1}),
        (lambda r: r.groups > 1, {"groups": 2, "strides": 1}),
        (lambda r: r.transposed, {"strides": 1, "groups": 1}),
    ],
    ids=["strides", "groups", "transposed"],
)
def test_does_it_shrink_to_a_plain_one(wrong: Any, fewest: dict[str, int]) -> None:
    found = find(requests(), wrong, settings=settings(SETTINGS, max_examples=400))
    largest = {
        "strides": max(found.strides),
        "input_shape": max(found.input_shape or ()),
        "groups": found.groups,
    }
    assert {name: largest[name] for name in fewest} == fewest
    assert (found.input, found.input_dtype) == ("random", "float32")
    assert (found.pass_, found.bias, found.data_format) == ("forward", "none", "NHWC")
    assert max(found.dilations) == 1


def test_do_axes_limit_what_is_drawn() -> None:
    @SETTINGS
    @given(spec=conv_specs(kernel_size=((3, 3),), strides=((2,),), transposed=("no",)))
    def check(spec: Any) -> None:
        assert (spec.kernel_size, spec.strides, spec.transposed) == ((3, 3), (2, 2), False)

    check()
    assert convcheck.__version__
