"""Are convolutions that only their place matches called different, and what is left over listed?"""

import numpy as np

from convcheck.model.match import match
from convcheck.results import Verdict
from tests.model.toy import Toy, judged, kernels

CONV, DENSE, OTHER, LAST = kernels((3, 3, 3, 4), (256, 5), (256, 5), (5, 2))


def network(dense=DENSE, conv=CONV, *, channels_first=False):
    toy = Toy()
    x = toy.flatten(toy.relu(toy.conv("input", conv)), channels_first=channels_first)
    toy.dense(toy.relu(toy.dense(x, dense)), LAST)
    return toy.network()


def moved(dense):
    return dense.reshape(8, 8, 4, 5).transpose(2, 0, 1, 3).reshape(-1, 5)


def test_is_a_dense_layer_with_other_weights_different():
    a, b = network(), network(OTHER)
    assert [one.how for one in match(a, b).pairs] == ["weights", "place", "weights"]
    pairs, segments = judged(a, b)
    assert [one.weights for one in pairs] == ["equal", "different", "equal"]
    (finding,) = pairs[1].findings
    assert finding.cause == "other-weights"
    assert "nothing in common" in finding.summary
    assert not any(one.differs for one in segments)


def test_are_rows_in_the_order_of_another_flattening_a_fault_of_the_kernel():
    """They are sound where the features are flattened so, too."""
    pairs, segments = judged(network(), network(moved(DENSE), channels_first=True))
    assert not any(one.verdict is Verdict.DIFFERENT for one in pairs)
    assert segments[1].form == "flatten-order"
    pairs, segments = judged(network(), network(moved(DENSE)))
    (finding,) = pairs[1].findings
    assert (finding.cause, finding.status) == ("flatten-order", "proved")
    assert not any(one.differs for one in segments)


def test_are_zero_kernels_and_kernels_that_are_not_finite_judged():
    zero, nan = np.zeros_like(CONV), CONV.copy()
    nan[1, 1, 0, 2] = np.nan
    for same in (zero, nan):
        pairs, _ = judged(network(conv=same), network(conv=same))
        assert pairs[0].weights == "equal"
        assert pairs[0].verdict is Verdict.IDENTICAL
    for ours, theirs in ((zero, CONV), (CONV, zero), (CONV, nan), (nan, CONV)):
        pairs, _ = judged(network(conv=ours), network(conv=theirs))
        assert pairs[0].verdict is Verdict.DIFFERENT
        assert pairs[0].findings
        assert all(one.status != "proved" for one in pairs[0].findings if one.cause != "non-finite")


def test_are_pointwise_kernels_of_equal_numbers_told_apart():
    """Every transform leaves them as they are, so that none is to be named."""
    ones = np.ones((1, 1, 3, 4), np.float32)

    def pointwise(kernel):
        toy = Toy()
        toy.relu(toy.conv("input", kernel, ((0, 0), (0, 0))))
        return toy.network()

    pairs, _ = judged(pointwise(ones), pointwise(ones))
    assert pairs[0].verdict is Verdict.IDENTICAL
    pairs, _ = judged(pointwise(ones), pointwise(ones * 2))
    assert [one.cause for one in pairs[0].findings] == ["kernel-scale"]
