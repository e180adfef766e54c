"""Does ``--input separating`` choose scales that tell formulas apart, and keep those given?"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from convcheck.check.quantize import separating_case
from convcheck.errors import UsageError
from convcheck.quantized.parameters import ACTIVATION_LIMITS
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.names import FORMULA_NAMES, SCHEMES
from convcheck.quantized.request import QuantizationRequest
from convcheck.quantized.separating_scales import formulas_in
from convcheck.quantized.sums import exact_sums
from convcheck.results import ACTIVATIONS
from tests.quantized import by_definition
from tests.quantized.drawing import element


def alike(scheme: str, given: dict[str, Any], seed: int = 0) -> set[tuple[str, str]]:
    """The pairs of formulas that give equal outputs for the case that is made."""
    quantized = separating_case(QuantizationRequest(quantize=scheme, **given), seed)
    sums, p = exact_sums(quantized), quantized.parameters
    outputs = {name: FORMULAS[name].output(sums, p) for name in formulas_in(scheme)}
    return {(a, b) for a, b in combinations(outputs, 2) if np.array_equal(outputs[a], outputs[b])}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("scheme", "left"), [("int8", 0), ("uint8", 2), ("int16x8", 0)], ids=lambda v: str(v)
)
def test_is_next_to_every_pair_of_formulas_told_apart(scheme: str, left: int, seed: int) -> None:
    """With one scale for all some cannot be; torch, whose ON and ON' they are, has no such one."""
    assert len(alike(scheme, {}, seed)) <= left


def test_do_two_elements_differ_by_definition_too() -> None:
    quantized = separating_case(QuantizationRequest(quantize="int8"), 3)
    sums, p = exact_sums(quantized), quantized.parameters
    apart = FORMULAS["F1"].output(sums, p) != FORMULAS["F2"].output(sums, p)
    assert apart.any()
    for index in np.argwhere(apart)[:20]:
        one = element(sums, p, tuple(index))
        assert by_definition.f1(one) != by_definition.f2(one)


def test_are_given_parameters_kept() -> None:
    given = {
        "input_scale": 0.05296124517917633,
        "output_scale": 0.11484327912330627,
        "output_zero_point": -126,
        "kernel_scale": [0.024093778803944588, 0.0071],
    }
    quantized = separating_case(QuantizationRequest(quantize="int8", **given), 0, "NCHW")
    p = quantized.parameters
    assert (float(p.i), float(p.o), p.output_zero_point) == (
        given["input_scale"],
        given["output_scale"],
        -126,
    )
    assert set(p.w.tolist()) <= {0.024093778803944588, float(np.float32(0.0071))}
    assert quantized.case.sources == ("separating",) * 3
    assert quantized.case.data_format == "NCHW"


@pytest.mark.parametrize(
    "given",
    [
        {"input_scale": 3e-20},
        {"kernel_scale": [1e5, 1.0], "input_scale": 3.0},
        {"kernel_scale": 7.0, "output_scale": 1e-3},
    ],
)
def test_do_the_others_go_with_a_scale_of_any_size(given: dict[str, Any]) -> None:
    """A single multiplier tells two roundings from one wherever it has ties."""
    assert ("D/Mdbl", "F1") not in alike("int8", given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"input_scale": 0.0}, "--input-scale is 0; expected a number above 0"),
        ({"kernel_scale": [1, np.nan]}, "--kernel-scale of channel 1 is nan"),
        ({"input_zero_point": 300}, "--input-zero-point of int8 is 300; expected -128 to 127"),
        ({"input_scale": 1.0, "kernel_scale": 1e-20, "output_scale": 1.0}, "beyond 32 bits"),
        ({"input_scale": 1e-19, "kernel_scale": 2e-19, "output_scale": 1.0}, "beyond 32 bits"),
    ],
)
def test_is_what_makes_no_sense_told(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        separating_case(QuantizationRequest(quantize="int8", **given), 0)


def test_is_the_same_seed_the_same_case_and_another_another() -> None:
    first, again, other = (
        separating_case(QuantizationRequest(quantize="int8"), seed).case.kernel.tolist()
        for seed in (5, 5, 6)
    )
    assert first == again != other


def test_are_thousands_of_scales_no_burden() -> None:
    scales = np.exp(np.random.default_rng(0).uniform(-9, -2, 5000)).astype(np.float32)
    given = {"kernel_scale": scales, "kernel_zero_point": np.zeros(5000, int)}
    p = separating_case(QuantizationRequest(quantize="int8", **given), 0).parameters
    assert set(p.w.tolist()) <= set(scales.tolist())
    assert min(p.w) == pytest.approx(min(scales), rel=0.5)
    assert max(p.w) == pytest.approx(max(scales), rel=0.5)


def test_are_the_names_for_the_command_line_those_of_the_tables() -> None:
    assert tuple(FORMULAS) == FORMULA_NAMES
    assert tuple(ACTIVATION_LIMITS) == ACTIVATIONS
    assert {name for scheme in SCHEMES for name in formulas_in(scheme)} == set(FORMULAS)
    assert "I64/Mdbl" not in formulas_in("int8")
