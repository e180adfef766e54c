"""Is what differs between two convolutions named, by computing it, and nothing else beside it?"""

import numpy as np
import pytest

from convcheck.model.against.naming.faults import faults_of
from convcheck.model.against.places import judge_segment, places
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.segments import segments
from tests.model.toy import Toy, kernels

FIRST, SECOND, THIRD, WIDE = kernels((3, 3, 3, 4), (3, 3, 4, 4), (1, 1, 4, 2), (3, 3, 8, 4))
GAMMA, BETA, MEAN, VARIANCE = np.random.default_rng(5).uniform(0.5, 2, (4, 4)).astype(np.float32)
FLAT = np.random.default_rng(6).normal(size=(256, 3)).astype(np.float32)


class Net(Toy):
    """Operators that ports get wrong."""

    def unary(self, x, function, role=""):
        return self.add(role, function, x)

    def batch_norm(self, x, epsilon=1e-3, mean=MEAN):
        def normed(v, gamma, beta, m, variance):
            return (v - m) * gamma / np.sqrt(variance + np.float32(epsilon)) + beta

        return self.add("batch-norm", normed, x, constants=[GAMMA, BETA, mean, VARIANCE])

    def pool(self, x, reduce=np.max, pads=(0, 1), size=3, stride=2):
        def pooled(v):
            empty = -np.inf if reduce is np.max else np.nan
            padded = np.pad(v, ((0, 0), pads, pads, (0, 0)), constant_values=empty)
            windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
            found = reduce(windows[:, ::stride, ::stride], axis=(-1, -2))
            return found.astype(v.dtype)

        return self.add("max-pool" if reduce is np.max else "average-pool", pooled, x)


def chain(*steps, before=()):
    """Conv, the steps, conv, conv."""
    net, x = Net(), "input"
    for step in before:
        x = step(net, x)
    x = net.conv(x, FIRST)
    for step in steps:
        x = step(net, x)
    net.conv(net.relu(net.conv(x, SECOND)), THIRD, ((0, 0), (0, 0)))
    return net.network()


def unary(function, role=""):
    return lambda net, x: net.unary(x, function, role)


def relu(most=np.inf):
    return lambda net, x: net.relu(x, most)


def leaky(slope):
    return lambda net, x: net.leaky(x, slope)


def pool(**options):
    return lambda net, x: net.pool(x, **options)


def norm(**options):
    return lambda net, x: net.batch_norm(x, **options)


def bias(values=(0.1, 0.2, -0.3, 0.4)):
    return lambda net, x: net.bias(x, values)


def twice(coordinates="half"):
    """Linear, to twice the size."""

    def weights(n):
        i = np.arange(2 * n)
        at = (i + 0.5) / 2 - 0.5 if coordinates == "half" else i * (n - 1) / (2 * n - 1)
        at = np.clip(at, 0, n - 1)
        return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(n)))

    def resized(v):
        w = weights(v.shape[1])
        return np.einsum("ai,bj,nijc->nabc", w, w, v).astype(np.float32)

    return unary(resized, "resize")


def repeated(v):
    return v.repeat(2, axis=1).repeat(2, axis=2)


def dropped(rate, seed=3):
    def drop(v):
        kept = np.random.default_rng(seed).random(v.shape) >= rate
        return np.where(kept, v / np.float32(1 - rate), np.float32(0))

    return unary(drop)


