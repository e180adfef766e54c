"""Are sums those of Python's integers, for any geometry, and with the extremes of every dtype?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError
from convcheck.quantized import sums
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.sums import (
    Along,
    exact_magnitudes,
    exact_sums,
    saturated_pair_sums,
    wrapped_int32,
    wraps_int32,
)
from tests.truth.definition import random_case, taps

KINDS = [("int8", "int8"), ("uint8", "uint8"), ("uint8", "int8"), ("int16", "int8")]


def zero_points(rng: np.random.Generator, dtype: str, count: int) -> Any:
    info = np.iinfo(dtype)
    if dtype == "int16":
        return np.zeros(count, int)
    if rng.random() < 0.5:
        return rng.choice([info.min, info.max], count)
    return rng.integers(info.min, info.max + 1, count)


def random_quantized(rng: np.random.Generator, kind: tuple[str, str]) -> QuantizedCase:
    case = random_case(rng, (np.int8,))
    x_type, k_type = kind
    info, kernel_info = np.iinfo(x_type), np.iinfo(k_type)

    def draw(shape: tuple[int, ...], of: Any) -> Any:
        if rng.random() < 0.3:
            return rng.choice([of.min, of.max], shape).astype(of.dtype)
        return rng.integers(of.min, of.max, shape, of.dtype, endpoint=True)

    filters = case.output_shape[-1]
    bias = None
    if rng.random() < 0.5:
        wide = np.iinfo(np.int64 if x_type == "int16" else np.int32)
        bias = rng.integers(wide.min // 8, wide.max // 8, filters).astype(wide.dtype)
    case = replace(
        case, input=draw(case.input.shape, info), kernel=draw(case.kernel.shape, kernel_info)
    )
    by_channel = rng.random() < 0.5
    p = Parameters(
        1,
        np.ones(filters if by_channel else 1),
        1,
        input_zero_point=int(zero_points(rng, x_type, 1)[0]),
        kernel_zero_point=zero_points(rng, k_type, filters if by_channel else 1),
        input_dtype=x_type,
        kernel_dtype=k_type,
    )
    return QuantizedCase(replace(case, bias=bias), p)


def defined(quantized: QuantizedCase, flat: int) -> int:
    case, p = quantized.case, quantized.parameters
    found, _ = taps(case, flat)
    filter_ = flat % case.output_shape[-1]
    zeros = np.asarray(p.kernel_zero_point)
    zw = int(zeros[filter_ if zeros.size > 1 else 0])
    bias = 0 if case.bias is None else int(case.bias[filter_])
    return sum((int(x) - p.input_zero_point) * (int(k) - zw) for x, k in found) + bias


@pytest.mark.parametrize("kind", KINDS)
def test_are_over_ten_thousand_sums_right_in_all(kind: tuple[str, str]) -> None:
    rng = np.random.default_rng(len(kind[0]) + 10 * len(kind[1]))
    compared = 0
    while compared < 3000:
        quantized = random_quantized(rng, kind)
        acc = exact_sums(quantized).acc
        assert acc.shape == quantized.case.output_shape
        chosen = rng.permutation(acc.size)[:150]
        for flat in chosen:
            assert acc.flat[flat] == defined(quantized, int(flat)), quantized.case.spec
        compared += len(chosen)


@pytest.mark.parametrize("kind", KINDS)
def test_are_sums_the_same_in_many_bands(
    kind: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "_outputs_at_once", lambda *_: 40)
    rng = np.random.default_rng(3)
    for _ in range(8):
        quantized = random_quantized(rng, kind)
        rank = quantized.case.spec.rank
        if not quantized.case.spec.transposed:  # bands of padding alone, too
            spec = replace(quantized.case.spec, padding=((9, 8),) + ((0, 2),) * (rank - 1))
            case = replace(quantized.case, spec=spec)
            quantized = replace(quantized, case=case)
        acc = exact_sums(quantized).acc
        for flat in rng.permutation(acc.size)[:120]:
            assert acc.flat[flat] == defined(quantized, int(flat)), quantized.case.spec


@pytest.mark.parametrize("kind", KINDS)
def test_are_magnitudes_sums_of_products_without_signs(kind: tuple[str, str]) -> None:
    rng = np.random.default_rng(5)
    for _ in range(4):
        quantized = random_quantized(rng, kind)
        case, p = quantized.case, quantized.parameters
        found = exact_magnitudes(quantized)
        zeros = np.asarray(p.kernel_zero_point)
        for flat in rng.permutation(found.size)[:60].tolist():
            zw = int(zeros[flat % found.shape[-1] if zeros.size > 1 else 0])
            expected = [
                abs((int(x) - p.input_zero_point) * (int(k) - zw)) for x, k in taps(case, flat)[0]
            ]
            assert found.flat[flat] == sum(expected)
            assert len(expected) <= exact_sums(quantized).terms


@pytest.mark.parametrize("kind", KINDS)
def test_are_the_largest_sums_right(kind: tuple[str, str]) -> None:
    # 3,000 products of the same sign and the largest magnitude that there is: 255 * 255 each.
    info, kernel_info = np.iinfo(kind[0]), np.iinfo(kind[1])
    x_zero = 0 if kind[0] == "int16" else info.max
    case = Case(
        ConvSpec.make((1, 1)),
        np.full((1, 1, 1, 3000), info.min, info.dtype),
        np.full((1, 1, 3000, 2), kernel_info.min, kernel_info.dtype),
    )
    zeros = {"input_zero_point": x_zero, "kernel_zero_point": kernel_info.max}
    p = Parameters(1, 1, 1, input_dtype=kind[0], kernel_dtype=kind[1], **zeros)
    expected = 3000 * (int(info.min) - int(x_zero)) * (int(kernel_info.min) - int(kernel_info.max))
    assert exact_sums(QuantizedCase(case, p)).acc.tolist() == [[[[expected] * 2]]]


def test_is_a_sum_beyond_32_bits_kept_and_reported() -> None:
    case = Case(
        ConvSpec.make((1, 1)),
        np.full((1, 1, 1, 1), -128, np.int8),
        np.array([1, -1], np.int8).reshape(1, 1, 1, 2),
        np.array([-(2**31), 2**31 - 1], np.int32),
    )
    acc = exact_sums(QuantizedCase(case, Parameters(1, 1, 1))).acc.ravel()
    assert acc.tolist() == [-(2**31) - 128, 2**31 - 1 + 128]
    assert wraps_int32(acc).all()
    assert wrapped_int32(acc).tolist() == [2**31 - 128, -(2**31) + 127]


def test_is_a_real_bias_rounded_to_integers_as_onnx_runtime_does() -> None:
    case = Case(
        ConvSpec.make((1, 1)),
        np.zeros((1, 1, 1, 1), np.int8),
        np.zeros((1, 1, 1, 4), np.int8),
        np.array([0.5, 1.5, -0.76, 1e30], np.float32),
    )
    sums = exact_sums(QuantizedCase(case, Parameters(0.5, [1, 1, 1, 1], 1)))
    assert sums.bias_is_real
    assert sums.acc.ravel().tolist() == [1, 3, -2, 2**31 - 1]
    assert sums.products.ravel().tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("groups", "inner", "along"), [(1, 3, "channels"), (2, 3, "channels"), (3, 1, "taps")]
)
def test_do_pairs_saturate_as_their_definition_says(groups: int, inner: int, along: Along) -> None:
    rng = np.random.default_rng(groups)
    spec = ConvSpec.make((3, 3), strides=(1, 2), groups=groups)
    case = Case(
        spec,
        rng.integers(100, 256, (2, 5, 6, inner * groups)).astype(np.uint8),
        rng.choice([-128, -100, 90, 127], (3, 3, inner, 2 * groups)).astype(np.int8),
    )
    p = Parameters(1, 1, 1, input_zero_point=7, input_dtype="uint8")
    quantized = QuantizedCase(case, p)
    found = saturated_pair_sums(quantized, along)
    clipped = 0
    for flat in range(found.size):
        expected, whole = _pairs_by_definition(quantized, flat, along)
        assert found.flat[flat] == expected
        clipped += expected != whole
    assert clipped > found.size // 4


def _pairs_by_definition(quantized: QuantizedCase, flat: int, along: Along) -> tuple[int, int]:
    """(saturated, exact) sum of an output: taps outside read zx."""
    case, p = quantized.case, quantized.parameters
    inner = case.kernel.shape[-2]
    image, *place, filter_ = (int(i) for i in np.unravel_index(flat, case.output_shape))
    first = filter_ // (case.output_shape[-1] // case.spec.groups) * inner
    saturated = exact = 0
    of_taps = []
    for tap in np.ndindex(*case.spec.kernel_size):
        reads = [
            o * a.stride + t * a.dilation - a.before
            for a, o, t in zip(case.axes, place, tap, strict=True)
        ]
        inside = all(0 <= r < a.size for a, r in zip(case.axes, reads, strict=True))
        products = []
        for channel in range(inner):
            x = int(case.input[(image, *reads, first + channel)]) if inside else p.input_zero_point
            k = int(case.kernel[(*tap, channel, filter_)])
            products.append(x * k)
            exact += (x - p.input_zero_point) * k
            saturated -= p.input_zero_point * k
        of_taps.append(products)
    for products in of_taps if along == "channels" else zip(*of_taps, strict=True):
        for pair in range(0, len(products), 2):
            saturated += min(max(sum(products[pair : pair + 2]), -(2**15)), 2**15 - 1)
    return saturated, exact


def test_are_pairs_of_other_dtypes_refused() -> None:
    case = Case(ConvSpec.make((1,)), np.zeros((1, 4, 2), np.int8), np.zeros((1, 2, 1), np.int8))
    with pytest.raises(UsageError, match="saturated pairs are of uint8 inputs and int8 kernels"):
        saturated_pair_sums(QuantizedCase(case, Parameters(1, 1, 1)))
    unsigned = Case(case.spec, case.input.astype(np.uint8), case.kernel)
    with pytest.raises(UsageError, match="pairs of taps saturate in depthwise convolutions alone"):
        saturated_pair_sums(
            QuantizedCase(unsigned, Parameters(1, 1, 1, input_dtype="uint8")), along="taps"
        )
