"""Are NaN and infinity told of the arrays that were given, of a gradient too?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.passes import BIAS_GRADIENT, INPUT_GRADIENT, KERNEL_GRADIENT, Gradient
from convcheck.case.spec import ConvSpec
from convcheck.verdict.nan_notes import nan_notes

SIZE = 72
INPUT, KERNEL = (
    f"the input holds 2 infinite of {SIZE} numbers",
    "the kernel holds 3 NaN of 18 numbers",
)
WEIGHTS = f"the output gradient holds 1 NaN of {SIZE} numbers"


def forward(*, transposed: bool) -> Case:
    x, kernel = np.ones((1, 6, 6, 2), "f4"), np.ones((3, 3, 1, 2), "f4")
    x.flat[:2], kernel.flat[:3] = np.inf, np.nan
    return Case(ConvSpec.make((3, 3), groups=2, transposed=transposed), x, kernel)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (INPUT_GRADIENT, [KERNEL, WEIGHTS]),
        (KERNEL_GRADIENT, [INPUT, WEIGHTS]),
        (BIAS_GRADIENT, [WEIGHTS]),
    ],
)
def test_is_it_told_of_the_arrays_that_were_given(kind, words, transposed):
    case = forward(transposed=transposed)
    weights = np.ones(case.output_shape, "f4")
    weights.flat[0] = np.nan
    assert list(nan_notes(Gradient(kind, case, weights).case, [])) == words


def test_is_it_told_of_a_forward_pass():
    assert list(nan_notes(forward(transposed=False), [])) == [INPUT, KERNEL]
