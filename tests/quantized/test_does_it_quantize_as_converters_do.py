"""Is a case of real numbers quantized as converters do it, and is what comes of it near to it?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError
from convcheck.quantized.from_float import activation_parameters, quantize
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.names import SCHEMES
from convcheck.quantized.sums import exact_sums
from tests.implementations.convolution_by_definition import convolved


@pytest.mark.parametrize(
    ("low", "high", "dtype", "scale", "zero_point"),
    [
        (-1.0, 1.55, "int8", 0.01, -28),
        (0.0, 2.55, "int8", 0.01, -128),
        (0.5, 2.55, "uint8", 0.01, 0),
        (-2.55, -1.0, "uint8", 0.01, 255),
        (-3.0, 327.67, "int16", 0.01, 0),
        (0.0, 0.0, "uint8", 1.0, 0),
    ],
)
def test_does_a_range_with_0_in_it_give_scale_and_zero_point(
    low: float, high: float, dtype: str, scale: float, zero_point: int
) -> None:
    assert activation_parameters(low, high, dtype) == (np.float32(scale), zero_point)


def float_case(**keys: object) -> Case:
    rng = np.random.default_rng(2)
    spec = ConvSpec.make((3, 2), **keys)  # type: ignore[arg-type]
    last = (6 // spec.groups, 4) if spec.transposed else (4 // spec.groups, 6)
    kernel = rng.standard_normal((3, 2, *last))
    kernel[..., 1] *= 1e-3
    return Case(spec, rng.random((1, 6, 7, 4)), kernel, rng.standard_normal(6))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("keys", [{}, {"groups": 2, "strides": 2}, {"transposed": True}])
def test_is_the_quantized_output_near_the_real_one(scheme: str, keys: dict[str, object]) -> None:
    case = float_case(**keys)
    y = convolved(case)
    quantized = quantize(case, scheme, (float(y.min()), float(y.max())))
    p = quantized.parameters
    out = FORMULAS["I64/Mdbl" if scheme == "int16x8" else "D/Mdbl"].output(exact_sums(quantized), p)
    back = (out - p.output_zero_point) * float(p.o)
    step = float(np.ptp(y)) / 255
    assert np.abs(back - y).max() < (3 if scheme == "uint8" else 2) * step


def test_has_each_channel_of_the_kernel_a_scale_of_its_own_and_no_zero_point() -> None:
    case = float_case()
    quantized = quantize(case, "int8", (-1, 1))
    p = quantized.parameters
    expected = (np.abs(case.kernel).max(axis=(0, 1, 2)) / 127).astype(np.float32)
    assert p.w.tolist() == expected.tolist()
    assert np.asarray(p.kernel_zero_point).tolist() == [0]
    assert np.abs(quantized.case.kernel.astype(int)).max(axis=(0, 1, 2)).tolist() == [127] * 6


def test_are_the_scales_of_transposed_groups_in_the_order_of_output_channels() -> None:
    spec = ConvSpec.make((1,), transposed=True, groups=2)
    kernel = np.array([[[1, 2, 3, 4], [50, 60, 70, 80.0]]])  # HWOI: 2 filters of each group
    quantized = quantize(Case(spec, np.ones((1, 2, 4)), kernel), "int8", (-1, 1))
    assert (quantized.parameters.w * 127).round().tolist() == [2, 60, 4, 80]
    assert quantized.case.kernel.tolist() == [[[64, 127, 95, 127], [106, 127, 111, 127]]]


def test_is_the_bias_in_units_of_the_sum() -> None:
    case = float_case()
    for scheme, dtype in (("int8", "int32"), ("uint8", "int32"), ("int16x8", "int64")):
        quantized = quantize(case, scheme, (-1, 1))
        p, bias = quantized.parameters, quantized.case.bias
        assert bias is not None
        assert bias.dtype == dtype
        assert np.allclose(bias * (float(p.i) * p.w.astype(float)), case.bias, atol=1e-4)


def test_has_a_channel_of_zeros_a_scale() -> None:
    case = float_case()
    quantized = quantize(
        replace(case, kernel=case.kernel * 0, input=case.input * 0), "int8", (0, 0)
    )
    assert quantized.parameters.w.tolist() == [1] * 6
    assert not quantized.case.kernel.any()


@pytest.mark.parametrize(
    ("scheme", "changes", "message"),
    [
        ("int4", {}, "quantize is 'int4'; expected int8, uint8, int16x8"),
        ("int8", {"input": np.ones((1, 6, 7, 4), int)}, "the input is int64, and --quantize takes"),
        ("int8", {"kernel": np.full((3, 2, 4, 6), np.inf)}, "the kernel holds NaN or infinity"),
    ],
)
def test_is_what_cannot_be_quantized_refused(
    scheme: str, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        quantize(replace(float_case(), **changes), scheme, (-1, 1))  # type: ignore[arg-type]


def test_is_an_output_refused_that_is_not_finite() -> None:
    with pytest.raises(UsageError, match="the exact output is not finite everywhere"):
        quantize(float_case(), "int8", (-1, np.inf))


def test_has_a_case_without_a_bias_one_of_zeros_that_is_called_so() -> None:
    bare = replace(float_case(), bias=None)
    for scheme, dtype in (("int8", "int32"), ("uint8", "int32"), ("int16x8", "int64")):
        made = quantize(bare, scheme, (-1, 1)).case
        assert made.bias is not None
        assert (made.bias.tolist(), made.bias.dtype) == ([0] * 6, dtype)
        assert made.sources == (*bare.sources[:2], "zeros")
    assert quantize(float_case(), "int8", (-1, 1)).case.sources == float_case().sources
