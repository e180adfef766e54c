"""Is what fits by chance, or tells the same again and again, never called proved?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.quantized.hypothesis import centred_case
from convcheck.diagnosis.quantized.distinct import distinct_weight
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums, exact_sums

from .planting import diagnosed, draw, recorded


def of_one_window(seed: int) -> tuple[QuantizedCase, Any]:
    """An image of one number, so that each channel is one number, and any others in their place."""
    rng = np.random.default_rng(seed)
    filters = int(rng.integers(2, 4))
    x = np.full((1, 12, 12, 2), 20, np.int8)
    kernel = rng.integers(-127, 128, (2, 2, 2, filters)).astype(np.int8)
    bias = rng.integers(-3000, 3000, filters).astype(np.int32)
    p = Parameters(0.05, rng.uniform(0.01, 0.02, filters), 0.8, -5, 0, 0)
    quantized = QuantizedCase(Case(ConvSpec.make((2, 2), padding="valid"), x, kernel, bias), p)
    right = FORMULAS["F1"].output(exact_sums(quantized), p)
    return quantized, np.clip(right + rng.integers(-6, 7, filters), -128, 127).astype(np.int8)


def test_is_a_coincidence_of_two_numbers_no_proof() -> None:
    # Not to subtract the zero point gives these two numbers too, at each of 121 places.
    quantized, out = of_one_window(11)
    _, diagnosis = diagnosed(quantized, recorded(out, formulas=("F1",)))
    (found,) = diagnosis.findings
    assert (found.cause, found.status) == ("zero-point-ignored", "supported")


def test_does_a_window_count_once_however_often_it_is_seen() -> None:
    quantized, out = of_one_window(0)
    places = np.unravel_index(np.arange(121), out.shape[:-1])
    flat = out.reshape(121, -1)
    weights = np.ones(flat.shape)
    of_one = distinct_weight(centred_case(quantized), places, weights, flat)
    assert of_one == len(np.unique(flat, axis=1).T)
    other = draw(np.random.default_rng(0), size=2, strides=1, dilations=1, padding="valid")
    case = centred_case(other)
    places = (np.array([0, 0]), np.array([0, 4]), np.array([0, 8]))
    apart = np.arange(6).reshape(2, 3)
    assert distinct_weight(case, places, np.ones((2, 3)), apart) == 6
    same = apart[:, [0, 0, 2]]  # a channel that is another one's twin
    assert distinct_weight(case, places, np.ones((2, 3)), same) == 4


@pytest.mark.parametrize("output_scale", [0.5, 2.5, 13.0])
def test_is_an_output_that_was_never_written_not_explained(output_scale: float) -> None:
    """relu6 would clamp it to one number, and the scale of a dead channel would make it 0."""
    rng = np.random.default_rng(3)
    x = rng.integers(-128, 128, (1, 24, 24, 2)).astype(np.int8)
    kernel = rng.integers(-127, 128, (2, 2, 2, 8)).astype(np.int8)
    scales = np.where(np.arange(8) == 3, 1e-9, rng.uniform(0.01, 0.02, 8))
    p = Parameters(0.05, scales, output_scale, -5, 0, 0)
    quantized = QuantizedCase(Case(ConvSpec.make((2, 2), padding="valid"), x, kernel, None), p)
    out = np.zeros(quantized.case.output_shape, np.int8)
    _, diagnosis = diagnosed(quantized, recorded(out, formulas=("F1",)))
    (found,) = diagnosis.findings
    assert found.status == "unexplained"
    assert "every output is 0" in found.summary


def test_is_a_shift_that_wraps_no_proof_where_it_gives_one_number() -> None:
    """-128 in place of 127, everywhere: what else gives -128 everywhere is not told apart."""
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (1, 20, 20, 2)).astype(np.int8)
    kernel = rng.integers(-127, 128, (1, 1, 2, 3)).astype(np.int8)
    case = Case(ConvSpec.make((1, 1)), x, kernel, np.full(3, 3 * 2**24, np.int32))
    quantized = QuantizedCase(case, Parameters(40.0, 1.0, 1.0))
    out = FORMULAS["D/Mdbl"].output(exact_sums(quantized), quantized.parameters)
    assert (out == -128).all()
    _, diagnosis = diagnosed(quantized, recorded(out.astype(np.int8), formulas=("D/Mdbl",)))
    (found,) = diagnosis.findings
    assert (found.cause, found.status) == ("accumulator-wrap", "supported")


def test_is_an_integer_added_to_each_channel_a_rival() -> None:
    """Without its bias every output would be 0.96 more: within the bound of two roundings of 1."""
    rng = np.random.default_rng(0)
    x = rng.integers(-100, 101, (1, 30, 30, 1)).astype(np.int8)
    case = Case(ConvSpec.make((1, 1)), x, np.ones((1, 1, 1, 1), np.int8), np.full(1, -4, np.int32))
    quantized = QuantizedCase(case, Parameters(0.24, 1.0, 1.0))
    sums, p = exact_sums(quantized), quantized.parameters
    one_more = FORMULAS["F1"].output(sums, p) + 1
    missing = FORMULAS["F1"].output(Sums(sums.products), p)
    for out, status in ((one_more, "supported"), (missing, "proved")):
        _, diagnosis = diagnosed(quantized, recorded(out.astype(np.int8)))
        (found,) = diagnosis.findings
        assert (found.cause, found.status) == ("missing-bias", status)
