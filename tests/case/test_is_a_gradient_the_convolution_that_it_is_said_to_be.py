"""Is each gradient exactly the convolution that it is said to be, by the definition in integers?"""

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.passes import GRADIENTS, Gradient, own_index
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError
from convcheck.truth.exact import exact

from .gradients_by_definition import by_definition, random_case


def check_gradients(seed):
    draw = np.random.default_rng(seed)
    case = random_case(draw)
    g = draw.integers(-9, 10, size=case.output_shape)
    for kind, wanted in zip(GRADIENTS, by_definition(case, g), strict=True):
        asked = Gradient(kind, case, g)
        y = exact(asked.case)
        found = np.ldexp(y.hi, y.s).reshape(asked.case.output_shape)
        assert asked.shape == wanted.shape
        assert np.array_equal(asked.to_own_layout(found), wanted), (kind, case.spec)
        assert np.array_equal(asked.to_case_layout(wanted), found)
        place = tuple(int(draw.integers(n)) for n in found.shape)
        assert wanted[own_index(kind, place)] == found[place]


@pytest.mark.parametrize("seed", range(60))
def test_is_a_gradient_that_convolution(seed):
    check_gradients(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 600))
def test_is_each_of_many_gradients_that_convolution(seed):
    check_gradients(seed)


def test_needs_an_output_gradient_a_number_for_each_output():
    case = Case(ConvSpec.make((3,)), np.ones((1, 8, 2)), np.ones((3, 2, 1)))
    with pytest.raises(SpecError, match=r"\(1, 8, 2\), but the output has shape \(1, 8, 1\)"):
        Gradient("input-gradient", case, np.ones((1, 8, 2)))
