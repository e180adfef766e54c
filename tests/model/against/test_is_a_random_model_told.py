"""Is a model told that gives other numbers each time it runs, and no fault hidden by that?"""

import numpy as np

from convcheck.model.against.naming.faults import faults_of
from convcheck.model.against.steady import watched
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.segments import segments
from tests.model.toy import Toy, kernels

FIRST, SECOND = kernels((3, 3, 3, 4), (3, 3, 4, 4))


def network(*steps):
    toy = Toy()
    x = toy.conv("input", FIRST)
    for step in steps:
        x = toy.add("random", step, x)  # by whose word a model is run again
    toy.conv(toy.relu(x), SECOND)
    return watched(toy.network())


def noisy(size, seed=4):
    rng = np.random.default_rng(seed)
    return lambda v: (v + size * rng.normal(size=v.shape)).astype(np.float32)


def dropped():
    """Dropout that drops other values each time."""
    rng = np.random.default_rng(4)

    def drop(v):
        return np.where(rng.random(v.shape) >= 0.25, v / np.float32(0.75), np.float32(0))

    return drop


def found(a, b):
    cut = cut_models(a, b, match(a, b))
    wrong = [one for one in segments(cut) if one.differs]
    return [fault for one in wrong for fault in faults_of(cut, one)]


def test_is_a_steady_model_not_called_random():
    assert network()[1] == ""
    assert network(lambda v: v * np.float32(np.nan))[1] == ""


def test_is_a_random_model_told_with_how_much():
    one, note = network(noisy(0.1))
    assert not one.steady
    assert note.startswith("random: run twice on one input")


def test_is_what_a_random_model_does_otherwise_found():
    """Its own randomness is no rounding: it makes no limit wider."""
    (fault,) = found(network()[0], network(dropped())[0])
    assert fault.named is not None
    assert fault.named.cause == "dropout-active"
    (back,) = found(network(dropped())[0], network()[0])
    assert back.named is not None
    assert back.named.cause == "dropout-active"


def test_is_a_small_noise_found():
    assert found(network()[0], network(noisy(1e-3))[0])


def test_are_segments_without_randomness_judged_as_ever():
    def twice(v):
        return v * np.float32(2)

    toys = []
    for steps in ([noisy(0.1, 5)], [noisy(0.1, 6), twice]):
        toy = Toy()
        x = toy.relu(toy.conv("input", FIRST))
        for step in steps[1:]:
            x = toy.add("", step, x)
        toy.add("random", steps[0], toy.conv(x, SECOND))
        toys.append(watched(toy.network())[0])
    cut = cut_models(*toys, match(*toys))
    before, after = (one for one in segments(cut) if one.differs)
    assert (before.pair is None, after.output) == (False, 0)
