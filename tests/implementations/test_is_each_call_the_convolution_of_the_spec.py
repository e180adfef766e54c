"""Does each adapter's call give the convolution that the spec says, or refuse it in its own words?

Operands are small integers, so that every sum is exact and a right answer is equal to the last bit.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.implementations.name import Name
from convcheck.results import Output, Status
from convcheck.runtimes.host import Runtimes

from .convolution_by_definition import convolved
from .refusals import OLDER_CRASHES, OLDER_REFUSALS, REFUSALS
from .small_cases import CASES, case

Needs = Callable[[str], Name]

LITERT_DROPS_PADS = ("litert", "depthwise, explicit pads, dilated")
"""TensorFlow's converter makes one dilated operator of space-to-batch, convolution and
batch-to-space, and takes the explicit pads for the blocks' own: the output is too large."""


def assert_right(output: Output, asked: Case) -> None:
    assert output.array is not None, f"{output.status}: {output.message}"
    assert output.array.shape == asked.output_shape
    np.testing.assert_array_equal(output.array.astype(np.float64), convolved(asked))


@pytest.mark.parametrize("label", CASES)
@pytest.mark.parametrize("text", REFUSALS)
def test_is_each_call_the_convolution_of_the_spec(
    text: str, label: str, needs: Needs, runtimes: Runtimes
) -> None:
    output = runtimes.run(CASES[label], needs(text))
    words = REFUSALS[text].get(label)
    if words is not None:
        crashes = OLDER_CRASHES.get(text) == label and output.status is Status.CRASHED
        assert crashes or output.status is Status.UNAVAILABLE
        assert words in (output.message or "")
    elif (text, label) in OLDER_REFUSALS and output.array is None:
        assert OLDER_REFUSALS[text, label] in (output.message or "")
    elif (text, label) == LITERT_DROPS_PADS:
        assert output.array is not None
        assert output.array.shape == (2, 7, 8, 4)
    else:
        assert_right(output, CASES[label])


BACKENDS = {
    "keras?KERAS_BACKEND=torch": [
        *("plain", "strided", "dilated", "explicit pads", "groups", "depthwise", "bias", "NCHW"),
        *("1-D", "3-D", "bfloat16", "float64 with a float32 kernel"),
    ],
    # JAX compiles each operation of each layer anew: some of them take a second.
    "keras?KERAS_BACKEND=jax": ["strided", "depthwise", "bias"],
}
TRANSPOSED = ["transposed, strided", "transposed, valid", "transposed, explicit pads"]


@pytest.mark.parametrize(
    ("text", "label"),
    [(text, label) for text, labels in BACKENDS.items() for label in [*labels, *TRANSPOSED]],
)
def test_is_each_call_right_on_other_backends_of_keras(
    text: str, label: str, needs: Needs, runtimes: Runtimes
) -> None:
    assert_right(runtimes.run(CASES[label], needs(text)), CASES[label])


def _documented(text: str) -> Iterator[Case]:
    """Rank 2, float32, NHWC: what the framework's documentation says it takes."""
    strides: list[int | tuple[int, int]] = [1, 2, 3, (2, 1), (1, 3)]
    dilations: list[int | tuple[int, int]] = [1, 2, 3, (2, 1), (1, 3)]
    grid = itertools.product(strides, dilations, (1, 2, 4), ("same", "valid"))
    for stride, dilation, groups, padding in grid:
        if text == "keras" and stride != 1 and dilation != 1:
            continue  # documented: strides > 1 is incompatible with dilation_rate > 1
        yield case((3, 2), strides=stride, dilations=dilation, groups=groups, padding=padding)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["tf", "keras", "torch", "jax"])
def test_is_every_documented_combination_computed(
    text: str, needs: Needs, runtimes: Runtimes
) -> None:
    name = needs(text)
    for asked in _documented(text):
        assert_right(runtimes.run(asked, name), asked)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (text, label)
        for text, label in itertools.product(REFUSALS, ("plain", "transposed, strided"))
        if label not in REFUSALS[text]
    ],
)
def test_would_a_flipped_kernel_be_noticed(
    text: str, label: str, needs: Needs, runtimes: Runtimes
) -> None:
    asked = CASES[label]
    faulty = replace(asked, kernel=np.ascontiguousarray(asked.kernel[::-1, ::-1]))
    with pytest.raises(AssertionError, match="not equal"):
        assert_right(runtimes.run(faulty, needs(text)), asked)


def test_does_keras_still_add_a_channels_first_bias_along_the_width(
    needs: Needs, runtimes: Runtimes
) -> None:
    """keras.ops.add takes a (1, C, 1, 1) bias for NHWC where the output is C wide; TensorFlow only.

    See ``add`` in keras/src/backend/tensorflow/numpy.py (3.15.1): it looks at the last axis first.
    """
    asked = case((3, 3), data_format="NCHW", spatial=(7, 4), bias=True)
    output = runtimes.run(asked, needs("keras"))
    assert output.array is not None
    assert asked.bias is not None
    along_width = convolved(asked) - asked.bias + asked.bias[:, None]
    np.testing.assert_array_equal(output.array, along_width)
    assert_right(runtimes.run(asked, needs("tf")), asked)
