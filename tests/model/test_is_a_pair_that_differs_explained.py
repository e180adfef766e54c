"""Is it said why two matched convolutions are not the same, proved where both files state it?"""

import numpy as np
import pytest

from convcheck.results import Verdict
from tests.model.toy import Toy, judged, kernels

FIRST, KERNEL, LAST, DEEP = kernels((3, 3, 3, 4), (3, 3, 4, 4), (1, 1, 4, 2), (3, 3, 1, 8))
UP = kernels((3, 3, 4, 4), seed=3)[0]
BIAS = np.float32([0.1, -0.2, 0.3, 1])
PADS = ((1, 1), (1, 1))


def network(kernel=KERNEL, bias=BIAS, **geometry):
    """The convolution that is looked at stands between two others."""
    toy = Toy()
    x = toy.relu(toy.conv("input", FIRST))
    if "padding" not in geometry:
        geometry["padding"] = PADS
    x = toy.relu(toy.general(x, kernel, bias, **geometry))
    toy.conv(x, LAST, ((0, 0), (0, 0)))
    return toy.network()


def found(a, b):
    """The findings of the pair in the middle; all else is sound."""
    pairs, segments = judged(a, b)
    assert [one.verdict is Verdict.DIFFERENT for one in pairs] == [False, True, False]
    assert not any(one.differs for one in segments[:2])
    return pairs[1].findings


UNEVEN = {"strides": 2, "padding": ((0, 1), (0, 1))}


@pytest.mark.parametrize(
    ("ours", "theirs", "cause", "words"),
    [
        (UNEVEN, {"strides": 2, "padding": ((1, 0), (1, 0))}, "same-padding-side", "1:0, 1:0"),
        ({}, {"padding": 0}, "padding-mode", "padding valid"),
        ({}, {"padding": ((2, 0), (1, 1))}, "causal-padding", "causal"),
        ({}, {"padding": ((0, 2), (1, 1))}, "spatial-shift", "shifted by"),
        ({"dilations": 2, "padding": 2}, {}, "dilation-ignored", "dilation"),
        ({}, {"dilations": 2, "padding": 2}, "dilation-off-by-one", "2"),
        ({}, {"strides": 2}, "other-geometry", "strides 2, 2"),
        (
            {"transposed": True, "strides": 2, "padding": ((0, 1), (0, 1))},
            {"transposed": True, "strides": 2, "padding": ((1, 0), (1, 0))},
            "transpose-crop",
            "cropped",
        ),
        (
            {"transposed": True, "strides": 2, "padding": 1},
            {"transposed": True, "strides": 2, "padding": 1, "output_padding": 1},
            "output-padding",
            "an output padding of 1, 1",
        ),
    ],
)
def test_is_another_geometry_named_and_proved(ours, theirs, cause, words):
    for (one, other), named in (((ours, theirs), True), ((theirs, ours), False)):
        (finding,) = found(network(**one), network(**other))
        assert finding.status == "proved"
        if named:
            assert finding.cause == cause
            assert words in finding.summary
            assert finding.fix


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("kernel-flip", lambda k: k[::-1, ::-1]),
        ("kernel-flip", lambda k: k[:, ::-1]),
        ("kernel-transpose", lambda k: k.swapaxes(0, 1)),
        ("kernel-io-swap", lambda k: k.swapaxes(2, 3)),
        ("channel-order", lambda k: k[:, :, ::-1]),
        ("kernel-flip+kernel-transpose", lambda k: k.swapaxes(0, 1)[::-1, ::-1]),
        ("kernel-io-swap", lambda k: k.swapaxes(2, 3).reshape(k.shape)),
    ],
)
@pytest.mark.parametrize("halves", [False, True])
def test_is_a_kernel_in_another_order_named(cause, change, halves):
    """Proved bit for bit; rounded to float16 supported."""
    other = np.ascontiguousarray(change(KERNEL))
    other = other.astype(np.float16) if halves else other
    (finding,) = found(network(), network(other))
    assert finding.cause == cause
    assert finding.status == ("supported" if halves else "proved")
    assert finding.also == ()


def test_is_a_depthwise_kernel_in_another_order_named():
    def depthwise(kernel):
        toy = Toy((1, 8, 8, 4))
        toy.relu(toy.general("input", kernel, groups=4, padding=PADS))
        return toy.network()

    other = DEEP.reshape(3, 3, 1, 4, 2).swapaxes(-1, -2).reshape(DEEP.shape)
    (pair,), _ = judged(depthwise(DEEP), depthwise(other))
    (finding,) = pair.findings
    assert (finding.cause, finding.status) == ("depthwise-order", "proved")


def test_does_a_transposed_kernel_flip_have_its_own_name():
    ours = network(UP, transposed=True, strides=2, padding=1)
    (finding,) = found(ours, network(UP[::-1, ::-1], transposed=True, strides=2, padding=1))
    assert (finding.cause, finding.status) == ("transpose-kernel-flip", "proved")


def test_are_causes_that_the_kernel_cannot_tell_apart_all_named():
    kernel = KERNEL.copy()
    kernel[...] = kernel[:, :1] * np.float32([1, 2, 3]).reshape(1, 3, 1, 1)
    kernel[:, :] = np.float32([[1, 2, 3], [2, 4, 9], [3, 9, 5]])[..., None, None] * KERNEL[0, 0]
    flipped = kernel[::-1, ::-1]  # the same as one along both diagonals
    (finding,) = found(network(kernel), network(np.rot90(flipped, 2)[::-1, ::-1].copy()))
    assert finding.cause == "kernel-flip"


