"""Does diagnosis take memory for the sums of a large case, and little more?"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.quantized.hypothesis import centred_case
from convcheck.diagnosis.quantized.blind_spots import hidden
from convcheck.diagnosis.quantized.explain import explain
from convcheck.diagnosis.quantized.near_ties import alike
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums
from convcheck.results import Finding, Judgement, Output, Status
from convcheck.verdict.quantized.assess import judge_quantized

from .planting import recorded


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("multiplier", [0.01, 0.3])
def test_does_it_stay_near_the_size_of_the_sums(multiplier: float) -> None:
    """Above 1/4 half of all outputs are near ties of two roundings."""
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (1, 384, 384, 4)).astype(np.int8)
    kernel = rng.integers(-127, 128, (1, 1, 4, 16)).astype(np.int8)
    p = Parameters(1.0, multiplier * np.linspace(1, 1.1, 16), 1.0, 3, 0, 2)
    quantized = QuantizedCase(Case(ConvSpec.make((1, 1)), x, kernel, None), p)
    sums = exact_sums(quantized)
    assert peak_of(lambda: alike(sums, p)) < 3 * sums.products.nbytes
    judgement = Judgement(Output("", ""), Status.UNDECIDED)
    none = np.zeros(quantized.case.output_shape, np.int8)
    operands = centred_case(quantized)
    observation = IntegerObservation(quantized, operands, sums, judgement, none)
    assert peak_of(lambda: hidden(observation)) < 6 * sums.products.nbytes


def test_does_a_hypothesis_held_against_every_output_stay_there_too() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (1, 256, 256, 2)).astype(np.int8)
    kernel = rng.integers(-127, 128, (2, 2, 2, 16)).astype(np.int8)
    p = Parameters(0.05, 0.01, 0.5, 0, 0, 2)
    quantized = QuantizedCase(Case(ConvSpec.make((2, 2)), x, kernel, None), p)
    flipped = replace(quantized, case=replace(quantized.case, kernel=kernel[::-1, ::-1]))
    out = FORMULAS["F1"].output(exact_sums(flipped), p).astype(np.int8)
    sums = exact_sums(quantized)
    (judgement,) = judge_quantized(quantized, sums, [recorded(out)]).judgements
    observation = IntegerObservation(quantized, centred_case(quantized), sums, judgement, out)
    found: list[Finding | None] = []
    assert peak_of(lambda: found.append(explain(observation))) < 4 * sums.products.nbytes
    assert found[0] is not None
    assert (found[0].cause, found[0].status) == ("kernel-flip", "proved")
