"""Is what is wrong with a batch norm named where a converter folded it into the kernel?"""

from dataclasses import replace

import numpy as np
import pytest

from convcheck.runtimes.graphs.graph import Quantization
from tests.model.toy import Toy, judged, kernels

(KERNEL,) = kernels((3, 3, 3, 4))
PADS = ((1, 1), (1, 1))
GAMMA, BETA = np.float32([1, 0.5, 2, 1]), np.float32([0.1, -0.2, 0.3, 1])
MEAN, VARIANCE = np.float32([0.5, -1, 0.2, 0.1]), np.float32([0.6, 1.5, 1.1, 1.9])


class Stored(Toy):
    """Its kernel may be held as integers."""

    def __init__(self):
        super().__init__()
        self.quantization = {}

    @property
    def graph(self):
        return replace(super().graph, quantization=self.quantization)

    def as_int8(self):
        """The only kernel as int8, each output channel's largest weight as 127."""
        name = self.convolutions[0].kernel
        kernel = self.constants[name]
        steps = (np.abs(kernel).max(axis=(0, 1, 2)) / np.float32(127)).astype(np.float32)
        self.constants[name] = np.rint(kernel / steps).astype(np.int8)
        self.quantization[name] = Quantization(tuple(map(float, steps)), (0,) * 4, axis=3)
        compute = self.compute[0]
        self.compute[0] = lambda v, k, *b: compute(v, k.astype(np.float32) * steps, *b)


def unfolded(variance=VARIANCE, mean=MEAN, gamma=GAMMA, epsilon=1e-3):
    toy = Toy()

    def norm(v, variance, gamma, beta, mean):
        return (v - mean) * (gamma / np.sqrt(variance + np.float32(epsilon))) + beta

    x = toy.general("input", KERNEL, padding=PADS)
    toy.relu(toy.add("batch-norm", norm, x, constants=[variance, gamma, BETA, mean]))
    return toy.network()


def folded(
    variance=VARIANCE, mean=MEAN, gamma=GAMMA, epsilon=1e-3, *, kernel=KERNEL, stored="float32"
):
    toy = Stored()
    scale = gamma / np.sqrt(variance + np.float32(epsilon))
    kernel = (kernel * scale).astype(np.float16 if stored == "float16" else np.float32)
    toy.general("input", kernel, BETA - mean * scale, padding=PADS)
    if stored == "int8":
        toy.as_int8()
    toy.relu(toy.operators[-1].outputs[0])
    return toy.network()


def findings(a, b):
    (pair,), _ = judged(a, b)
    return [(one.cause, one.status, one.summary) for one in pair.findings]


FORMATS = ("float32", "float16", "int8")
ONES = {"variance": np.ones(4, np.float32), "mean": np.zeros(4, np.float32)}


@pytest.mark.parametrize("stored", FORMATS)
def test_is_the_same_batch_norm_no_finding(stored):
    assert findings(unfolded(), folded(stored=stored)) == []


@pytest.mark.parametrize("stored", FORMATS)
def test_are_statistics_that_were_never_loaded_named(stored):
    ((cause, status, words),) = findings(unfolded(), folded(**ONES, stored=stored))
    assert (cause, status) == ("batch-norm-statistics", "supported")
    assert "B's batch norm has the variance 1 in every channel" in words
    assert "A's has 0.6 to 1.9" in words


@pytest.mark.parametrize("stored", FORMATS)
def test_are_other_statistics_named(stored):
    b = folded(VARIANCE[::-1], MEAN[::-1], stored=stored)
    ((cause, status, words),) = findings(unfolded(), b)
    assert (cause, status) == ("batch-norm-statistics", "supported")
    assert "as another variance or gamma" in words


def test_are_factors_where_no_batch_norm_is_left_as_they_are():
    b = folded(VARIANCE[::-1], MEAN[::-1])
    assert [one[0] for one in findings(folded(), b)] == ["channel-scale"]


@pytest.mark.parametrize(
    ("stored", "more"),
    [("float32", ""), ("float16", "too coarse to tell it from"), ("int8", "")],
)
def test_is_another_epsilon_told_as_far_as_the_format_tells_it(stored, more):
    ((cause, _, words),) = findings(unfolded(), folded(epsilon=1e-5, stored=stored))
    assert cause == "batch-norm-epsilon"
    assert words.startswith("B's batch norm has epsilon 1e-05 where A's has 0.001")
    assert words.endswith("0.001") if not more else more in words


@pytest.mark.parametrize("stored", FORMATS)
@pytest.mark.parametrize(
    ("other", "cause"),
    [({"epsilon": 1e-5}, "batch-norm-epsilon"), (ONES, "batch-norm-statistics")],
)
def test_are_a_flipped_kernel_and_another_batch_norm_both_named(other, cause, stored):
    b = folded(**other, kernel=KERNEL[::-1, ::-1], stored=stored)
    found = findings(unfolded(), b)
    assert [one[:2] for one in found] == [("kernel-flip", "supported"), (cause, "supported")]


def test_is_a_kernel_that_has_nothing_in_common_not_taken_for_one_in_another_order():
    (other,) = kernels(KERNEL.shape, seed=9)
    for stored in FORMATS:
        (found,) = (findings(unfolded(), folded(kernel=other, stored=stored)),)
        assert found[0][0] == "other-weights"