def softmax(axis):
    def function(v):
        powers = np.exp(v - v.max(axis=axis, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)

    return unary(function, "softmax")


def swish(v):
    return v / (1 + np.exp(-v))


def hard_swish(v):
    return v * np.clip(v + 3, 0, 6) / 6


def gelu_by_tanh(v):
    return 0.5 * v * (1 + np.tanh(np.float32(np.sqrt(2 / np.pi)) * (v + 0.044715 * v**3)))


def shuffled(groups):
    def shuffle(v):
        parts = v.reshape(*v.shape[:-1], groups, -1)
        return np.swapaxes(parts, -1, -2).reshape(v.shape)

    return unary(shuffle)


def compared(a, b):
    cut = cut_models(a, b, match(a, b))
    found = [one for one in segments(cut) if one.differs]
    return cut, found


def causes(a, b):
    """The causes of all faults of all segments that differ."""
    cut, found = compared(a, b)
    faults = [fault for one in found for fault in faults_of(cut, one)]
    return [fault.named.cause if fault.named else "unexplained" for fault in faults], faults


TWO = {
    "clipped": ([relu()], [relu(6)]),
    "activation": ([relu()], []),
    "activation swish": ([unary(swish)], [unary(hard_swish)]),
    "activation gelu": ([unary(gelu_by_tanh)], [unary(swish)]),
    "leaky-slope": ([leaky(0.1)], [leaky(0.3)]),
    "pool-mode": ([relu(), pool()], [relu(), pool(reduce=np.nanmean)]),
    "pool-padding": ([pool()], [pool(pads=(1, 0))]),
    "pool-padding mean": ([pool(reduce=np.nanmean)], [pool(reduce=np.nanmean, pads=(1, 0))]),
    "pool-window": (
        [pool(pads=(1, 1), stride=1)],
        [pool(pads=(2, 2), size=5, stride=1)],
    ),
    "upsampling-mode": ([twice()], [unary(repeated, "resize")]),
    "align-corners": ([twice()], [twice("corners")]),
    "batch-norm-epsilon": ([norm()], [norm(epsilon=1e-5)]),
    "batch-norm-statistics": ([norm()], [norm(mean=MEAN * 2)]),
    "missing-bias": ([bias()], []),
    "layer-left-out": ([norm(), relu()], [relu()]),
    "layer-left-out pool": ([pool(pads=(1, 1), stride=1)], []),
    "dropout-active": ([relu()], [relu(), dropped(0.25)]),
    "channel-shuffle": ([], [shuffled(2)]),
    "spatial-transpose": ([], [unary(lambda v: np.swapaxes(v, 1, 2))]),
    "spatial-shift": ([], [unary(lambda v: np.roll(np.pad(v, 1)[1:2, 1:-1, :-2, 1:-1], 0))]),
    "softmax-axis": ([softmax(-1)], [softmax(1)]),
    "output-scale": ([unary(lambda v: v * np.float32(2))], [unary(lambda v: v * np.float32(3))]),
}
"""Cause -> what lies between two convolutions in A and in B."""


@pytest.mark.parametrize("name", TWO)
def test_is_a_fault_named_both_ways(name):
    ours, theirs = TWO[name]
    a, b = chain(*ours), chain(*theirs)
    for one, other in ((a, b), (b, a)):
        found, faults = causes(one, other)
        assert found == [name.split()[0]]
        assert faults[0].whole


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("channel-order", unary(lambda v: v[..., ::-1])),
        ("input-normalization", unary(lambda v: v / np.float32(127.5) - 1)),
        ("spatial-transpose", unary(lambda v: np.swapaxes(v, 1, 2))),
    ],
)
def test_is_an_input_that_is_prepared_otherwise_named(name, step):
    a, b = chain(relu()), chain(relu(), before=[step])
    assert causes(a, b)[0] == [name]
    assert causes(b, a)[0] == [name]


def joined(*, swapped=False, left_out=False, factor=1.0, summed=False):
    net = Net()
    x = net.relu(net.conv("input", FIRST))
    y = net.leaky(net.conv(x, SECOND), 0.1)
    if summed:
        z = net.unary(x, lambda v: v * np.float32(factor), "multiply") if factor != 1 else x
        joint = y if left_out else net.sum(y, z)
        net.conv(joint, THIRD, ((0, 0), (0, 0)))
    else:
        joint = net.join(y, x) if swapped else net.join(x, y)
        net.conv(joint, WIDE)
    return net.network()


def test_is_the_order_of_a_concatenation_named():
    assert causes(joined(), joined(swapped=True))[0] == ["concat-order"]


def test_is_a_sum_that_is_left_out_named_both_ways():
    a, b = joined(summed=True), joined(summed=True, left_out=True)
    assert causes(a, b)[0] == causes(b, a)[0] == ["layer-left-out"]


def test_is_a_factor_on_a_skip_connection_named():
    a, b = joined(summed=True), joined(summed=True, factor=1.01)
    found, faults = causes(a, b)
    assert found == ["output-scale"]
    assert faults[0].words[1] == "multiplies by 1.01"


def test_is_the_order_of_flattening_named():
    def network(**options):
        net = Net()
        net.dense(net.flatten(net.relu(net.conv("input", FIRST)), **options), FLAT)
        return net.network()

    found, faults = causes(network(), network(channels_first=True))
    assert found == ["flatten-order"]
    assert faults[0].words == ("flattens by H, W, C", "flattens by C, H, W")


def test_are_the_numbers_of_a_fault_told():
    assert causes(chain(leaky(0.1)), chain(leaky(0.3)))[1][0].words == (
        "lets 0.1 of what is below zero through",
        "lets 0.3 of what is below zero through",
    )
    assert causes(chain(norm()), chain(norm(epsilon=1e-5)))[1][0].words == (
        "normalizes with epsilon 0.001",
        "normalizes with epsilon 1e-05",
    )
    words = causes(chain(pool()), chain(pool(pads=(1, 0))))[1][0].words
    assert words[0] == "takes the maximum of 3x3 windows every 2, padded 0:1,0:1"
    assert words[1] == "takes the maximum of 3x3 windows every 2, padded 1:0,1:0"


