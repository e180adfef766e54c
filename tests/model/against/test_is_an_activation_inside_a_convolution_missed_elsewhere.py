"""Is a model found that lacks what the other applies inside a quantized convolution?"""

from dataclasses import replace

import numpy as np
import pytest

from convcheck.model.against.pairs.fused import lacking_activation
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.network import network_of
from tests.model.toy import Toy, kernels

FIRST, SECOND = kernels((3, 3, 3, 4), (3, 3, 4, 4))
LIMITS = {"relu": (0, np.inf), "relu6": (0, 6)}


def clip(low, high):
    return lambda v: np.clip(v, np.float32(low), np.float32(high))


def network(inside="", after="", first=FIRST, between=None):
    """One convolution with its activation inside it, or after it, and a second one."""
    toy = Toy()
    y = toy.conv("input", first)
    if inside:
        (declared,) = toy.convolutions
        compute = toy.compute[0]
        toy.compute[0] = lambda *v: clip(*LIMITS[inside])(compute(*v))
        toy.convolutions[0] = replace(declared, activation=inside)
    if between:
        y = toy.add("", between, y)
    if after:
        y = toy.add(after, clip(*LIMITS[after]), y)
    toy.conv(y, SECOND)
    x = np.random.default_rng(1).normal(size=toy.shape).astype(np.float32)
    return network_of(toy, {"input": x})


def found(a, b):
    cut = cut_models(a, b, match(a, b))
    return lacking_activation(cut, cut.cuts[0])


@pytest.mark.parametrize("word", LIMITS)
def test_is_the_same_activation_inside_and_after_left_alone(word):
    assert found(network(inside=word), network(after=word)) is None
    assert found(network(after=word), network(inside=word)) is None


@pytest.mark.parametrize(("inside", "after"), [("relu", ""), ("relu6", ""), ("relu6", "relu")])
def test_is_a_model_found_that_lacks_it(inside, after):
    one = found(network(after=after), network(inside=inside))
    assert (one.cause, one.status) == ("activation", "supported")
    assert f"B applies {inside}" in one.summary
    back = found(network(inside=inside), network(after=after))
    assert f"A applies {inside}" in back.summary


def test_is_a_limit_that_no_value_reaches_no_finding():
    small = FIRST * np.float32(0.01)
    assert found(network(after="relu", first=small), network(inside="relu6", first=small)) is None


@pytest.mark.parametrize("word", LIMITS)
def test_is_an_activation_that_comes_later_not_missed_where_what_is_before_it_is_told(word):
    def shifted(v):
        return v * np.float32(1.5) + np.float32(0.5)

    a, b = network(between=shifted, after=word), network(inside=word)
    for one, other in ((a, b), (b, a)):
        cut = cut_models(one, other, match(one, other))
        assert lacking_activation(cut, cut.cuts[0]) is not None
        assert lacking_activation(cut, cut.cuts[0], differs_after=True) is None
    never = network(between=shifted)
    cut = cut_models(never, b, match(never, b))
    assert lacking_activation(cut, cut.cuts[0], differs_after=True) is not None
