"""Is a fault named where the bias is real numbers, which large steps of the sum round far off?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums

from .planting import diagnosed, recorded


def coarse(*, by_tensor: bool = False) -> QuantizedCase:
    """One step of the sum is about half a step of the output: rint(bias) is not the bias."""
    rng = np.random.default_rng(0)
    x = rng.integers(-4, 5, (2, 20, 20, 2)).astype(np.int8)
    kernel = rng.integers(-4, 5, (2, 2, 2, 5)).astype(np.int8)
    bias = rng.normal(0, 0.15, 5).astype(np.float32)
    scales = 0.4 if by_tensor else rng.uniform(0.25, 0.5, 5)
    spec = ConvSpec.make((2, 2), padding="same")
    return QuantizedCase(Case(spec, x, kernel, bias), Parameters(0.05, scales, 0.05, 0, 0, 3))


@pytest.mark.parametrize("formula", ["ON", "FB", "Q2", "F1"])
@pytest.mark.parametrize("by_tensor", [False, True])
def test_is_a_flipped_kernel_named(formula: str, by_tensor: bool) -> None:
    quantized = coarse(by_tensor=by_tensor)
    flipped = replace(quantized.case, kernel=quantized.case.kernel[::-1, ::-1])
    out = computed(replace(quantized, case=flipped), formula)
    _, diagnosis = diagnosed(quantized, recorded(out, formulas=(formula,)))
    (found,) = diagnosis.findings
    assert (found.cause, found.status) == ("kernel-flip", "proved")


@pytest.mark.parametrize("formula", ["ON", "FB"])
@pytest.mark.parametrize("by_tensor", [False, True])
def test_is_a_bias_named_that_is_added_twice(formula: str, by_tensor: bool) -> None:
    quantized = coarse(by_tensor=by_tensor)
    assert quantized.case.bias is not None
    twice = replace(quantized.case, bias=2 * quantized.case.bias)
    out = computed(replace(quantized, case=twice), formula)
    _, diagnosis = diagnosed(quantized, recorded(out, formulas=(formula,)))
    (found,) = diagnosis.findings
    assert (found.cause, found.status) == ("bias-twice", "proved")


def computed(quantized: QuantizedCase, formula: str) -> Any:
    return FORMULAS[formula].output(exact_sums(quantized), quantized.parameters).astype(np.int8)