def test_are_two_faults_of_one_segment_both_named():
    a = chain(leaky(0.1), pool())
    b = chain(leaky(0.2), pool(reduce=np.nanmean))
    assert causes(a, b)[0] == ["leaky-slope", "pool-mode"]
    assert causes(b, a)[0] == ["leaky-slope", "pool-mode"]


def test_are_a_layer_left_out_and_a_fault_after_it_both_named():
    for ours, theirs, named in (
        ([relu(), pool()], [pool(reduce=np.nanmean)], ["activation", "pool-mode"]),
        ([bias(), pool()], [pool(pads=(1, 0))], ["missing-bias", "pool-padding"]),
        ([norm(), leaky(0.1)], [leaky(0.3)], ["layer-left-out", "leaky-slope"]),
    ):
        a, b = chain(*ours), chain(*theirs)
        assert causes(a, b)[0] == named
        assert causes(b, a)[0] == named


def test_is_a_batch_norm_of_two_operators_one_fault_beside_another():
    def normed(epsilon):
        scale = GAMMA / np.sqrt(VARIANCE + np.float32(epsilon))
        shift = BETA - MEAN * scale
        inner = [lambda net, x: net.add("multiply", np.multiply, x, constants=[scale])]
        return [*inner, bias(shift)]

    a, b = chain(*normed(1e-3), relu()), chain(*normed(1e-1))
    found, _ = causes(a, b)
    assert len(found) == 2
    assert found[1] == "activation"


def test_is_a_fault_beside_one_that_several_segments_show_a_place_of_its_own():
    def network(mean, *, with_relu):
        net = Net()
        x = net.conv("input", FIRST)
        x = net.relu(x) if with_relu else x
        pooled = net.pool(x, np.nanmean if mean else np.max, (1, 1), stride=1)
        net.join(net.conv(x, SECOND), net.conv(pooled, THIRD, ((0, 0), (0, 0))))
        return net.network()

    found = judged(network(False, with_relu=True), network(True, with_relu=False))
    assert [one.cause for place in found for one in place.findings] == ["activation", "pool-mode"]
    assert [place.segments for place in found] == [(1, 2), (2,)]


def judged(a, b):
    cut = cut_models(a, b, match(a, b))
    names = tuple([f"conv{i}" for i in range(len(n.layers))] for n in (a, b))
    return places([], [judge_segment(cut, one, names) for one in segments(cut)])


def test_is_a_fault_that_several_segments_show_one_place():
    def network(most):
        net = Net()
        x = net.relu(net.conv("input", FIRST), most)
        y = net.leaky(net.conv(x, SECOND), 0.1)
        net.conv(net.join(x, y), WIDE)
        return net.network()

    (found,) = judged(network(np.inf), network(6))
    assert found.segments == (1, 2)
    assert [one.cause for one in found.findings] == ["clipped"]
    assert found.findings[0].status == "supported"
    assert found.findings[0].fix


def test_are_three_faults_three_places():
    def network(most, slope, *, swapped):
        net = Net()
        x = net.relu(net.conv("input", FIRST), most)
        y = net.leaky(net.conv(x, SECOND), slope)
        net.conv(net.join(y, x) if swapped else net.join(x, y), WIDE)
        return net.network()

    found = judged(network(np.inf, 0.1, swapped=False), network(6, 0.3, swapped=True))
    named = sorted(one.cause for place in found for one in place.findings)
    assert named == ["clipped", "concat-order", "leaky-slope"]


@pytest.mark.parametrize(
    "step",
    [
        unary(lambda v: np.sin(3 * v)),
        unary(lambda v: np.where(np.arange(4) == 2, v * v, v)),
        unary(lambda v: np.sqrt(v)),
        unary(lambda v: v + np.float32(0.1) * np.roll(v, 1, axis=1)),
    ],
)
def test_is_what_is_not_known_located_and_not_named(step):
    with np.errstate(invalid="ignore"):
        found, faults = causes(chain(leaky(0.1)), chain(step))
    assert found == ["unexplained"]
    assert (faults[0].place_a, faults[0].place_b) == (1, 1)


def test_is_noise_that_is_no_fault_left_alone():
    a = chain(norm(), unary(swish))
    b = chain(unary(lambda v: v.astype(np.float64).astype(np.float32)), norm(), unary(swish))
    assert compared(a, b)[1] == []
