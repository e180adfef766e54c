"""Are .pt2 archives and SavedModels graphs, and is what would do more than compute refused?"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.model.network import network_of
from convcheck.runtimes.graphs.client import RemoteModel
from convcheck.runtimes.host import Runtimes

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


def written(folder, script):
    command = [sys.executable, str(HERE / script), str(folder), str(folder / "marker")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    (folder / "marker").unlink(missing_ok=True)  # a model may run while it is written
    return folder


@pytest.fixture(scope="module")
def of_torch(tmp_path_factory):
    return written(tmp_path_factory.mktemp("torch"), "write_torch.py")


@pytest.fixture(scope="module")
def of_tensorflow(tmp_path_factory):
    return written(tmp_path_factory.mktemp("tensorflow"), "write_tensorflow.py")


@pytest.fixture(scope="module")
def runtimes():
    with Runtimes() as started:
        yield started


def refused(runtimes, path, what):
    with pytest.raises(UsageError, match=what) as error:
        RemoteModel(runtimes, str(path))
    assert "\n" not in str(error.value)
    assert not (path.parent / "marker").exists()


def test_does_a_program_give_what_it_gives_in_its_framework(runtimes, of_torch):
    model = RemoteModel(runtimes, str(of_torch / "net.pt2"))
    known = np.load(of_torch / "net.npz")
    (taken,), (output,) = model.graph.inputs, model.graph.outputs
    assert (taken.shape, taken.dtype) == ((1, 3, 8, 8), "float32")
    assert np.array_equal(model.run({taken.name: known["x"]}, [output])[output], known["y"])
    found = network_of(model, {taken.name: known["x"]}).layers
    assert [layer.spec.groups for layer in found] == [1, 4, 2, 1]
    assert [layer.spec.transposed for layer in found] == [False, False, True, False]
    assert found[0].spec.padding == ((1, 1), (0, 0))
    assert found[1].spec.padding == ((2, 3), (3, 2))  # the pad before it is a part of it
    assert found[2].spec.padding == ((1, 0), (1, 0))  # an output padding crops that much less
    assert found[3].flattened == (4, 8, 6)
    assert [layer.kernel.shape for layer in found] == [
        (3, 3, 3, 8),
        (3, 3, 2, 8),
        (3, 3, 2, 8),
        (1, 192, 5),
    ]


def test_is_what_comes_before_an_operator_in_place_kept(runtimes, of_torch):
    model = RemoteModel(runtimes, str(of_torch / "net.pt2"))
    place = next(i for i, one in enumerate(model.graph.operators) if "relu_." in one.kind)
    (before,), (after,) = (getattr(model.graph.operators[place], s) for s in ("inputs", "outputs"))
    x = np.load(of_torch / "net.npz")["x"]
    found = model.run({model.graph.inputs[0].name: x}, [before, after])
    assert found[before].min() < 0
    assert np.array_equal(found[after], np.maximum(found[before], 0))
    fed = model.run({before: np.full_like(found[before], -1)}, [after])
    assert not fed[after].any()


def test_is_a_program_that_changes_a_part_in_place_refused(runtimes, of_torch):
    refused(runtimes, of_torch / "part.pt2", "changes a part of a tensor in place")


def test_does_a_program_take_any_number_of_rows(runtimes, of_torch):
    model = RemoteModel(runtimes, str(of_torch / "sized.pt2"))
    (taken,), (output,) = model.graph.inputs, model.graph.outputs
    assert taken.shape == (1, 3, None, 8)
    for rows in (5, 8):
        x = np.zeros((1, 3, rows, 8), np.float32)
        assert model.run({taken.name: x}, [output])[output].shape == (1, 4, (rows - 2) * 6)


@pytest.mark.parametrize("name", ["samples", "expression"])
def test_is_code_in_a_program_never_looked_at(runtimes, of_torch, name):
    RemoteModel(runtimes, str(of_torch / f"{name}.pt2"))
    assert not (of_torch / "marker").exists()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("weights", "is a pickle"),
        ("pickle", "is a pickle"),
        ("aten.from_file.default", "does more than compute"),
        ("aten.save.default", "does more than compute"),
        ("aten._print.default", "does more than compute"),
        ("aten._sparse_coo_tensor_unsafe.default", "does more than compute"),
        ("aten._nested_view_from_buffer.default", "does more than compute"),
        ("system", "none of ATen's"),
        ("dunder", "none of ATen's"),
    ],
)
def test_is_a_program_that_does_more_refused(runtimes, of_torch, name, what):
    refused(runtimes, of_torch / f"{name}.pt2", what)


def test_is_a_saved_model_a_graph(runtimes, of_tensorflow):
    model = RemoteModel(runtimes, str(of_tensorflow / "sound.saved"))
    (taken,) = model.graph.inputs
    assert taken.shape == (1, None, 8, 3)
    (layer,) = network_of(model, {taken.name: np.zeros((1, 5, 8, 3), np.float32)}).layers
    assert (layer.spec.strides, layer.spec.padding) == ((2, 2), ((1, 1), (0, 1)))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("writes", "operator WriteFile is not one"),
        ("reads", "operator ReadFile is not one"),
        ("prints", "is not one of those that only compute"),
        ("python", "operator EagerPyFunc is not one"),
        ("table", "resource|HashTable"),
        ("link", "a link that leads out of the folder"),
        ("short", "cut short or damaged"),
    ],
)
def test_is_a_saved_model_that_does_more_refused(runtimes, of_tensorflow, name, what):
    refused(runtimes, of_tensorflow / f"{name}.saved", what)
