"""Is a file that is damaged, or that reaches out of its folder, refused in one line?"""

import os
from pathlib import Path

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats import onnx, tflite
from tests.runtimes.graphs.files import KERNEL, onnx_model, write_onnx, write_tflite

DATA = KERNEL.transpose(3, 2, 0, 1).tobytes()
OPENED = {"onnx": (onnx.open_model, write_onnx), "tflite": (tflite.open_model, write_tflite)}


def refused(kind, path):
    with pytest.raises(UsageError) as error:
        OPENED[kind][0](path)
    assert "\n" not in str(error.value)
    assert path in str(error.value)
    return str(error.value)


def test_is_data_beside_the_model_read(tmp_path):
    (tmp_path / "weights.bin").write_bytes(DATA)
    model = onnx.open_model(write_onnx(tmp_path, "weights.bin"))
    kernel = model.run({}, ["kernel"])["kernel"]
    assert np.array_equal(kernel, KERNEL.transpose(3, 2, 0, 1))


@pytest.mark.parametrize("place", ["../secret", "/{}/secret", "link", "folder/../../secret", ""])
def test_is_data_outside_the_folder_refused(tmp_path, place):
    folder = tmp_path / "model"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(DATA)
    os.symlink(tmp_path / "secret", folder / "link")
    path = write_onnx(folder, place.format(str(tmp_path).strip("/")))
    assert "no file in the model's folder" in refused("onnx", path)


def test_is_data_that_is_not_there_refused(tmp_path):
    (tmp_path / "weights.bin").write_bytes(DATA[:10])
    refused("onnx", write_onnx(tmp_path, "weights.bin"))


def test_is_an_operator_of_a_custom_library_refused(tmp_path):
    model = onnx_model()
    model.graph.node[4].domain = "my.company"
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    assert "custom one" in refused("onnx", str(tmp_path / "model.onnx"))


@pytest.mark.parametrize("kind", ["onnx", "tflite"])
def test_is_a_file_cut_short_or_scrambled_refused_or_read(tmp_path, kind):
    """Every length, and bytes changed at random: an error in one line, or a graph."""
    opened, write = OPENED[kind]
    path = write(tmp_path)
    whole = Path(path).read_bytes()
    rng = np.random.default_rng(0)
    broken = [whole[: int(n)] for n in rng.integers(0, len(whole) - 1, 20)]
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] = int(rng.integers(256))
        broken.append(bytes(data))
    messages = []
    for data in broken:
        Path(path).write_bytes(data)
        try:
            opened(path)
        except UsageError as error:
            messages.append(str(error))
    assert len(messages) >= 10
    assert not [message for message in messages if "\n" in message]
