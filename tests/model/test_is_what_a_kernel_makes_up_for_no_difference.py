"""Is a segment that differs no fault where the convolution after it makes up for it?"""

import numpy as np
import pytest

from convcheck.model.network import network_of
from convcheck.results import Verdict
from tests.model.toy import Toy, judged, kernels

FIRST, KERNEL = kernels((3, 3, 3, 4), (3, 3, 4, 4))
BIAS = np.float32([0.1, -0.2, 0.3, 1])
ONES = ((1, 1), (1, 1))
NONE = ((0, 0), (0, 0))


def network(kernel=KERNEL, bias=BIAS, before=lambda toy, x: x, pads=ONES):
    """Something, and the convolution after it, which may make up for it."""
    toy = Toy()
    x = before(toy, toy.relu(toy.conv("input", FIRST), 2))
    toy.relu(toy.general(x, kernel, bias, padding=pads), 3)
    return toy.network()


def reversed_channels(toy, x):
    return toy.add("reverse", lambda v: v[..., ::-1], x)


def times(factor):
    return lambda toy, x: toy.add("multiply", np.multiply, x, constants=[np.float32(factor)])


def plus(values):
    return lambda toy, x: toy.add("add", np.add, x, constants=[np.float32(values)])


def padded(value=0.0):
    def pad(toy, x):
        sides = [(0, 0), (1, 1), (1, 1), (0, 0)]
        x = toy.add("tile", lambda v: np.pad(v, sides, constant_values=value), x)
        return toy.relu(x)

    return pad


def sound(a, b):
    pairs, segments = judged(a, b)
    assert [one.verdict is Verdict.DIFFERENT for one in pairs] == [False] * len(pairs)
    assert not any(one.differs for one in segments)
    return pairs, segments


SCALES = np.float32([0.5, 3, 1.7, 0.01])
SHIFTS = np.float32([0.1, -1, 0.3, 2])
MOVED = (KERNEL * SHIFTS[:, None]).sum(axis=(0, 1, 2))
SOUND = {
    "reversed channels": (
        network(),
        network(KERNEL[:, :, ::-1], before=reversed_channels),
    ),
    "scales by channel": (
        network(before=times(SCALES)),
        network(KERNEL * SCALES[:, None]),
    ),
    "a batch norm before": (
        network(before=lambda toy, x: plus(SHIFTS)(toy, times(SCALES)(toy, x)), pads=NONE),
        network(KERNEL * SCALES[:, None], BIAS + MOVED, pads=NONE),
    ),
    "a padding that is not absorbed": (network(), network(before=padded(), pads=NONE)),
}


@pytest.mark.parametrize("way", SOUND)
@pytest.mark.parametrize("back", [False, True])
def test_is_something_moved_into_the_kernel_sound(way, back):
    a, b = SOUND[way][::-1] if back else SOUND[way]
    pairs, segments = sound(a, b)
    assert segments[1].form == "another form"
    assert pairs[1].weights in ("another form", "equal")


def test_may_the_weights_be_narrow_as_well():
    narrow = (KERNEL[:, :, ::-1]).astype(np.float16)
    pairs, _ = sound(network(), network(narrow, before=reversed_channels))
    assert pairs[1].verdict is Verdict.ROUNDING


@pytest.mark.parametrize(
    ("kernel", "before", "bias"),
    [
        (KERNEL[:, :, ::-1], None, BIAS),  # one of both alone
        (KERNEL, reversed_channels, BIAS),
        (KERNEL[::-1, ::-1], reversed_channels, BIAS),
        (KERNEL * SCALES[:, None], times(SCALES), BIAS),  # twice in place of not at all
        (KERNEL[:, :, ::-1] * np.float32(1.001), reversed_channels, BIAS),
        (KERNEL[:, :, ::-1], reversed_channels, BIAS * np.float32(1.001)),
    ],
)
def test_is_what_is_made_up_for_in_part_a_difference(kernel, before, bias):
    faulty = network(kernel, bias, before=before or (lambda toy, x: x))
    pairs, segments = judged(network(), faulty)
    wrong = [one.verdict is Verdict.DIFFERENT for one in pairs], [one.differs for one in segments]
    assert wrong[0][1] or wrong[1][1]
    assert not wrong[0][0]
    assert not wrong[1][0]


def test_is_what_agrees_on_this_input_alone_a_difference():
    """A channel of the input is 2 everywhere, so that B may square it and halve its kernel."""
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 3)).astype(np.float32)
    x[..., 0] = 2

    def built(power, kernel):
        toy = Toy()
        exponents = np.float32([power, 1, 1])
        signed = toy.add(
            "pow", lambda v, e: np.sign(v) * np.abs(v) ** e, "input", constants=[exponents]
        )
        toy.relu(toy.conv(signed, kernel))
        return network_of(toy, {"input": x})

    pairs, segments = judged(built(1, FIRST), built(2, FIRST * np.float32([0.5, 1, 1])[:, None]))
    assert pairs[0].verdict is Verdict.DIFFERENT
    assert segments[0].differs
