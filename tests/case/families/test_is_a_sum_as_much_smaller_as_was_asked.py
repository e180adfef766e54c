"""Is what is left of a sum as much smaller than its products as ``cancellation:C`` asks?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.errors import UsageError
from tests.case.families.requests import FLOATS, products, random_request

SPACING = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def conditions(case):
    """Of each output that adds up anything, and whether its window lies inside the input."""
    for _, found, whole in products(case):
        if len(found) > (case.bias is not None):
            left = abs(sum(found))
            yield (sum(map(abs, found)) / left if left else np.inf), whole


def request(c: float, dtype: str, **more) -> Request:
    settings = {
        "input": f"cancellation:{c!r}", "input_shape": (1, 3, 4, 4), "input_dtype": dtype,
        "kernel": "random", "kernel_dtype": dtype, "kernel_size": (3,), "filters": 2, **more,
    }  # fmt: skip
    return Request(**settings)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("channels", [2, 3, 4, 7])
@pytest.mark.parametrize("seed", range(2))
def test_is_every_output_of_paired_channels_within_a_factor_of_two(dtype, channels, seed):
    """From 1 to the largest that there is, at every border, with a bias and without one."""
    most = 2 / SPACING[dtype] ** 2
    for c in (1, 2, 10, 100, 128, 129, *np.geomspace(200, most, 7)[:-1], most / 2, most):
        for bias in ("none", "random"):
            asked = request(float(c), dtype, input_shape=(1, 3, 4, channels), bias=bias, seed=seed)
            for condition, _ in conditions(build(asked)):
                assert c / 2 <= condition <= 2 * c, c


@pytest.mark.parametrize("seed", range(40))
def test_is_it_so_of_any_geometry(seed):
    draw = np.random.default_rng(seed)
    while True:
        asked = random_request(draw, "cancellation:1")
        if asked.input_shape[-1] // asked.groups > 1:
            break
    c = float(np.exp(draw.uniform(0, np.log(2 / SPACING[asked.input_dtype] ** 2))))
    asked = replace(asked, input=f"cancellation:{c!r}")
    for condition, _ in conditions(build(asked)):
        assert c / 2 <= condition <= 2 * c


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("taps", [2, 3, 5])
@pytest.mark.parametrize("groups", [1, 3])
def test_are_windows_within_one_channel_so_too(dtype, taps, groups):
    most = 1 / SPACING[dtype]
    for c in (1, 2, 10, 50, *np.geomspace(60, most, 5)):
        asked = request(
            float(c), dtype, input_shape=(1, 7, 6, groups), groups=groups, filters=2 * groups,
            kernel_size=(taps,), padding="valid",
        )  # fmt: skip
        for condition, whole in conditions(build(asked)):
            assert whole
            assert c / 2 <= condition <= 2 * c, c


def test_are_taps_paired_that_meet_in_an_output():
    """Of a transposed convolution every other one does."""
    asked = request(
        1000.0, "float32", input_shape=(1, 6, 1), kernel_size=(6,), transposed=True, strides=(2,),
        padding="valid",
    )  # fmt: skip
    found = [condition for condition, whole in conditions(build(asked)) if whole]
    assert found
    assert all(500 <= condition <= 2000 for condition in found)


@pytest.mark.parametrize("dtype", FLOATS)
def test_do_channels_places_and_filters_differ(dtype):
    """Else a fault that mixes them up would not show."""
    case = build(request(50.0, dtype, input_shape=(2, 5, 5, 6), filters=3))
    x, kernel = case.input.astype(np.float64), case.kernel.astype(np.float64)
    assert len({x[..., c].tobytes() for c in range(6)}) == 6
    assert len({x[:, i, j].tobytes() for i in range(5) for j in range(5)}) == 25
    assert len({kernel[..., f].tobytes() for f in range(3)}) == 3
    assert len({kernel[i, j].tobytes() for i in range(3) for j in range(3)}) == 9
    assert kernel.min() < 0 < kernel.max()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"kernel": "ones"}, "add --kernel random"),
        ({"pass_": "input-gradient"}, "leave --pass out, or take --input integers"),
        ({"input_shape": (1, 4, 4, 1), "kernel_size": (1,)}, "one product here"),
        ({"input": "cancellation:3e14"}, "in float32 1.41e+14 is the largest"),
        ({"input": "cancellation:4e4", "kernel_dtype": "bfloat16"}, "in bfloat16 3.28e+04 is"),
        ({"input": "cancellation:1e7", "groups": 4, "filters": 4}, "8.39e+06 is the largest"),
        ({"kernel_dtype": "int8"}, "take --input integers"),
    ],
)
def test_is_what_cannot_be_made_told(more, words):
    with pytest.raises(UsageError) as caught:
        build(request(1e3, "float32", **more))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_is_a_bias_of_zeros_taken_and_another_refused(tmp_path):
    np.save(tmp_path / "b.npy", np.float32([1, 0]))
    assert not build(request(1e3, "float32", bias="zeros")).bias.any()
    with pytest.raises(UsageError, match="give --bias random"):
        build(request(1e3, "float32", bias=f"{tmp_path}/b.npy"))


def test_does_the_check_notice_a_changed_kernel():
    """The conditions above are of these very numbers: one digit more and they are others."""
    case = build(request(1e12, "float32"))
    case.kernel[0, 0, 0, 0] *= np.float32(1 + 2**-20)
    assert any(not 5e11 <= condition <= 2e12 for condition, _ in conditions(case))
    assert Fraction(float(case.kernel[0, 0, 0, 0])).denominator > 1
