"""Are small nets matched in every format that converters write, and is nothing found in them?"""

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from convcheck.model.against.check import check_against
from convcheck.model.against.request import AgainstRequest
from convcheck.model.match import match
from convcheck.model.network import network_of
from convcheck.results import Verdict
from convcheck.runtimes.graphs.client import RemoteModel
from convcheck.runtimes.graphs.layouts import numbers, stored
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits
from tests.model.formats import PORTED, WRITTEN

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NARROW = {"float16.tflite": "float16", "dynamic.tflite": "int8", "int8.tflite": "int8"}
"""Format -> how weights are related, where they are not the same."""
BACKWARDS = [
    ("mobilenet", "int8.tflite"),
    ("resnet", "dynamic.tflite"),
    ("grouped", "float16.tflite"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The nets, built by processes of their own."""
    made = tmp_path_factory.mktemp("nets")
    for module in ["nets", *(["torch_nets"] if PORTED else [])]:
        command = [sys.executable, "-m", f"tests.model.{module}", str(made)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr[-2000:]
    return made


@pytest.fixture(scope="module")
def warm():
    """The processes of all files."""
    with Runtimes() as runtimes:
        yield runtimes


@pytest.fixture(scope="module")
def network(folder, warm):
    """A function that opens one of the files."""

    @cache
    def opened(name):
        model = RemoteModel(warm, str(folder / name))
        (taken,) = model.graph.inputs
        x = np.load(folder / f"{name.split('.')[0]}.npy")
        x = x if taken.shape[1:] == x.shape[1:] else np.moveaxis(x, -1, 1)
        feed = stored(model.graph, taken.name, x, np.dtype(taken.dtype))
        return network_of(model, {taken.name: feed})

    return opened


@pytest.fixture(scope="module")
def against(folder, warm):
    """A function that holds two of the files against each other."""

    def check(a, b):
        x = str(folder / f"{a.split('.')[0]}.npy")
        request = AgainstRequest(str(folder / a), str(folder / b), input=(x,))
        return check_against(request, (warm, warm), Limits(), progress=lambda *_: None)

    return check


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
        flattened = a.layers[pair.a].flattened is not None  # PyTorch's with its channels first
        assert pair.transform == "same" or (flattened and pair.transform == "flatten-order")
        gaps = {
            j: float(np.abs(other - ours[pair.a]).mean())
            for j, other in enumerate(theirs)
            if other.shape == ours[pair.a].shape
        }
        assert gaps[pair.b] <= min(gaps.values()) + 1e-6


@pytest.mark.parametrize(("name", "form"), WRITTEN)
def test_is_a_conversion_matched_and_found_sound(network, against, name, form):
    ours, theirs = f"{name}.keras", f"{name}.{form}"
    a, b = network(ours), network(theirs)
    check_matching(a, b, match(a, b))
    found = against(ours, theirs)
    check_sound(found, len(a.layers))
    # Few weights stay as they are when only weights are quantized, and Conv3D always.
    assert {pair.weights for pair in found.pairs} <= {"equal", "folded", NARROW.get(form)}


@pytest.mark.parametrize(("name", "form"), BACKWARDS)
def test_is_the_narrower_model_sound_as_a_too(network, against, name, form):
    found = against(f"{name}.{form}", f"{name}.keras")
    check_sound(found, len(network(f"{name}.keras").layers))
    allowed = {"equal", "folded", f"{NARROW[form]} in A"}
    assert {pair.weights for pair in found.pairs} <= allowed


def check_sound(found, convolutions):
    """All are matched, all judged, nothing found; the limit of a segment is never half reached."""
    assert found.verdict in (Verdict.IDENTICAL, Verdict.ROUNDING)
    assert (found.places, found.unmatched_a, found.unmatched_b) == ((), (), ())
    assert len(found.pairs) == convolutions == len(found.segments) - 1
    assert all(pair.checks and pair.same_geometry for pair in found.pairs)
    assert max(one.units / one.limit for one in found.segments) < 0.5
