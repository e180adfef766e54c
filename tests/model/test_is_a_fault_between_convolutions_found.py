"""Is a segment that computes something else found, and are its neighbours left alone?"""

import numpy as np
import pytest

from convcheck.model.convolutions.weights import Stored, relation_of
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.measured import natural_rounding
from convcheck.model.segments import segments
from tests.model.toy import Toy, kernels

WEIGHTS = kernels((3, 3, 3, 4), (3, 3, 4, 4), (3, 3, 8, 4), (1, 1, 4, 2))
SCALE, SHIFT = np.float32([0.5, 2, 1.5, -1]), np.float32([0.1, -0.2, 0, 1])


def relation_in(cut, weights):
    """How the first pair's weights are related."""
    sides = (Stored(side.layers[0], side.model.graph) for side in (cut.a, cut.b))
    return relation_of(weights, *sides)


def network(
    *,
    fold=False,
    separate_pad=False,
    relu=1.5,
    slope=0.1,
    swapped=False,
    scale=SCALE,
    left_out=False,
    shift=SHIFT,
    bias=(0.1, 0.2, -0.3, 0.4),
):
    """One network in the ways that converters and ports write it, sound and not."""
    toy = Toy()
    first = WEIGHTS[0] * scale if fold else WEIGHTS[0]
    if separate_pad:
        x = toy.conv(toy.pad("input"), first, ((0, 0), (0, 0)))
    else:
        x = toy.conv("input", first)
    x = toy.bias(x, shift) if fold else toy.norm(x, scale, shift)
    x = toy.relu(x, relu)
    y = toy.conv(x, WEIGHTS[1])
    y = y if bias is None else toy.bias(y, bias)
    y = y if left_out else toy.leaky(y, slope)
    z = toy.conv(toy.join(y, x) if swapped else toy.join(x, y), WEIGHTS[2])
    toy.conv(toy.relu(z), WEIGHTS[3], ((0, 0), (0, 0)))
    return toy.network()


def compared(a, b):
    cut = cut_models(a, b, match(a, b))
    return cut, segments(cut)


def places(found):
    """The convolutions before which a segment differs; -1 for the model's output."""
    return [one.pair.a if one.pair else -1 for one in found if one.differs]


@pytest.mark.parametrize("way", [{}, {"fold": True}, {"separate_pad": True}])
def test_is_a_sound_conversion_left_alone(way):
    cut, found = compared(network(), network(**way))
    assert len(cut.cuts) == 4
    assert places(found) == []
    assert max(one.units for one in found) < 2
    assert max(cut.weights.weight_gap for cut in cut.cuts) < 2**-20
    assert max(cut.weights.bias_gap for cut in cut.cuts) < 2**-20


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        ({"relu": np.inf}, [1, 2]),
        ({"slope": 0.101}, [2]),
        ({"left_out": True}, [2]),
        ({"swapped": True}, [2]),
    ],
)
@pytest.mark.parametrize("fold", [False, True])
def test_is_a_fault_found_where_it_is_and_nowhere_else(fault, where, fold):
    _, found = compared(network(), network(fold=fold, **fault))
    assert places(found) == where
    _, back = compared(network(fold=fold, **fault), network())
    assert places(back) == where


def test_are_two_faults_both_found():
    a, b = network(), network(relu=np.inf, slope=0.2)
    assert places(compared(a, b)[1]) == [1, 2]


def test_is_a_batch_norm_with_another_epsilon_found():
    variance = np.float32([0.5, 1, 2, 4])
    other = SCALE * np.sqrt(variance + 1e-3) / np.sqrt(variance + 1e-5)
    _, found = compared(network(), network(scale=other))
    assert places(found) == [1, 2]  # it lies in both segments that begin with it
    cut, found = compared(network(), network(fold=True, scale=other))
    assert places(found) == []
    gaps = [one.weights.weight_gap for one in cut.cuts]
    assert gaps[0] > 1e-4
    assert max(gaps[1:]) == 0


def test_is_a_bias_left_out_found_after_its_convolution():
    cut, found = compared(network(), network(bias=None))
    assert places(found) == [2]
    assert max(one.weights.weight_gap for one in cut.cuts) == 0


def test_is_another_bias_found_in_all_that_follows_its_convolution():
    shift = SHIFT + np.float32([0, 0.01, 0, 0])
    _, found = compared(network(fold=True), network(fold=True, shift=shift))
    assert places(found) == [1, 2]


def test_is_a_scale_before_a_convolution_that_is_folded_into_it_no_fault():
    """Factors of the input and of the kernel cancel; alone, either is a fault."""

    def scaled(input_by, kernel_by, halves=False):
        toy = Toy()
        x = toy.add("multiply", np.multiply, "input", constants=[np.float32(input_by)])
        first = WEIGHTS[0] * np.float32(kernel_by)
        first = first.astype(np.float16 if halves else np.float32)
        toy.conv(toy.relu(toy.conv(x, first)), WEIGHTS[1])
        return toy.network()

    small = 1 / 255
    cut, found = compared(scaled(small, 1), scaled(1, small))
    assert places(found) == []
    assert found[0].factor == pytest.approx(small)
    weights = cut.cuts[0].weights.after(found[0].factor)
    assert relation_in(cut, weights) == "folded"
    cut, found = compared(scaled(small, 1), scaled(1, small, halves=True))
    assert places(found) == []
    weights = cut.cuts[0].weights.after(found[0].factor)
    assert relation_in(cut, weights) == "float16"
    cut, found = compared(scaled(small, 1), scaled(small, small))
    assert places(found) == []
    assert relation_in(cut, cut.cuts[0].weights) == "different"
    assert cut.cuts[0].weights.factor == pytest.approx(small)
    _, found = compared(scaled(small, 1), scaled(1, 1))
    assert places(found) == [0]


def test_is_a_unit_never_below_the_last_place_of_the_channel():
    values = np.float64([[4.0, 1e-9]])
    unit = natural_rounding(values, np.zeros((1, 2)), np.float64([[0, 1e-12]]))
    assert unit.tolist() == [4 * 2.0**-23, 4 * 2.0**-33]
