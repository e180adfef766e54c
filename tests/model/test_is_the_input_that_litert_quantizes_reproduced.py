"""Layers of float input and integer weights: right ones judged right, wrong ones wrong?"""

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check import check
from convcheck.model.graph_calls import OwnCall
from convcheck.model.quantized.hybrid import asymmetric, hybrid_call, symmetric
from convcheck.results import Output, Status, Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.truth.reference import reference
from convcheck.verdict.limits import Limits

SCALES = np.linspace(0.01, 0.03, 5).astype(np.float32)


def made(quantize, seed=0, flip=False):
    """(case of floats, what a sound kernel gives: exact integer sums, scaled in float32)."""
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=(2, 7, 7, 4)) * [[[[1]]], [[[5]]]] + 1).astype(np.float32)
    integers = rng.integers(-127, 128, (3, 3, 4, 5))
    bias = rng.normal(size=5).astype(np.float32)
    spec = ConvSpec.make((3, 3), padding="same")
    case = Case(spec, x, integers * SCALES.astype(np.float64), bias)
    taken = np.stack([quantize(one) for one in x])
    kernel = integers[::-1, ::-1] if flip else integers
    exact = reference(Case(spec, taken, kernel * SCALES.astype(np.float64)))
    return case, exact.value.astype(np.float32) + bias


def judged(case, array):
    call = OwnCall(*hybrid_call(case, Output("layer", "CONV_2D", array), dense=False))
    with Runtimes() as runtimes:  # starts nothing
        return check(call.plan(), runtimes, Limits())


@pytest.mark.parametrize("quantize", [asymmetric, symmetric])
def test_is_a_sound_output_of_either_way_within_its_bound(quantize):
    result = judged(*made(quantize))
    assert result.verdict in (Verdict.IDENTICAL, Verdict.ROUNDING)


def test_is_an_output_of_the_input_as_it_is_different():
    """It is nearer to the convolution of floats, but no kernel of integers gives it."""
    assert judged(*made(lambda x: x.astype(np.float64))).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("quantize", [asymmetric, symmetric])
def test_is_a_wrong_output_different(quantize):
    assert judged(*made(quantize, flip=True)).verdict is Verdict.DIFFERENT


def test_is_the_cause_of_a_wrong_output_proved():
    result = judged(*made(asymmetric, flip=True))
    assert ("kernel-flip", "proved") in {(one.cause, one.status) for one in result.findings}


def test_is_one_wrong_element_found():
    case, array = made(asymmetric)
    array[0, 3, 3, 2] += np.float32(1e-3)  # far less than half a step of the input gives
    assert judged(case, array).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(("quantize", "steps"), [(asymmetric, 255), (symmetric, 254)])
def test_does_a_number_move_by_a_step_at_most_and_zero_not_at_all(quantize, steps):
    x = np.concatenate([[0.0], np.random.default_rng(1).uniform(-3, 5, 999)]).astype(np.float32)
    found = quantize(x)
    reach = x.max() - x.min() if quantize is asymmetric else 2 * np.abs(x).max()
    # A zero point is rounded too, so that the ends of the range may be clipped by half a step.
    assert (
        np.abs(found - x).max() <= reach / steps * (1.0 if quantize is asymmetric else 0.5) * 1.01
    )
    assert found[0] == 0
    assert (quantize(np.zeros(3, np.float32)) == 0).all()


def test_is_a_window_of_two_products_undecided():
    spec = ConvSpec.make((1, 1), padding="valid")
    x, kernel = np.ones((1, 2, 2, 2), np.float32), np.ones((1, 1, 2, 1))
    output = Output("layer", "CONV_2D", np.full((1, 2, 2, 1), 2, np.float32))
    _, judged = hybrid_call(Case(spec, x, kernel), output, dense=False)
    assert judged.status is Status.UNDECIDED


def test_is_each_row_of_a_dense_layer_quantized_alone():
    rng = np.random.default_rng(2)
    x = (rng.normal(size=(2, 3, 8)) * [[[1], [10], [100]]]).astype(np.float32)
    kernel = rng.normal(size=(1, 8, 2))
    case = Case(ConvSpec.make((1,), padding="valid"), x, kernel)
    taken = np.stack([asymmetric(row) for row in x.reshape(-1, 8)]).reshape(x.shape)
    array = (taken @ kernel[0]).astype(np.float32)
    found, _ = hybrid_call(case, Output("layer", "FULLY_CONNECTED", array), dense=True)
    assert (found.input == taken).all()
