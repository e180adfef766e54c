"""Is a model file refused that lies about its size, or reads what lies outside of it?"""

import json
import os
import shutil
import zipfile

import h5py
import numpy as np
import pytest

from convcheck.errors import Mistake, UsageError
from convcheck.model.file import check_file
from convcheck.model.inputs.arrays import make_inputs
from convcheck.model.inputs.sources import sources_of
from convcheck.runtimes.graphs.graph import Tensor
from convcheck.runtimes.models.safe_versions import is_safe
from convcheck.runtimes.models.saved_config import check_layers, check_weights


def layer(name, **config):
    return {"module": "keras.layers", "class_name": name, "config": config}


def changed(source, target, change, **write):
    """A copy of a .keras file with another config.json, written with these options."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "config.json":
                new.writestr("config.json", change(json.loads(data)), **write)
            else:
                new.writestr(member, data)
    return str(target)


def with_layer(added):
    def change(config):
        config["config"]["layers"].append(added)
        return json.dumps(config)

    return change


def named(name, module, **said):
    return {"class_name": name, "module": module, "config": name, **said}


REFUSED = {
    "a function that reads files": (
        with_layer(layer("Lambda", function=named("function", "keras.applications.vgg16"))),
        "from keras.applications.vgg16, which may do more than compute",
    ),
    "a function as a class": (
        with_layer(layer("Lambda", function=named("plot_model", "keras.utils"))),
        "it takes plot_model from keras.utils, which may",
    ),
    "a registered name of a function": (
        with_layer(layer("Lambda", arguments={"f": named("My>f", "keras.visualization")})),
        "from keras.visualization, which may",
    ),
    "a vocabulary": (with_layer(layer("StringLookup", vocabulary="/etc/passwd")), "StringLookup"),
    "a nested vocabulary": (
        with_layer(layer("TimeDistributed", layer=layer("TextVectorization", vocabulary="x"))),
        "its layer TextVectorization reads a vocabulary",
    ),
    "a registered name": (with_layer(layer("Custom>IntegerLookup")), "its layer IntegerLookup"),
    "a SavedModel": (with_layer(layer("TFSMLayer", filepath="/tmp/x")), "runs a TensorFlow Saved"),
    "2e9 units": (with_layer(layer("Dense", units=2 * 10**9)), "declare 2,0.* or more"),
    "a large kernel": (
        with_layer(layer("Conv2D", filters=1000, kernel_size=[1000, 1000])),
        "declare 1,0.* or more",
    ),
    "a large table": (
        with_layer(layer("Embedding", input_dim=10**5, output_dim=10**5)),
        "declare 10,0",
    ),
    "many units of many": (
        with_layer({**layer("Dense", units=10**5), "build_config": {"input_shape": [None, 10**5]}}),
        "declare 10,0",
    ),
    "no JSON": (lambda config: "{", "config.json is no JSON"),
    "deep JSON": (lambda config: "[" * 10**6, "config.json is no JSON"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_a_config_refused_before_anything_starts(models, tmp_path, what):
    change, words = REFUSED[what]
    path = changed(models / "plain.keras", tmp_path / "m.keras", change)
    with pytest.raises(Mistake, match=words) as refused:
        check_file(path)
    assert str(refused.value).isprintable()


def test_does_unsafe_let_a_vocabulary_pass(models, tmp_path):
    path = changed(models / "plain.keras", tmp_path / "m.keras", REFUSED["a vocabulary"][0])
    check_file(path, unsafe=True)


def test_is_a_config_that_expands_refused(models, tmp_path):
    path = changed(
        models / "plain.keras",
        tmp_path / "m.keras",
        lambda config: " " * 10**8,
        compress_type=zipfile.ZIP_DEFLATED,
    )
    assert os.path.getsize(path) < 10**6
    with pytest.raises(Mistake, match="would have 100,000,000 bytes"):
        check_file(path)


def test_are_weights_that_expand_refused(models, tmp_path):
    shutil.copy(models / "plain.keras", tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("assets/x.h5", bytes(10**8))
    with pytest.raises(Mistake, match="is compressed, and larger than the archive"):
        check_file(str(tmp_path / "m.keras"))


def test_is_what_is_no_regular_file_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "m.keras")
    (tmp_path / "m.h5").symlink_to("/dev/zero")
    for name, words in {
        "m.keras": "it is a FIFO",
        "m.h5": "it is a device",
        "n" * 300 + ".h5": "there is no file|too long",
        "a\x1b[2J.h5": "there is no file",
    }.items():
        with pytest.raises(Mistake, match=words) as refused:
            check_file(f"{tmp_path}/{name}")
        assert str(refused.value).isprintable()


@pytest.mark.parametrize("name", ["plain", "other_ranks", "mixed", "planted", "unet"])
def test_is_an_honest_model_let_through(models, name):
    check_file(str(models / f"{name}.keras"))


def test_are_the_layers_of_large_models_let_through():
    """Figures of keras.applications' VGG16: 102,764,544 weights in one Dense layer."""
    dense = {**layer("Dense", units=4096), "build_config": {"input_shape": [None, 25088]}}
    check_weights([dense], 4 * 102_764_544)
    check_weights([dense], 102_764_544 // 2)  # of 4 bits
    with pytest.raises(Mistake):
        check_weights([dense], 40_000_000)
    check_layers([dense])


@pytest.mark.parametrize(
    ("version", "safe"),
    [("3.11.3", False), ("3.12.1", False), ("3.12.2", True), ("3.12.4", True), ("3.13.2", False),
     ("3.14.0", False), ("3.14.1", True), ("3.15.0", True), ("4.0", True), ("2.15.0", False)],
)  # fmt: skip
def test_are_versions_safe_that_refuse_links(version, safe):
    assert is_safe(version) == safe


def test_is_an_input_refused_that_memory_has_no_room_for():
    wanted = Tensor("image", (None, 200_000, 200_000, 3), "float32")
    with pytest.raises(UsageError, match=r"which the model takes, needs at least 1,920\.0 GB"):
        make_inputs(sources_of("random"), [wanted], 0)
    with pytest.raises(UsageError, match="the picture needs at least"):
        make_inputs(sources_of("china"), [wanted], 0)


def external(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["secret"] = np.ones(3)
    group = file["model_weights"]
    group["link"] = h5py.ExternalLink("other.h5", "/secret")


def stored_elsewhere(file, folder):
    (folder / "raw").write_bytes(bytes(100))
    file["model_weights"].create_dataset("x", (3,), "f4", external=[(str(folder / "raw"), 0, 100)])


def virtual(file, folder):
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "secret", (3,))
    file["model_weights"].create_virtual_dataset("x", layout)


def bomb(file, folder):
    file["model_weights"].create_dataset("x", (10**9,), "f4", chunks=(10**6,), fillvalue=1)


def with_config(added):
    def change(file, folder):
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"].append(added)
        file.attrs["model_config"] = json.dumps(config)

    return change


LINKED = {
    "an external link": (external, "reads 'link' from another file"),
    "external storage": (stored_elsewhere, "from another file, which is refused"),
    "a virtual dataset": (virtual, "from another file, which is refused"),
    "arrays that are not there": (bomb, "its arrays would have 4,0"),
    "a vocabulary": (with_config(layer("StringLookup", vocabulary="/etc/passwd")), "StringLookup"),
    "2e9 units": (with_config(layer("Dense", units=2 * 10**9)), "declare 2,0.* or more"),
    "no JSON": (lambda file, folder: file.attrs.modify("model_config", "{"), "is no JSON"),
}


@pytest.mark.parametrize("what", LINKED)
def test_is_an_h5_file_refused_that_is_not_whole_in_itself(models, checked, tmp_path, what):
    change, words = LINKED[what]
    shutil.copy(models / "plain.h5", tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "a") as file:
        change(file, tmp_path)
    with pytest.raises(UsageError, match=words) as refused:
        checked(tmp_path / "m.h5")
    assert "\n" not in str(refused.value)


def test_is_an_h5_file_looked_at_that_is_an_archive_too(models, checked, tmp_path):
    shutil.copy(models / "plain.h5", tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "a") as file:
        external(file, tmp_path)
    with open(tmp_path / "m.h5", "ab") as file:
        file.write(b"PK\5\6" + bytes(18))  # an archive of nothing
    assert zipfile.is_zipfile(tmp_path / "m.h5")
    with pytest.raises(UsageError, match="reads 'link' from another file"):
        checked(tmp_path / "m.h5")


def test_are_arrays_in_a_keras_file_looked_at(models, checked, tmp_path):
    weights = tmp_path / "model.weights.h5"
    with zipfile.ZipFile(models / "plain.keras") as archive:
        archive.extract("model.weights.h5", tmp_path)
        others = {name: archive.read(name) for name in ("config.json", "metadata.json")}
    with h5py.File(weights, "a") as file:
        file["layers"]["x"] = h5py.ExternalLink("other.h5", "/secret")
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        for name, data in others.items():
            archive.writestr(name, data)
        archive.write(weights, "model.weights.h5")
    check_file(str(tmp_path / "m.keras"))
    with pytest.raises(Mistake, match="reads 'x' from another file, which is refused"):
        checked(tmp_path / "m.keras")
