"""Are parameters that make no sense, or fit no array, refused in one line that says what to do?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters

SOUND: dict[str, Any] = {
    "input_scale": 0.1,
    "kernel_scale": [0.2, 0.3],
    "output_scale": 0.4,
    "input_zero_point": -128,
    "output_zero_point": 127,
}


@pytest.mark.parametrize("name", ["input_scale", "kernel_scale", "output_scale"])
@pytest.mark.parametrize("value", [0, -0.0, -1.5, np.nan, np.inf, -np.inf, 1e-39, 1e39, 1e-60])
@pytest.mark.filterwarnings("error")
def test_is_a_scale_refused_that_is_no_normal_number(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"^the {name.replace('_', ' ')} is .*expected a number"):
        Parameters(**{**SOUND, name: value})


def test_is_the_channel_named_whose_scale_is_wrong() -> None:
    with pytest.raises(UsageError, match=r"^the kernel scale of channel 1 is nan; expected"):
        Parameters(**{**SOUND, "kernel_scale": [1.0, np.nan]})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_zero_point": 128}, "the input zero point of int8 is 128; expected -128 to 127"),
        ({"output_zero_point": -129}, "the output zero point of int8 is -129; expected -128 to"),
        ({"kernel_zero_point": [0, 200]}, "the kernel zero point of int8 is 200; expected -128"),
        ({"input_dtype": "uint8"}, "the input zero point of uint8 is -128; expected 0 to 255"),
        (
            {"input_dtype": "int16"},
            "the input zero point of int16 is -128; expected 0, as int16 activations have it",
        ),
        ({"input_zero_point": 1.5}, "the input zero point is 1.5; expected an integer"),
        ({"kernel_zero_point": [0, 0, 0]}, "3 kernel zero points but 2 kernel scales; give one"),
        ({"input_scale": [1, 2]}, r"the input scale has shape \(2,\); expected one number$"),
        ({"kernel_scale": [[1, 2]]}, r"the kernel scale has shape \(1, 2\); expected one number, "),
        ({"kernel_scale": []}, r"the kernel scale has shape \(0,\); expected one number, or"),
        ({"input_scale": "much"}, "the input scale is no number: 'much'"),
        ({"activation": "tanh"}, "the activation is 'tanh'; expected none, relu, relu6"),
        ({"input_dtype": "int32"}, "the input's dtype is 'int32'; expected int8, uint8, int16"),
        ({"kernel_dtype": "int16"}, "the kernel's dtype is 'int16'; expected int8, uint8"),
        ({"input_scale": 1e-25, "kernel_scale": 1e-25}, "input scale . kernel scale is 1e-50, wh"),
        ({"kernel_scale": 1e30, "output_scale": 1e-30}, "input scale .* output scale is 1e.59"),
        (
            {"input_scale": 1e9, "output_scale": 3e38},
            "1 / output scale is 3.33e-39, which float32 does not hold",
        ),
        (
            {"input_scale": 1e34, "kernel_scale": 1e-30},
            r"2\^31 . input scale is 2.15e.43, which float32",
        ),
        (
            {"input_scale": 1e15, "kernel_scale": 1e15, "output_scale": 1e30},
            r"2\^31 . input scale . kernel scale is 2.15e.39, which float32",
        ),
    ],
)
def test_does_the_message_say_what_was_expected(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}") as raised:
        Parameters(**{**SOUND, **changes})
    assert "\n" not in str(raised.value)


def case(bias: Any = None, dtype: str = "int8", filters: int = 2) -> Case:
    return Case(
        ConvSpec.make((1, 1)),
        np.zeros((1, 2, 2, 3), dtype),
        np.zeros((1, 1, 3, filters), np.int8),
        bias,
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (case(dtype="float32"), "the input is float32, but its parameters are of int8 numbers"),
        (case(dtype="uint8"), "the input is uint8, but its parameters are of int8 numbers"),
        (case(filters=3), "2 kernel scales for a kernel of 3 output channels; give 1, or 3"),
        (case(np.zeros(2, np.int16)), "the bias is int16; expected int32, int64, float32"),
        (case(np.array([0, np.nan], np.float32)), "the bias holds NaN or infinity"),
        (case(np.array([0, 2**62 + 1])), r"the bias is beyond 2\^62 in magnitude"),
        (case(np.array([0, -(2**63)])), r"the bias is beyond 2\^62 in magnitude"),
    ],
)
def test_are_arrays_refused_that_do_not_fit(given: Case, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        QuantizedCase(given, Parameters(**SOUND))


def test_is_a_bias_refused_whose_real_number_float32_does_not_hold() -> None:
    huge = Parameters(2.0**40, [2.0**40, 2.0**40], 2.0**80)  # a bias of 2^48 stands for 2^128
    with pytest.raises(UsageError, match=r"^bias .* is beyond the largest float32"):
        QuantizedCase(case(np.array([0, 2**48])), huge)
    QuantizedCase(case(np.array([0, 2**47])), huge)


def test_are_scales_those_that_float32_holds() -> None:
    p = Parameters(**SOUND)
    assert p.i == np.float32(0.1)
    assert p.w.dtype == np.float32
    assert p.w.tolist() == np.array([0.2, 0.3], np.float32).tolist()
    assert not p.by_tensor
    assert Parameters(1, 2, 3).by_tensor
