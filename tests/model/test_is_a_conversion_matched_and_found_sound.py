"""Are small nets matched in every format that converters write, and is nothing found in them?"""

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from convcheck.model.convolutions.weights import relation_of
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.network import network_of
from convcheck.model.segments import segments
from convcheck.runtimes.graphs.client import RemoteModel
from convcheck.runtimes.graphs.layouts import numbers, stored
from convcheck.runtimes.host import Runtimes
from tests.model.formats import WRITTEN

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NARROW = {"float16.tflite": "float16", "dynamic.tflite": "int8", "int8.tflite": "int8"}
"""Format -> how weights are related, where they are not the same."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The nets, built by a process of its own."""
    made = tmp_path_factory.mktemp("nets")
    command = [sys.executable, "-m", "tests.model.nets", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return made


@pytest.fixture(scope="module")
def network(folder):
    """A function that opens one of the files."""
    with Runtimes() as runtimes:

        @cache
        def opened(name):
            model = RemoteModel(runtimes, str(folder / name))
            (taken,) = model.graph.inputs
            x = np.load(folder / f"{name.split('.')[0]}.npy")
            feed = stored(model.graph, taken.name, x, np.dtype(taken.dtype))
            return network_of(model, {taken.name: feed})

        yield opened


def inputs_of(network):
    """What each convolution reads, as numbers (N, *spatial, C)."""
    names = [layer.input for layer in network.layers]
    values = network.model.run(network.feeds, names)
    return [
        layer.input_of(numbers(network.model.graph, layer.input, values[layer.input]))
        for layer in network.layers
    ]


def check_matching(a, b, found):
    """All are matched, and each reads what its partner reads: no other one's input is nearer."""
    assert len(found.pairs) == len(a.layers) == len(b.layers)
    ours, theirs = inputs_of(a), inputs_of(b)
    for pair in found.pairs:
        assert pair.distance < 0.01
        assert pair.transform == "same"
        gaps = {
            j: float(np.abs(other - ours[pair.a]).mean())
            for j, other in enumerate(theirs)
            if other.shape == ours[pair.a].shape
        }
        assert gaps[pair.b] <= min(gaps.values()) + 1e-6


@pytest.mark.parametrize(("name", "form"), WRITTEN)
def test_is_a_conversion_matched_and_found_sound(network, name, form):
    a, b = network(f"{name}.keras"), network(f"{name}.{form}")
    found = match(a, b)
    check_matching(a, b, found)
    cut = cut_models(a, b, found)
    for one in cut.cuts:
        assert a.layers[one.pair.a].spec == b.layers[one.pair.b].spec
        assert one.fed
        relation = relation_of(one.weights, b.layers[one.pair.b], b.model.graph)
        # Few weights stay as they are when only weights are quantized, and Conv3D always.
        assert relation in {"equal", "folded", NARROW.get(form)}
    found = segments(cut)
    assert len(found) == len(cut.cuts) + 1
    assert [one for one in found if one.differs] == []
