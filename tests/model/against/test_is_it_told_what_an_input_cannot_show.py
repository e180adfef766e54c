"""Is a fault that changes nothing on this input told as one that would not show?"""

import numpy as np
import pytest

from convcheck.model.against.blind_spots import blind_spots
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.network import network_of
from convcheck.model.segments import segments
from tests.model.toy import Toy, kernels

FIRST, SECOND = kernels((3, 3, 3, 4), (3, 3, 4, 4))


def network(activation, x=None, first=FIRST, shift=0.0):
    toy = Toy()
    y = toy.bias(toy.conv("input", first), np.full(4, shift))
    activate = {
        "relu": lambda v: np.maximum(v, np.float32(0)),
        "relu6": lambda v: np.clip(v, np.float32(0), np.float32(6)),
        "leaky-relu": lambda v: np.where(v < 0, v * np.float32(0.1), v),
        "clip": lambda v: np.clip(v, np.float32(-1e4), np.float32(1e4)),
    }[activation]
    toy.conv(toy.add(activation, activate, y), SECOND)
    if x is None:
        x = np.random.default_rng(1).normal(size=toy.shape)
    return network_of(toy, {"input": x.astype(np.float32)})


def told(a, b):
    """(whether any segment differs, the sentences)."""
    cut = cut_models(a, b, match(a, b))
    names = [f"conv{i}" for i in range(2)]
    return any(one.differs for one in segments(cut)), blind_spots(cut, (names, names))


@pytest.mark.parametrize("sides", [("relu", "relu6"), ("relu6", "relu")])
def test_is_a_limit_at_6_that_no_value_reaches_told(sides):
    small = FIRST * 0.1
    differs, words = told(*(network(side, first=small) for side in sides))
    assert not differs
    assert any("reached 6 after conv0" in one for one in words)


def test_is_a_limit_that_is_reached_not_told():
    differs, words = told(network("relu6"), network("relu6"))
    assert not differs
    assert words == ()


@pytest.mark.parametrize("other", ["relu", "leaky-relu"])
def test_is_an_activation_told_below_whose_limit_nothing_lies(other):
    differs, words = told(network("relu", shift=1e3), network(other, shift=1e3))
    assert not differs
    assert any("below the lower limit of the activation after conv0" in one for one in words)


def test_is_a_clip_at_an_unreached_limit_told():
    _, words = told(network("clip"), network("clip"))
    assert any("upper limit of the clip after conv0" in one for one in words)


def test_are_channels_told_that_only_gave_zeros():
    bias = np.float32([0, 0, -1e3, 0])

    def one():
        toy = Toy()
        y = toy.relu(toy.bias(toy.conv("input", FIRST), bias))
        toy.conv(y, SECOND)
        return toy.network()

    _, words = told(one(), one())
    assert any("0 everywhere after conv0" in one for one in words)


def test_are_inputs_told_that_hide_an_order():
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 1))
    grey = np.repeat(x, 3, -1)
    _, words = told(network("relu6", grey), network("relu6", grey))
    assert any("their order" in one for one in words)
    symmetric = grey + grey.swapaxes(1, 2)
    _, words = told(network("relu6", symmetric), network("relu6", symmetric))
    assert any("height and width" in one for one in words)