def test_is_a_change_that_leaves_the_kernel_as_it_is_no_finding():
    symmetric = (KERNEL + KERNEL[::-1, ::-1]) / 2
    pairs, _ = judged(network(symmetric), network(symmetric[::-1, ::-1].copy()))
    assert {pair.verdict for pair in pairs} == {Verdict.IDENTICAL}


@pytest.mark.parametrize(
    ("bias", "cause", "status"),
    [
        (None, "missing-bias", "proved"),
        (BIAS * 2, "bias-twice", "proved"),
        (BIAS[::-1], "bias-order", "proved"),
        (BIAS * np.float32([1, 1, 0, 1]), "bias-missing-in-channels", "proved"),
        (BIAS + np.float32([0, 0.01, 0, 0]), "output-offset", "supported"),
    ],
)
def test_is_another_bias_named(bias, cause, status):
    (finding,) = found(network(), network(bias=bias))
    assert (finding.cause, finding.status) == (cause, status)
    (back,) = found(network(bias=bias), network())
    assert back.status == "supported" or cause == "bias-order"
    assert back.cause == {"bias-order": cause, "missing-bias": cause}.get(cause, "output-offset")


def test_is_the_bias_of_another_layer_told():
    def two(*biases):
        toy, x = Toy(), "input"
        for kernel, bias in zip((FIRST, KERNEL), biases, strict=True):
            x = toy.relu(toy.general(x, kernel, bias, padding=PADS))
        return toy.network()

    other = BIAS[::-1] * 3 + np.float32(0.5)
    pairs, _ = judged(two(BIAS, other), two(other, BIAS))
    for pair, name in zip(pairs, ("conv1", "conv0"), strict=True):
        (finding,) = pair.findings
        assert finding.cause == "output-offset"
        assert finding.summary.startswith(f"B adds the bias of A's {name}: ")
        assert f"B has the bias of {name} here" in finding.fix
    pairs, _ = judged(two(BIAS, other), two(BIAS, other + np.float32(1)))
    (finding,) = pairs[1].findings
    assert finding.summary.startswith("B adds another bias: ")
    assert finding.fix == "give B's layer the bias that A's has here"


def test_are_factors_and_damage_told_apart():
    lost = KERNEL.copy()
    lost[..., 2] = 0
    edited = KERNEL.copy()
    edited[1, 2, 0, 3] += 0.5
    edited[..., :3][0, 0, 0] += 0.5
    (other,) = kernels(KERNEL.shape, seed=9)
    for kernel, cause, words in (
        (KERNEL * np.float32(1.5), "kernel-scale", "times 1.5"),
        (KERNEL * np.float32([1, 1.1, 0.9, 1]), "channel-scale", "channels 1 and 2"),
        (KERNEL / 255, "kernel-scale", "divided by 255"),
        (lost, "corrupted-channel", "channel 2 alone, all 0 in B"),
        (edited, "other-weights", "4 of 144 weights differ"),
        (other, "other-weights", "have nothing in common"),
    ):
        (finding,) = found(network(), network(kernel))
        assert finding.cause == cause
        assert words in finding.summary
        assert finding.status == "supported"


def test_are_geometry_and_kernel_both_named():
    other = network(KERNEL[::-1, ::-1], bias=None, strides=2, padding=((1, 0), (1, 0)))
    named = found(network(**UNEVEN), other)
    assert [one.cause for one in named] == ["same-padding-side", "kernel-flip", "missing-bias"]
    assert {one.status for one in named} == {"proved"}


def test_is_one_change_of_size_and_numbers_one_finding():
    (wide,) = kernels((1, 3, 4, 4), seed=5)
    ours = network(wide, padding=((0, 0), (1, 1)))
    for pads in (((0, 0), (1, 1)), ((1, 1), (0, 0))):
        (finding,) = found(ours, network(wide.swapaxes(0, 1), padding=pads))
        assert (finding.cause, finding.status) == ("kernel-transpose", "proved")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # Of an even input, stride 2: the last zero is read by no window.
        ({"strides": 2, "padding": ((1, 0), (1, 0))}, {"strides": 2, "padding": 1}),
    ],
)
def test_is_padding_that_no_window_reads_no_difference(ours, theirs):
    pairs, _ = judged(network(**ours), network(**theirs))
    assert {pair.verdict for pair in pairs} == {Verdict.IDENTICAL}
    assert all(pair.same_geometry for pair in pairs)


def test_is_another_epsilon_of_a_folded_batch_norm_solved():
    variance, gamma = np.float32([0.02, 1, 0.3, 4]), np.float32([1, -0.5, 2, 1])

    def normed(epsilon, folded):
        toy = Toy()
        scale = gamma / np.sqrt(variance + np.float32(epsilon))
        if folded:
            toy.relu(toy.general("input", FIRST * scale, BIAS, padding=PADS))
            return toy.network()
        x = toy.general("input", FIRST, padding=PADS)

        def norm(v, variance, gamma, beta):
            return v * (gamma / np.sqrt(variance + np.float32(epsilon))) + beta

        toy.relu(toy.add("batch-norm", norm, x, constants=[variance, gamma, BIAS]))
        return toy.network()

    (pair,), _ = judged(normed(1e-3, False), normed(1e-3, True))
    assert pair.weights == "folded"
    (pair,), _ = judged(normed(1e-3, False), normed(1e-5, True))
    (finding,) = pair.findings
    assert (finding.cause, finding.status) == ("batch-norm-epsilon", "supported")
    assert "epsilon 1e-05 where A's has 0.001" in finding.summary
    assert finding.also == ("channel-scale",)
