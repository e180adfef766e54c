"""Is a bias inside one model's convolution found where the other model adds it further on?"""

import numpy as np
import pytest

from convcheck.results import Verdict
from tests.model.toy import Toy, judged, kernels

FIRST, LAST, SECOND = kernels((3, 3, 3, 4), (1, 1, 4, 2), (3, 3, 4, 4))
BIAS = np.float32([0.1, -0.2, 0.3, 1])
PADS = ((1, 1), (1, 1))


def inside(bias=BIAS):
    toy = Toy()
    x = toy.general("input", FIRST, bias, padding=PADS)
    toy.conv(toy.relu(x), LAST, ((0, 0), (0, 0)))
    return toy.network()


def later(bias=BIAS):
    """An operator stands between the convolution and the sum: they are not taken for one."""
    toy = Toy()
    x = toy.general("input", FIRST, padding=PADS)
    x = toy.bias(toy.add("", lambda v: v + np.float32(0), x), bias)
    toy.conv(toy.relu(x), LAST, ((0, 0), (0, 0)))
    return toy.network()


@pytest.mark.parametrize("pair", [(inside, later), (later, inside), (later, later)])
def test_is_a_bias_that_is_added_later_no_difference(pair):
    pairs, segments = judged(*(make() for make in pair))
    assert [one.weights for one in pairs] == ["equal", "equal"]
    assert not any(one.verdict is Verdict.DIFFERENT for one in pairs)
    assert not any(one.differs for one in segments)


def test_is_another_bias_there_a_difference():
    pairs, segments = judged(inside(), later(BIAS * 2))
    assert any(one.differs for one in segments) or pairs[0].verdict is Verdict.DIFFERENT


def test_is_a_bias_that_nobody_adds_missing():
    pairs, segments = judged(inside(), inside(None))
    (finding,) = pairs[0].findings
    assert (finding.cause, finding.status) == ("missing-bias", "proved")
    assert not any(one.differs for one in segments)


def test_is_a_missing_bias_told_beside_a_fault_of_one_branch():
    """One of two segments after it differs either way."""

    def branched(bias, slope):
        toy = Toy()
        x = toy.relu(toy.general("input", FIRST, bias, padding=PADS))
        y = toy.conv(toy.leaky(toy.add("", lambda v: v - 1, x), slope), SECOND)
        toy.join(toy.conv(x, LAST, ((0, 0), (0, 0))), y)
        return toy.network()

    for one, other in (((BIAS, 0.1), (None, 0.3)), ((None, 0.1), (BIAS, 0.3))):
        pairs, segments = judged(branched(*one), branched(*other))
        (finding,) = pairs[0].findings
        assert finding.cause == "missing-bias"
        assert sum(segment.differs for segment in segments) == 1


def test_does_a_bias_in_an_operator_of_its_own_count_as_the_convolution_s():
    def beside(bias):
        toy = Toy()
        x = toy.bias(toy.general("input", FIRST, padding=PADS), bias)
        toy.conv(toy.relu(x), LAST, ((0, 0), (0, 0)))
        return toy.network()

    for ours, theirs, cause in (
        (beside(BIAS), inside(None), "missing-bias"),
        (beside(BIAS), beside(2 * BIAS), "bias-twice"),
        (inside(BIAS), beside(BIAS[::-1]), "bias-order"),
    ):
        pairs, segments = judged(ours, theirs)
        assert [one.cause for one in pairs[0].findings] == [cause]
        assert not any(one.differs for one in segments)
