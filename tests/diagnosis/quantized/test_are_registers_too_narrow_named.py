"""Are sums named that a register did not hold: wrapped shifts, wrapped sums, saturated pairs?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums
from convcheck.results import Status

from .planting import Numbers, diagnosed, draw, recorded


def wide(bias: int, scale: float) -> QuantizedCase:
    """Sums near a bias, and a multiplier above 1: shifted left before the product."""
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (1, 20, 20, 2)).astype(np.int8)
    w = rng.integers(-127, 128, (1, 1, 2, 3)).astype(np.int8)
    case = Case(ConvSpec.make((1, 1)), x, w, np.full(3, bias, np.int32))
    return QuantizedCase(case, Parameters(scale, 1.0, 1.0))


def test_is_a_shift_that_wraps_32_bits_reported() -> None:
    quantized = wide(2**26, 40.0)  # M = 40: shifted left by 6, so that 2^26 leaves 32 bits
    sums, p = exact_sums(quantized), quantized.parameters
    out = FORMULAS["D/Mdbl"].output(sums, p).astype(np.int8)
    for declared in (("D/Mdbl",), ()):
        (judgement,), diagnosis = diagnosed(quantized, recorded(out, formulas=declared))
        assert judgement.status is Status.OUTSIDE_BOUND
        (found,) = diagnosis.findings
        assert (found.cause, found.status) == ("accumulator-wrap", "proved")
        assert "shifted left by 6" in found.summary
        assert found.departs


def test_is_a_sum_that_wraps_32_bits_reported() -> None:
    quantized = wide(2**31 - 1, 1e-7)
    sums, p = exact_sums(quantized), quantized.parameters
    assert (sums.acc >= 2**31).any()
    out = FORMULAS["F1"].output(sums, p).astype(np.int8)
    (judgement,), diagnosis = diagnosed(quantized, recorded(out, formulas=("F1",)))
    assert judgement.status is Status.OUTSIDE_BOUND
    (found,) = diagnosis.findings
    assert found.cause == "accumulator-wrap"


@pytest.mark.parametrize("declared", ["F1", "D/Mdbl", "DU/Mf"])
def test_is_the_formula_named_that_the_implementation_declares(declared: str) -> None:
    quantized = wide(2**31 - 1, 1e-9)  # formulas agree here
    out = FORMULAS[declared].output(exact_sums(quantized), quantized.parameters).astype(np.int8)
    _, diagnosis = diagnosed(quantized, recorded(out, formulas=(declared,)))
    (found,) = diagnosis.findings
    assert f"computes {declared}, of which the sum" in found.summary


def test_are_sums_that_do_not_wrap_left_alone() -> None:
    quantized = wide(2**22, 0.001)
    sums, p = exact_sums(quantized), quantized.parameters
    out = FORMULAS["D/Mdbl"].output(sums, p).astype(np.int8)
    _, diagnosis = diagnosed(quantized, recorded(out, formulas=("D/Mdbl",)))
    assert not diagnosis.findings


def test_are_causes_of_recorded_sums_named() -> None:
    """Outputs in int32 are the sums, with the bias or without it."""
    quantized = draw(np.random.default_rng(8), dtype="uint8", channels=4, padding="same")
    numbers = Numbers.of(quantized)
    right = numbers.products()
    for sums in (right, right + numbers.bias):
        (judgement,), diagnosis = diagnosed(quantized, recorded(sums.astype(np.int32)))
        assert judgement.status is Status.EXACT
        assert not diagnosis.findings
    flipped = Numbers.of(quantized)
    flipped.w = flipped.w[::-1, ::-1]
    ignored = Numbers.of(quantized)
    ignored.padding = -quantized.parameters.input_zero_point
    for wrong, cause in (
        (flipped.products(), "kernel-flip"),
        (flipped.products() + flipped.bias, "kernel-flip"),
        (ignored.products(), "zero-point-ignored"),
        ((right + 2**15) % 2**16 - 2**15, "accumulator-wrap"),
    ):
        (judgement,), diagnosis = diagnosed(quantized, recorded(wrong.astype(np.int32)))
        assert judgement.status is Status.OUTSIDE_BOUND
        (found,) = diagnosis.findings
        assert (found.cause, found.status) == (cause, "proved"), found


def test_is_a_few_wrong_sums_damage() -> None:
    quantized = draw(np.random.default_rng(9), padding="same", strides=1)
    sums = Numbers.of(quantized).products().astype(np.int32)
    sums[0, 2, 3, 1] += 17
    _, diagnosis = diagnosed(quantized, recorded(sums))
    (found,) = diagnosis.findings
    assert (found.cause, found.status) == ("corrupted-elements", "supported")


def test_is_another_shape_explained() -> None:
    quantized = draw(np.random.default_rng(10), padding="same", strides=1, dilations=1, size=3)
    numbers = Numbers.of(quantized)
    spec = replace(quantized.case.spec, padding="valid")
    numbers.case = replace(quantized.case, spec=spec)
    out = numbers.output("F1")
    (judgement,), diagnosis = diagnosed(quantized, recorded(out))
    assert judgement.status is Status.WRONG_SHAPE
    (found,) = diagnosis.findings
    assert (found.cause, found.status) == ("padding-mode", "proved")


def test_is_an_equal_output_explained_once_and_said_of_both() -> None:
    quantized = draw(np.random.default_rng(12))
    numbers = Numbers.of(quantized)
    numbers.w = numbers.w[::-1, ::-1]
    out = numbers.output("F1")
    _, diagnosis = diagnosed(quantized, recorded(out, "a"), recorded(out.copy(), "b"))
    a, b = diagnosis.findings
    assert (a.implementation, b.implementation) == ("a", "b")
    assert a.summary.startswith("a computes the kernel flipped")
    assert b.summary == "b" + a.summary[1:]
