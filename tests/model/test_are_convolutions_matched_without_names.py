"""Is each convolution of one model found in the other, whatever a converter or a port did to it?"""

import numpy as np
import pytest

from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.segments import segments
from tests.model.toy import Toy, kernels


def chain(*weights, order=None):
    """Convolutions one after another, a clipped value between them."""
    toy, x = Toy((1, 8, 8, weights[0].shape[2])), "input"
    for weight in weights:
        x = toy.relu(toy.conv(x, weight), 2)
    return toy


def paired(a, b):
    return {pair.a: pair.b for pair in match(a.network(), b.network()).pairs}


def test_are_convolutions_found_in_another_order():
    one, two, three = kernels((3, 3, 3, 4), (3, 3, 3, 4), (1, 1, 8, 4))
    ours, theirs = Toy(), Toy()
    ours.conv(ours.join(ours.conv("input", one), ours.conv("input", two)), three)
    second, first = theirs.conv("input", two), theirs.conv("input", one)
    theirs.conv(theirs.join(first, second), three)
    assert paired(ours, theirs) == {0: 1, 1: 0, 2: 2}


def test_do_scales_and_signs_of_channels_leave_it_the_same():
    one, two = kernels((3, 3, 3, 4), (3, 3, 4, 4))
    scales = np.float32([0.1, -3, 50, 1])
    found = match(chain(one, two).network(), chain(one * scales, two).network())
    assert [(p.a, p.b, p.transform) for p in found.pairs] == [(0, 0, "same"), (1, 1, "same")]
    assert max(pair.distance for pair in found.pairs) < 1e-6


@pytest.mark.parametrize(
    ("transform", "change"),
    [
        ("kernel-flip", lambda k: k[::-1, ::-1]),
        ("kernel-transpose", lambda k: k.swapaxes(0, 1)),
        ("kernel-transpose+kernel-flip", lambda k: k.swapaxes(0, 1)[::-1, ::-1]),
        ("channels-exchanged", lambda k: k.swapaxes(2, 3)),
        ("channel-order", lambda k: k[:, :, ::-1]),
    ],
)
def test_is_a_kernel_found_that_a_port_got_wrong(transform, change):
    one, two, other = kernels((3, 3, 3, 4), (3, 3, 4, 4), (3, 3, 4, 4))
    found = match(chain(one, two, other).network(), chain(one, change(two).copy(), other).network())
    assert [(p.a, p.b) for p in found.pairs] == [(0, 0), (1, 1), (2, 2)]
    assert [pair.transform for pair in found.pairs] == ["same", transform, "same"]
    assert found.pairs[1].how == "weights"


def test_are_twins_told_apart_by_what_is_around_them():
    """Four equal kernels in a row, and a branch that ends in a fifth."""
    first, twin = kernels((3, 3, 4, 4), (3, 3, 4, 4))

    def built(branch_first):
        toy = Toy((1, 8, 8, 4))
        side = toy.conv("input", first) if branch_first else None
        x = "input"
        for _ in range(4):
            x = toy.relu(toy.conv(x, twin))
        side = side or toy.conv("input", first)
        toy.sum(toy.conv(side, twin), x)
        return toy

    ours, theirs = built(True), built(False)
    found = paired(ours, theirs)
    assert found == {0: 4, 1: 0, 2: 1, 3: 2, 4: 3, 5: 5}


@pytest.mark.parametrize("twins_first", [False, True])
def test_are_twins_in_another_order_told_apart_by_what_is_around_them(twins_first):
    """Two branches with an equal kernel each, which the other model computes second one first."""
    ones = kernels((3, 3, 4, 4), (3, 3, 4, 4), seed=1)
    (twin,) = kernels((3, 3, 4, 4), seed=2)

    def built(order):
        toy, ends = Toy((1, 8, 8, 4)), {}
        for branch in order:
            first, second = (twin, ones[branch]) if twins_first else (ones[branch], twin)
            ends[branch] = toy.conv(toy.relu(toy.conv("input", first), 2 + branch), second)
        toy.join(ends[0], ends[1])
        return toy

    assert paired(built((0, 1)), built((1, 0))) == {0: 2, 1: 3, 2: 0, 3: 1}


def test_is_what_a_converter_merged_reported():
    """Twice the same convolution of the same tensor: the converter computes it once."""
    one, two = kernels((3, 3, 3, 4), (1, 1, 8, 4))
    ours, theirs = Toy(), Toy()
    ours.conv(ours.join(ours.conv("input", one), ours.relu(ours.conv("input", one))), two)
    once = theirs.conv("input", one)
    theirs.conv(theirs.join(once, theirs.relu(once)), two)
    found = match(ours.network(), theirs.network())
    assert {p.a: p.b for p in found.pairs} == {0: 0, 2: 1}
    assert (found.merged_a, found.merged_b) == ({1: 0}, {})
    back = match(theirs.network(), ours.network())
    assert (back.merged_a, back.merged_b) == ({}, {1: 0})
    assert back.unmatched_a == back.unmatched_b == ()


def test_is_a_convolution_with_other_weights_found_by_its_place():
    one, two, three, other = kernels((3, 3, 3, 4), (3, 3, 4, 4), (3, 3, 4, 4), (3, 3, 4, 4))
    found = match(chain(one, two, three).network(), chain(one, other, three).network())
    assert [(p.a, p.b, p.how) for p in found.pairs] == [
        (0, 0, "weights"),
        (1, 1, "place"),
        (2, 2, "weights"),
    ]


def test_is_what_has_no_counterpart_listed():
    one, two, three = kernels((3, 3, 3, 4), (3, 3, 4, 6), (3, 3, 6, 4))
    found = match(chain(one, two, three).network(), chain(one).network())
    assert [(p.a, p.b) for p in found.pairs] == [(0, 0)]
    assert (found.unmatched_a, found.unmatched_b) == ((1, 2), ())


@pytest.mark.parametrize("back", [False, True])
def test_is_a_dense_layer_found_whose_features_are_flattened_in_another_order(back):
    """One flattens (H, W, C), the other (C, H, W), each with its kernel's rows in that order."""
    conv, dense = kernels((3, 3, 3, 4), (8 * 8 * 4, 5))
    moved = dense.reshape(8, 8, 4, 5).transpose(2, 0, 1, 3).reshape(-1, 5)

    def built(channels_first, kernel):
        toy = Toy()
        flat = toy.flatten(toy.conv("input", conv), channels_first=channels_first)
        toy.dense(toy.bias(flat, np.zeros(256)), kernel)
        return toy.network()

    models = [built(False, dense), built(True, moved)]
    a, b = models[::-1] if back else models
    found = match(a, b)
    assert [(p.a, p.b, p.transform) for p in found.pairs] == [
        (0, 0, "same"),
        (1, 1, "flatten-order"),
    ]
    cut = cut_models(a, b, found)
    assert [one.weights.weight_gap for one in cut.cuts] == [0, 0]
    assert [one.differs for one in segments(cut)] == [False, False, False]
    wrong = built(True, dense) if not back else built(False, moved)
    found = match(a, wrong)
    assert found.pairs[1].transform == "same"
    assert [one.differs for one in segments(cut_models(a, wrong, found))] == [False, True, False]
