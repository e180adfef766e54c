"""Is a user's own function asked for gradients where it takes them, and else left alone?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convcheck.api import functions
from convcheck.case.passes import BIAS_GRADIENT, GRADIENTS, INPUT_GRADIENT, Gradient
from convcheck.case.spec import ConvSpec
from convcheck.implementations.name import parse
from convcheck.results import Dtypes, Status
from convcheck.runtimes.host import Runtimes
from tests.case.gradients_by_definition import wanted

from .convolution_by_definition import convolved, small_integers

CASE = small_integers(ConvSpec.make((1,)), (5,), channels=3, filters=2, batch=2)
"""A convolution of one tap: a product of matrices."""
OUTPUT_GRADIENT = np.arange(20, dtype=np.float32).reshape(2, 5, 2) - 7
FUNCTIONS = """
import numpy as np

def right(input, kernel, *, bias, strides, pads, dilations, groups, transposed, pass_,
          output_gradient):
    if pass_ == "forward":
        assert output_gradient is None
        return input @ kernel[0]
    g = output_gradient
    if pass_ == "input-gradient":
        return g @ kernel[0].T
    if pass_ == "kernel-gradient":
        return np.einsum("nwc,nwo->co", input, g)[None]
    assert pass_ == "bias-gradient"
    return g.sum((0, 1))

def forward_alone(input, kernel, **_):
    return input @ kernel[0]

def without_the_pass(input, kernel, *, bias, strides, pads, dilations, groups, transposed,
                     output_gradient=None):
    return input @ kernel[0]

def far_too_much(input, kernel, *, output_gradient, **_):
    return np.zeros((2048, 2048), np.float32)

def doubles_the_gradient(input, kernel, *, output_gradient, **_):
    output_gradient *= 2
    return output_gradient.sum((0, 1))

def doubles_it_by_address(input, kernel, *, output_gradient, **_):
    import ctypes
    place = output_gradient.ctypes.data
    array = (ctypes.c_float * output_gradient.size).from_address(place)
    array[:] = [2 * number for number in array]
    return output_gradient.sum((0, 1))
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", GRADIENTS)
def test_is_a_function_that_takes_an_output_gradient_asked_for_it(kind: str, mine: None) -> None:
    asked = Gradient(kind, CASE, OUTPUT_GRADIENT)
    with Runtimes(timeout=60) as runtimes:
        output = runtimes.run(asked, parse("python:mine:right"))
        forward = runtimes.run(CASE, parse("python:mine:right"))
    assert output.array is not None, output.message
    np.testing.assert_array_equal(output.array, wanted(asked))
    assert (output.call, output.dtypes) == ("mine:right", Dtypes(output="float32"))
    assert forward.array is not None, forward.message
    np.testing.assert_array_equal(forward.array, convolved(CASE))


def test_does_any_other_function_say_what_it_lacks(mine: None) -> None:
    asked = Gradient(INPUT_GRADIENT, CASE, OUTPUT_GRADIENT)
    with Runtimes(timeout=60) as runtimes:
        alone, lacking = runtimes.run_all(
            asked, [parse("python:mine:forward_alone"), parse("python:mine:without_the_pass")]
        )()
        too_large = runtimes.run(asked, parse("python:mine:far_too_much"))
        forward = runtimes.run(CASE, parse("python:mine:forward_alone"))
    assert alone.status is Status.UNAVAILABLE
    assert alone.message == (
        "mine:forward_alone takes no output_gradient; give it the keywords pass_ and "
        "output_gradient"
    )
    assert lacking.status is Status.UNAVAILABLE
    assert "cannot be called (got an unexpected keyword argument 'pass_')" in (
        lacking.message or ""
    )
    assert too_large.status is Status.WRONG_SHAPE
    assert too_large.message == "gave shape (2048, 2048), but it should be (2, 5, 3)"
    assert forward.array is not None, forward.message


@pytest.mark.parametrize("function", ["doubles_the_gradient", "doubles_it_by_address"])
def test_does_a_function_leave_the_output_gradient_to_the_next(function: str, mine: None) -> None:
    asked = Gradient(BIAS_GRADIENT, CASE, OUTPUT_GRADIENT)
    names = [parse(f"python:mine:{each}") for each in (function, "right")]
    with Runtimes(timeout=60) as runtimes:
        writes, right = runtimes.run_all(asked, names)()
    assert writes.status is Status.CRASHED
    assert (writes.message or "").startswith("writes into its input")
    assert right.array is not None, right.message
    np.testing.assert_array_equal(right.array, wanted(asked))


def test_is_a_function_of_this_process_asked_as_a_worker_asks_it() -> None:
    asked = Gradient(BIAS_GRADIENT, CASE, OUTPUT_GRADIENT.copy())

    def right(input, kernel, *, pass_, output_gradient, **_):  # noqa: A002
        assert pass_ == BIAS_GRADIENT
        return output_gradient.sum((0, 1))

    def doubles(input, kernel, *, output_gradient, **_):  # noqa: A002
        output_gradient *= 2

    def forward_alone(input, kernel, **_):  # noqa: A002
        return input @ kernel[0]

    output = functions.call(right, asked)
    assert output.array is not None, output.message
    np.testing.assert_array_equal(output.array, wanted(asked))
    for function, words in {
        doubles: "WritesIntoInput: writes into its input, which it may not",
        forward_alone: "takes no output_gradient; give it the keywords pass_ and output_gradient",
    }.items():
        refused = functions.call(function, asked)
        assert refused.status is Status.UNAVAILABLE
        assert words in (refused.message or "")
    np.testing.assert_array_equal(asked.output_gradient, OUTPUT_GRADIENT)
