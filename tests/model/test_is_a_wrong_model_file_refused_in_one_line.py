"""Does every file, input and name that will not do get one clear line?"""

import numpy as np
import pytest

from convcheck.errors import Mistake
from convcheck.model.file import check_file


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.keras", "there is no file"),
        ("cut.keras", "the archive is cut short or damaged"),
        ("hollow.keras", "holds no config.json"),
        ("text.keras", "a .keras file is a zip archive"),
        ("text.h5", "HDF5's signature"),
        ("parts.py", "is no model file; expected .keras, .h5"),
        (".", "is a folder"),
    ],
)
def test_is_a_path_that_is_no_model_refused_before_anything_starts(models, name, words):
    with pytest.raises(Mistake, match=words):
        check_file(str(models / name))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cut.h5", "cut short or damaged"),
        ("weights.weights.h5", "it holds weights alone"),
        ("with_lambda.keras", "Lambda layer.* add --unsafe"),
        ("with_lambda.h5", "Lambda layer.* add --unsafe"),
        ("newer.keras", "saved by Keras 99.0.0, and this is .* upgrade Keras"),
        ("newer.h5", "saved by Keras 99.0.0, and this is .* upgrade Keras"),
        ("nested.keras", "does not know its class 'Block'; .* --import MODULE"),
        ("nested.h5", "does not know its .* '.*Block'; .* --import MODULE"),
    ],
)
def test_is_a_model_that_cannot_be_loaded_refused_in_one_line(models, checked, name, words):
    with pytest.raises(Mistake, match=words) as raised:
        checked(models / name)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_does_unsafe_load_a_lambda(models, checked, suffix):
    result = checked(models / f"with_lambda{suffix}", unsafe=True)
    assert [layer.name for layer in result.layers] == ["conv"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"layers": "decoder*"}, "matches no convolution; there are conv, depthwise, "),
        ({"save_case": "dephtwise"}, "did you mean depthwise"),
        ({"save_case": "conv", "layers": "up"}, "names no convolution that is checked"),
        ({"input": "flat.npy"}, "numpy.expand_dims"),
        ({"input": "other.npy"}, r"shape \(1, 16, 16, 5\), the model takes \(any, 16, 16, 3\)"),
        ({"input": "nothing.png"}, "there is no such file"),
        ({"imports": ("no_such_module",)}, "--import no_such_module: ModuleNotFoundError"),
    ],
)
def test_is_a_wrong_request_refused(models, checked, monkeypatch, request_, words):
    monkeypatch.chdir(models)
    np.save("flat.npy", np.ones((16, 16, 3)))
    np.save("other.npy", np.ones((1, 16, 16, 5)))
    with pytest.raises(Mistake, match=words):
        checked(models / "plain.keras", **request_)


def test_is_one_array_for_two_inputs_refused(models, checked):
    with pytest.raises(Mistake, match="has 2 inputs"):
        checked(models / "other_ranks.keras", input="china")
