"""Does each input of a model get what was given for it, and is a mistake one line?"""

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.model.inputs.arrays import feeds_of, make_inputs, real_inputs
from convcheck.model.inputs.sources import sources_of, split_name
from convcheck.runtimes.graphs.graph import Graph, Quantization, Tensor

IMAGE, MASK = Tensor("t3", (1, 4, 4, 3), "float32", "image:0"), Tensor("mask", (None, 2), "int32")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """image.npy, mask.npy and both.npz in the current folder."""
    monkeypatch.chdir(tmp_path)
    arrays = {"image": np.full((1, 4, 4, 3), 0.5), "mask": np.array([[3, 4]])}
    for name, array in arrays.items():
        np.save(f"{name}.npy", array)
    np.savez("both.npz", **arrays)
    return arrays


@pytest.mark.parametrize(
    "asked",
    [
        ("image=image.npy", "mask=mask.npy"),
        ("mask=mask.npy", "image=image.npy"),
        ("mask=mask.npy", "image.npy"),
        "both.npz",
    ],
)
def test_does_each_input_get_its_own(files, asked):
    image, mask = make_inputs(sources_of(asked), [IMAGE, MASK], 0)
    assert (image == files["image"]).all()
    assert (mask == files["mask"]).all()
    assert (image.dtype, mask.dtype) == (np.float32, np.int32)


def test_does_one_source_serve_all_inputs():
    found = make_inputs(sources_of(()), [IMAGE, MASK], 0)
    assert [one.shape for one in found] == [(1, 4, 4, 3), (1, 2)]
    assert found[0].std() > 0.5
    assert set(found[1].ravel()) <= {0, 1}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("maks=mask.npy", "random"), "no input 'maks'; its inputs are image, mask"),
        (("image=image.npy",), "no --input for mask; its inputs are image, mask"),
        (("image=mask.npy", "random"), r"the input image, mask.npy, has shape \(1, 2\)"),
        (("image.npy",), r"has 2 inputs \(image, mask\): give each its own"),
        (("mask=china", "random"), "is an image, but the input mask has shape"),
        (("a.npy", "b.npy"), "say which is for which"),
        (("mask=a.npy", "mask=b.npy"), "mask is given twice"),
    ],
)
def test_is_a_mistake_told_with_the_inputs_there_are(files, asked, words):
    with pytest.raises(UsageError, match=words):
        make_inputs(sources_of(asked), [IMAGE, MASK], 0)


def test_is_a_file_with_an_equals_sign_a_source(tmp_path):
    path = tmp_path / "a=b.npy"
    assert split_name(str(path)) == (None, str(path))  # a folder's name is no input's
    path.touch()
    assert split_name(str(path)) == (None, str(path))
    assert split_name("a=b.npy") == ("a", "b.npy")


def test_is_a_quantized_input_given_as_real_numbers(files):
    one = Tensor("x", (1, 4, 4, 3), "int8")
    graph = Graph("tflite", "NHWC", (one,), (), (), (), {"x": Quantization((0.25,), (-3,))})
    arrays = make_inputs(sources_of("image.npy"), real_inputs(graph), 0)
    assert arrays[0].dtype == np.float32
    fed = feeds_of(graph, arrays)["x"]
    assert fed.dtype == np.int8
    assert (fed == -1).all()  # 0.5 / 0.25 - 3
