"""Does asserting that integers are right take memory for the sums, and little more?"""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import convcheck
from convcheck.api.quantized_failure import _Outputs
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums


@pytest.mark.parametrize("rounding", [None, "F1"])
def test_is_a_large_output_held_in_blocks(rounding: str | None) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (1, 384, 384, 4)).astype(np.int8)
    kernel = rng.integers(-127, 128, (1, 1, 4, 16)).astype(np.int8)
    scales: dict[str, Any] = {"input_scale": 0.05, "kernel_scale": 0.01, "output_scale": 0.3}
    p = Parameters(**scales, input_zero_point=3, output_zero_point=2)
    sums = exact_sums(QuantizedCase(Case(ConvSpec.make((1, 1)), x, kernel, None), p))
    outputs = [FORMULAS[name].output(sums, p).astype(np.int8) for name in ("F1", "D/Mdbl")]
    if rounding is None:  # what no formula gives, and a bound holds
        outputs.append(np.where(np.arange(384)[:, np.newaxis, np.newaxis] % 2, *outputs[:2]))
    size = sums.products.nbytes
    del sums
    for out in outputs[:1] if rounding else outputs:
        tracemalloc.start()
        try:
            convcheck.assert_equivalent_quantized(
                out, x, kernel, **scales, input_zero_point=3, output_zero_point=2, rounding=rounding
            )
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2 * size, f"{peak / size:.1f} times the sums"


@pytest.mark.parametrize("rounding", [None, "F1"])
def test_does_the_message_of_a_failure_take_a_few_bytes_an_output(rounding: str | None) -> None:
    """A byte for each of 16 formulas, and for each of their bounds: not eight."""
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (1, 384, 384, 4)).astype(np.int8)
    kernel = rng.integers(-127, 128, (1, 1, 4, 16)).astype(np.int8)
    quantized = QuantizedCase(
        Case(ConvSpec.make((1, 1)), x, kernel, None), Parameters(0.05, 0.01, 0.3, 3, 0, 2)
    )
    sums = exact_sums(quantized)
    out = FORMULAS["F1"].output(sums, quantized.parameters).astype(np.int8)
    out[0, 3, 4, 5] += 9
    seen = _Outputs(out, quantized, sums)
    tracemalloc.start()
    try:
        words = "\n".join(seen.of_formula(rounding) if rounding else seen.out_of_bounds())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "first and worst at (0, 3, 4, 5)" in words
    assert peak < 12 * sums.products.nbytes, f"{peak / sums.products.nbytes:.1f} times the sums"
