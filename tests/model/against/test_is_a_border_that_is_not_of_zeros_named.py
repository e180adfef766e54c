"""Is a model that pads by reflection found in one place, and named, beside one that pads zeros?"""

import numpy as np
import pytest

from convcheck.model.against.pairs.borders import other_border
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from tests.model.toy import Toy, kernels

FIRST, SECOND = kernels((3, 3, 3, 4), (3, 3, 4, 4))
NONE = ((0, 0), (0, 0))


def network(mode=None):
    toy, x = Toy(), "input"
    if mode is not None:
        around = [(0, 0), (1, 1), (1, 1), (0, 0)]
        x = toy.add("pad", lambda v: np.pad(v, around, mode=mode), x)
    y = toy.relu(toy.conv(x, FIRST, NONE if mode else ((1, 1), (1, 1))))
    toy.conv(y, SECOND)
    return toy.network()


def found(a, b):
    cut = cut_models(a, b, match(a, b))
    return other_border(cut, cut.cuts[0])


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("reflect", "reflect"),
        ("symmetric", "symmetric or edge"),  # with one pad they are the same
        ("edge", "symmetric or edge"),
        ("wrap", "wrap"),
    ],
)
def test_is_the_mode_named(mode, words):
    one = found(network(), network(mode))
    assert (one.cause, one.status) == ("border-mode", "supported")
    assert one.summary.endswith(f"B pads it by numpy.pad's mode {words}")
    assert found(network(mode), network()).summary.startswith("B puts zeros")


def test_is_a_border_of_another_number_not_named():
    toy = Toy()
    around = [(0, 0), (1, 1), (1, 1), (0, 0)]
    x = toy.add("pad", lambda v: np.pad(v, around, constant_values=1), "input")
    toy.conv(toy.relu(toy.conv(x, FIRST, NONE)), SECOND)
    assert found(network(), toy.network()) is None
    assert found(network(), network()) is None
