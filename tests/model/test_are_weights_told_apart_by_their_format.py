"""Is narrowing called by its format, and is what is near but of no format called different?"""

import numpy as np
import pytest

from convcheck.model.convolutions.weights import Stored, relation_of
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from tests.model.toy import Toy, kernels

(KERNEL,) = kernels((3, 3, 3, 4))
SCALE, SHIFT = np.float32([0.3, -2, 1.5, 7]), np.float32([0.1, -0.2, 0, 1])


def relation_in(cut, weights):
    """How the first pair's weights are related."""
    sides = (Stored(side.layers[0], side.model.graph) for side in (cut.a, cut.b))
    return relation_of(weights, *sides)


def bfloat16(kernel):
    """Rounded to nearest; the tests' numbers are no ties."""
    return ((kernel.view(np.uint32) + 0x8000) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def relation(kernel, bias=SHIFT, normed=True):
    """Of A, which has a batch norm, and a model that has this kernel and bias."""
    a, b = Toy(), Toy()
    x = a.conv("input", KERNEL)
    a.relu(a.norm(x, SCALE, SHIFT) if normed else a.bias(x, SHIFT))
    b.relu(b.bias(b.conv("input", kernel), bias))
    cut = cut_models(a.network(), b.network(), match(a.network(), b.network()))
    return relation_in(cut, cut.cuts[0].weights)


def test_are_equal_weights_equal():
    assert relation(KERNEL, normed=False) == "equal"


def test_is_a_folded_batch_norm_folded():
    assert relation(KERNEL * SCALE) == "folded"


@pytest.mark.parametrize("normed", [False, True])
def test_are_narrower_weights_called_by_their_format(normed):
    kernel = KERNEL * SCALE if normed else KERNEL
    halves = kernel.astype(np.float16).astype(np.float32)
    assert relation(halves, normed=normed) == "float16"
    assert relation(bfloat16(kernel), normed=normed) == "bfloat16"
    # As far from A's as the format may be, but of no format.
    assert relation(kernel + (halves - kernel) * np.float32(0.9), normed=normed) == "different"
    # Of the format, but not the nearest.
    other = np.nextafter(kernel.astype(np.float16), np.float16(np.inf)).astype(np.float32)
    assert relation(np.where(other == halves, halves + 2**-9, other), normed=normed) == "different"


def test_may_a_bias_be_as_narrow_as_the_weights():
    """Also where it is larger than what the channel gives, which cancels with it."""
    bias = np.float32([100.03, -50.017, 0.1, 0])
    halves = bias.astype(np.float16).astype(np.float32)
    a, b = Toy(), Toy()
    a.relu(a.bias(a.conv("input", KERNEL * 1e-3), bias))
    b.relu(b.bias(b.conv("input", (KERNEL * 1e-3).astype(np.float16)), halves))
    cut = cut_models(a.network(), b.network(), match(a.network(), b.network()))
    assert relation_in(cut, cut.cuts[0].weights) == "float16"


@pytest.mark.parametrize("factor", [1 + 1e-5, 1.001, -1])
def test_are_other_weights_different(factor):
    kernel = (KERNEL * SCALE).copy()
    kernel[1, 2, 0, 3] *= factor
    assert relation(kernel) == "different"
    assert relation(KERNEL * SCALE, SHIFT + np.float32([0, 1e-3, 0, 0])) == "different"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_are_weights_that_are_not_finite_different(value):
    kernel = KERNEL.copy()
    kernel[0, 0, 0, 0] = value
    with np.errstate(invalid="ignore"):
        assert relation(kernel, normed=False) == "different"


def relation_of_two(ours, theirs):
    """Of two models that have these kernels, and nothing beside them."""
    a, b = Toy(), Toy()
    for toy, kernel in ((a, ours), (b, theirs)):
        toy.relu(toy.conv("input", kernel))
    cut = cut_models(a.network(), b.network(), match(a.network(), b.network()))
    return relation_in(cut, cut.cuts[0].weights)


def test_may_a_be_the_narrower_one():
    halves = KERNEL.astype(np.float16).astype(np.float32)
    assert relation_of_two(halves, KERNEL) == "float16 in A"


@pytest.mark.parametrize("change", [1 + 2.0**-12, np.float32([1, 1, 1, 1 + 2.0**-12])])
def test_is_a_scale_on_numbers_that_were_narrow_no_rounding_of_them(change):
    """As from weights that were trained in half precision, and scaled by another model."""
    halves = KERNEL.astype(np.float16).astype(np.float32)
    assert relation_of_two(halves, (halves * change).astype(np.float32)) == "different"
    assert relation_of_two(bfloat16(KERNEL), bfloat16(KERNEL) * np.float32(1.001)) == "different"
