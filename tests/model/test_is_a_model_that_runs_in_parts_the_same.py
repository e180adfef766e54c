"""Is a model that runs a part at a time, its values in a file, found to be the same?"""

import numpy as np
import pytest

from convcheck.model import cuts
from convcheck.model.convolutions import layers, values
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.segments import count_segments, each_segment, segments
from tests.model.toy import Toy, kernels


class Watched(Toy):
    """Notes how many bytes each request asks for, and what it is given."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked, self.given = [], []

    def run(self, feeds, fetches):
        found = super().run(feeds, fetches)
        varying = self.graph.varying
        self.asked.append(sum(a.nbytes for name, a in found.items() if name in varying))
        self.given.append(set(feeds))
        return found


def net(*, factor=1.0):
    """Four convolutions, a sum past two of them, and something between the last two."""
    toy = Watched((1, 8, 8, 3))
    first, *more = kernels((3, 3, 3, 4), (3, 3, 4, 4), (3, 3, 4, 4), (3, 3, 4, 2))
    x = toy.relu(toy.conv("input", first))
    y = toy.sum(x, toy.relu(toy.conv(toy.relu(toy.conv(x, more[0])), more[1])))
    y = toy.norm(y, np.full(4, factor), np.zeros(4))
    toy.outputs = (toy.conv(y, more[2]),)
    return toy


@pytest.fixture
def small(monkeypatch):
    """Everything in the file, each part as small as can be."""
    monkeypatch.setattr(values, "IN_MEMORY", 0)
    monkeypatch.setattr(cuts, "IN_MEMORY", 0)
    monkeypatch.setattr(layers, "PART_BYTES", 1)
    monkeypatch.setattr(values, "PART_BYTES", 1)


def test_is_each_value_that_of_the_whole_run(small):
    toy = net()
    network = toy.network()
    names = [layer.input for layer in network.layers] + [layer.output for layer in network.layers]
    whole = Toy.run(toy, network.feeds, names)
    kept = network.values.of(names)
    assert all(np.array_equal(kept[name], whole[name]) for name in names)
    assert sum(isinstance(array, np.memmap) for array in kept.values()) >= 4


def test_is_no_more_asked_for_than_one_convolution_has_around_it(small):
    toy = net()
    toy.network()
    one_tensor = 8 * 8 * 4 * 4
    assert len(toy.asked) == 4
    assert max(toy.asked) <= 3 * one_tensor


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_is_the_same_segment_found_to_differ(factor, request):
    def found():
        a, b = net().network(), net(factor=factor).network()
        cut = cut_models(a, b, match(a, b))
        assert count_segments(cut) == len(list(each_segment(cut)))
        return [(one.differs, one.units == 0) for one in segments(cut)]

    at_once = found()
    request.getfixturevalue("small")
    assert found() == at_once
    assert any(differs for differs, _ in at_once) is (factor != 1)
