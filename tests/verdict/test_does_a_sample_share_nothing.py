"""Do the outputs of a sample share no operands, and is it the same convolution?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth.exact import exact
from convcheck.verdict.sample import sample


def draw() -> Case:
    rng = np.random.default_rng([11, 1])
    x = rng.standard_normal((2, 23, 23, 5))  # in float64 no number occurs twice
    kernel = rng.standard_normal((4, 4, 5, 8)).astype(np.float32)
    return Case(ConvSpec.make((4, 4), strides=2), x, kernel)


def test_does_a_sample_share_nothing():
    case = draw()
    small = sample(case)
    # The small case is the same convolution at those places.
    assert np.array_equal(small.of(exact(case).hi), exact(small.case).hi)
    values = small.case.input[small.case.input != 0]
    assert len(np.unique(values)) == len(values)  # every input value is read at most once


def test_are_equal_windows_counted_once():
    x = np.ones((1, 32, 32, 2), np.float32)
    case = Case(ConvSpec.make((3, 3), padding="valid"), x, np.ones((3, 3, 2, 5), np.float32))
    assert sample(case).case.output_shape == (1, 1, 1)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("groups", [1, 2])
def test_is_a_transposed_sample_the_same_convolution(stride, groups):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 9, 9, 4))
    kernel = rng.standard_normal((3, 2, 3, 4))
    spec = ConvSpec.make((3, 2), strides=stride, groups=groups, transposed=True)
    case = Case(spec, x, kernel)
    small = sample(case)
    assert np.array_equal(small.of(exact(case).hi), exact(small.case).hi)


@pytest.mark.parametrize("settings", [{"groups": 2}, {"groups": 4, "strides": 2}, {"dilations": 2}])
def test_is_a_sample_of_groups_the_same_convolution(settings):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 9, 9, 4))
    spec = ConvSpec.make((3, 2), **settings)
    case = Case(spec, x, rng.standard_normal((3, 2, 4 // spec.groups, 8)), rng.standard_normal(8))
    small = sample(case)
    assert np.array_equal(small.of(exact(case).hi), exact(small.case).hi)
