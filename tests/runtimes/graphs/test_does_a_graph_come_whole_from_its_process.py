"""Is a model in a process of its own the same graph, and does it give the same tensors?"""

import os

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.client import RemoteModel
from convcheck.runtimes.graphs.formats import onnx
from convcheck.runtimes.graphs.kinds import kind_of
from convcheck.runtimes.host import Runtimes
from tests.runtimes.graphs.files import X, write_onnx, write_tflite

FEEDS = {"x": X.transpose(0, 3, 1, 2)}


def test_does_a_graph_come_whole_from_its_process(tmp_path):
    path = write_onnx(tmp_path)
    here = onnx.open_model(path)
    with Runtimes() as runtimes:
        there = RemoteModel(runtimes, path)
        assert there.graph == here.graph
        wanted = ["conv", "active", "kernel", "x"]
        theirs, ours = there.run(FEEDS, wanted), here.run(FEEDS, wanted)
        assert all(np.array_equal(theirs[name], ours[name]) for name in wanted)
        with pytest.raises(UsageError, match="cannot run so"):
            there.run({}, ["z"])
        assert there.run(FEEDS, ["z"])["z"].shape == (1, 2, 6, 3)


def test_is_a_damaged_file_one_line(tmp_path):
    path = write_tflite(tmp_path)
    os.truncate(path, 100)
    with Runtimes() as runtimes, pytest.raises(UsageError, match="cannot load") as error:
        RemoteModel(runtimes, path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("name", "what"), [("a.txt", "no model file"), ("a.onnx", "no file")])
def test_is_what_is_no_model_named(tmp_path, name, what):
    with pytest.raises(UsageError, match=what):
        kind_of(str(tmp_path / name))
    with pytest.raises(UsageError, match="names no function"):
        kind_of("python:mine")
    with pytest.raises(UsageError, match=r"without a saved_model\.pb"):
        kind_of(str(tmp_path))
