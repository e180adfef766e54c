"""Does diagnosis of integers end with an answer, whatever the output holds?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.results import PASSES, Status

from .planting import diagnosed, draw, recorded

SHAPES = ((), (0,), (5,), (1, 1), (2, 3, 4), (2, 3, 4, 5, 6), (2, 0, 4, 4), (1, 1, 1, 1))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["int8", "int32", "float32"])
def test_is_another_shape_no_trouble(shape: tuple[int, ...], dtype: str) -> None:
    quantized = draw(np.random.default_rng(0), dtype="int8")
    (judgement,), diagnosis = diagnosed(quantized, recorded(np.zeros(shape, dtype)))
    assert judgement.status is Status.WRONG_SHAPE
    (found,) = diagnosis.findings
    assert found.cause == "unexplained"


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "bool", "float64"])
@pytest.mark.parametrize("fill", ["low", "high", "random"])
def test_are_any_numbers_no_trouble(dtype: str, fill: str) -> None:
    quantized = draw(np.random.default_rng(1), dtype="int8")
    shape = quantized.case.output_shape
    kind = np.dtype(dtype).kind
    low, high = (np.iinfo(dtype).min, np.iinfo(dtype).max) if kind in "iu" else (0, 1)
    rng = np.random.default_rng(2)
    values = {
        "low": np.full(shape, low),
        "high": np.full(shape, high),
        "random": rng.integers(max(low, -(2**62)), min(high, 2**62), shape),
    }[fill]
    (judgement,), diagnosis = diagnosed(quantized, recorded(values.astype(dtype)))
    assert judgement.status not in PASSES
    assert all(found.status != "proved" for found in diagnosis.findings)


def test_are_scales_near_the_ends_of_float32_no_trouble() -> None:
    quantized = draw(np.random.default_rng(3), dtype="int8")
    huge = Parameters(2.0**40, 2.0**56, 2.0**90)  # 2^32 steps of the sum leave float32
    bias = np.full(quantized.case.output_shape[-1], 2**32 - 2**10)  # as twice the bias does
    quantized = QuantizedCase(replace(quantized.case, bias=bias), huge)
    out = np.random.default_rng(4).integers(-128, 128, quantized.case.output_shape)
    _, diagnosis = diagnosed(quantized, recorded(out.astype(np.int8)))
    (found,) = diagnosis.findings
    assert found.status == "unexplained"
