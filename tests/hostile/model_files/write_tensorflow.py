"""Write sound and bad models by TensorFlow and Keras: ``python -m ... FOLDER``.

Sound: net.keras, net.h5, net.saved. Bad ones: bad/NAME.saved, bad/NAME.keras, bad/NAME.h5. Code in
them would make the file FOLDER/ran.
"""

from __future__ import annotations

import os
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import layers as kl
from tensorflow.core.protobuf import saved_model_pb2

Change = Callable[[Any], object]


class Net(tf.Module):
    """A convolution, a bias, a ReLU, and what else is given."""

    def __init__(self, extra: Callable[[Any], Any] = lambda x: x) -> None:
        self.kernel = tf.Variable(
            np.random.default_rng(0).normal(size=(3, 3, 3, 4)), dtype="float32"
        )
        self.bias, self.extra = tf.constant([1.0, 2, 3, 4]), extra

    @tf.function(input_signature=[tf.TensorSpec((1, 8, 8, 3), tf.float32)])
    def __call__(self, x: Any) -> Any:
        y = tf.nn.bias_add(tf.nn.conv2d(x, self.kernel, 2, "SAME"), self.bias)
        return self.extra(tf.nn.relu(y))


class WithTable(Net):
    def __init__(self) -> None:
        super().__init__()
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1], [2]), 0)


class WithAsset(Net):
    def __init__(self, path: Path) -> None:
        super().__init__()
        path.write_text("words")
        self.asset = tf.saved_model.Asset(str(path))


def save(net: Any, folder: Path) -> None:
    tf.saved_model.save(net, str(folder), signatures=net.__call__)


def functions(model: Any) -> list[Any]:
    return list(model.meta_graphs[0].graph_def.library.function)


def node(model: Any, kind: str) -> Any:
    return next(n for f in functions(model) for n in f.node_def if n.op == kind)


def function_of(model: Any, kind: str) -> Any:
    return next(f for f in functions(model) if any(n.op == kind for n in f.node_def))


def op(kind: str) -> Change:
    return lambda model: setattr(node(model, "Relu"), "op", kind)


def attribute(kind: str, name: str, **value: Any) -> Change:
    def change(model: Any) -> None:
        attr = node(model, kind).attr[name]
        attr.Clear()
        for field, numbers in value.items():
            if isinstance(numbers, list):
                getattr(attr.list, field).extend(numbers)
            else:
                setattr(attr, field, numbers)

    return change


def inputs(kind: str, *names: str) -> Change:
    def change(model: Any) -> None:
        del node(model, kind).input[:]
        node(model, kind).input.extend(names)

    return change


def constant(*dims: int) -> Change:
    """A function's constant, of this shape and one zero."""

    def change(model: Any) -> None:
        added = function_of(model, "Relu").node_def.add(name="zeros", op="Const")
        tensor = added.attr["value"].tensor
        added.attr["dtype"].type = tensor.dtype = 1
        tensor.float_val.append(0)
        for size in dims:
            tensor.tensor_shape.dim.add(size=size)

    return change


def calls(function: Any, name: str) -> None:
    added = function.node_def.add(name=f"call{len(function.node_def)}", op="PartitionedCall")
    added.attr["f"].func.name = name
    for key in ("Tin", "Tout"):
        added.attr[key].list.SetInParent()


def itself(model: Any) -> None:
    calls(function_of(model, "Relu"), function_of(model, "Relu").signature.name)


def tower(model: Any) -> None:
    library = model.meta_graphs[0].graph_def.library
    for i in range(12):
        one = library.function.add()
        one.signature.name = f"f{i}"
        for _ in range(10 if i < 11 else 0):
            calls(one, f"f{i + 1}")
    calls(function_of(model, "Relu"), "f0")


def objects(model: Any) -> Any:
    return model.meta_graphs[0].object_graph_def


def variable(**fields: Any) -> Change:
    def change(model: Any) -> None:
        one = next(n for n in objects(model).nodes if n.WhichOneof("kind") == "variable").variable
        for size in fields.pop("dims", ()):
            one.shape.dim.add(size=size)
        for name, value in fields.items():
            setattr(one, name, value)

    return change


def signature(model: Any) -> None:
    for one in objects(model).nodes:
        for child in list(one.children):
            if child.local_name == "signatures":
                one.children.remove(child)


def restored(model: Any) -> None:
    one = objects(model).nodes[0].saveable_objects["x"]
    one.save_function = one.restore_function = 1


def child(number: int) -> Change:
    return lambda model: objects(model).nodes[0].children.add(node_id=number, local_name="lost")


def twice(model: Any) -> None:
    function = function_of(model, "Relu")
    function.node_def.append(function.node_def[0])


def loads(kind: str) -> Change:
    """An operator of the outer graph, which loading may run."""
    return lambda model: model.meta_graphs[0].graph_def.node.add(name="new", op=kind)


GRAPHS: dict[str, Change] = {
    **{
        f"operator {kind}": op(kind)
        for kind in (
            "ReadFile WriteFile MatchingFiles PyFunc EagerPyFunc PyFuncStateless TFRecordReaderV2 "
            "FixedLengthRecordDataset TextLineDataset InitializeTableFromTextFileV2 Save RestoreV2 "
            "SaveSlices DebugIdentityV3 PrintV2 Assert RemoteCall XlaLaunch TPUExecute LoadDataset "
            "WholeFileReaderV2 Nonsense \x1b[2J"
        ).split()
    },
    "a writer in the outer graph": loads("WriteFile"),
    "a constant of 10**12": constant(10**6, 10**6),
    "a constant below 0": constant(-5, 3),
    "a function of itself": itself,
    "10**11 operators": tower,
    "no signature": signature,
    "no graphs": lambda model: model.ClearField("meta_graphs"),
    "no objects": lambda model: model.meta_graphs[0].ClearField("object_graph_def"),
    "a restoring function": restored,
    "an object that is none": child(9999),
    "an object below 0": child(-1),
    "a variable of 10**12": variable(dims=(10**6, 10**6)),
    "a variable of text": variable(dtype=7),
    "a variable of no dtype": variable(dtype=99),
    "an input that is none": inputs("Relu", "lost:output:0"),
    "no input": inputs("Relu"),
    "an operator of itself": inputs("Relu", "Relu:activations:0"),
    "a node twice": twice,
    "strides of 0": attribute("Conv2D", "strides", i=[1, 0, 0, 1]),
    "strides below 0": attribute("Conv2D", "strides", i=[1, -1, -1, 1]),
    "3 strides": attribute("Conv2D", "strides", i=[1, 1, 1]),
    "strides of text": attribute("Conv2D", "strides", s=b"two"),
    "a padding that is none": attribute("Conv2D", "padding", s=b"\x1b[31m"),
    "a layout that is none": attribute("Conv2D", "data_format", s=b"\xff\xfe"),
    "2**62 dilations": attribute("Conv2D", "dilations", i=[1, 2**62, 2**62, 1]),
    "numbers of text": attribute("Relu", "T", type=7),
}


def changed(source: Path, target: Path, change: Change) -> None:
    shutil.copytree(source, target)
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((source / "saved_model.pb").read_bytes())
    change(model)
    (target / "saved_model.pb").write_bytes(model.SerializeToString())


def endless(x: Any) -> Any:
    return tf.while_loop(lambda y: tf.reduce_all(y == y), lambda y: [tf.sin(y)], [x])[0]


def large(x: Any) -> Any:
    return x + tf.reduce_sum(tf.fill([10**6, tf.cast(tf.size(x), tf.int32) * 10**4], 0.0))


def write_saved(folder: Path) -> None:
    save(Net(), folder / "net.saved")
    for name, change in GRAPHS.items():
        changed(
            folder / "net.saved", folder / "bad" / f"{name.replace(chr(27), 'ESC')}.saved", change
        )
    save(WithTable(), folder / "bad" / "a table.saved")
    save(WithAsset(folder / "words"), folder / "bad" / "an asset.saved")
    save(Net(endless), folder / "bad" / "endless.saved")
    save(Net(large), folder / "bad" / "large.saved")


def small(*more: Any) -> Any:
    return keras.Sequential(
        [keras.Input((8, 8, 3)), kl.Conv2D(4, 3, activation="relu", name="conv"), *more]
    )


@keras.saving.register_keras_serializable(package="Mine")
class Own(kl.Layer):  # type: ignore[misc]
    """A layer that nobody else knows."""

    def call(self, x: Any) -> Any:
        return x


def with_h5(source: Path, target: Path, change: Change) -> None:
    shutil.copyfile(source, target)
    with h5py.File(target, "r+") as file:
        change(file)


def kernel(file: Any) -> Any:
    found: list[Any] = []
    file.visititems(
        lambda _, one: (
            found.append(one) if isinstance(one, h5py.Dataset) and one.ndim == 4 else None
        )
    )
    return found[0]


def elsewhere(file: Any, make: Callable[[Any, str], object]) -> None:
    """Another thing in the kernel's place."""
    one = kernel(file)
    parent, name = one.parent, one.name.rpartition("/")[2]
    del parent[name]
    make(parent, name)


def as_external(parent: Any, name: str) -> None:
    files = [("../outside/secret", 0, 4 * 108)]
    parent.create_dataset(name, (3, 3, 3, 4), "float32", external=files)


def as_virtual(parent: Any, name: str) -> None:
    layout = h5py.VirtualLayout((3, 3, 3, 4), "float32")
    layout[:] = h5py.VirtualSource("../outside/secret", "x", (3, 3, 3, 4))
    parent.create_virtual_dataset(name, layout)


def as_link(parent: Any, name: str) -> None:
    parent[name] = h5py.ExternalLink("../outside/secret", "/x")


def as_bomb(parent: Any, name: str) -> None:
    parent.create_dataset(name, (10**5, 10**5), "float32", chunks=(100, 100), compression="gzip")


def of_shape(*shape: int) -> Callable[[Any, str], object]:
    return lambda parent, name: parent.create_dataset(name, shape, "float32")


def long_text(source: Path, target: Path) -> None:
    """An attribute whose text is said to have 4 GB."""
    length = 54_321
    with_h5(
        source,
        target,
        lambda file: file["model_weights"].attrs.create("backend", "x" * length),
    )
    data = bytearray(target.read_bytes())
    told = struct.pack("<I", length)
    place = data.find(told)
    while data[place + 4 : place + 8] == bytes(4):  # where the text is, eight bytes say its length
        place = data.find(told, place + 1)
    data[place : place + 4] = b"\xff\xff\xff\xf0"[::-1]
    target.write_bytes(data)


def with_archive(source: Path, target: Path) -> None:
    """A link to another file, in a file that is also an archive of nothing."""
    with_h5(source, target, lambda file: as_link(file["model_weights"], "more"))
    with target.open("ab") as file:
        file.write(b"PK\5\6" + bytes(18))


def of_applications() -> Any:
    """A model that reads a file by a function of Keras's own, which the file names."""
    relu = kl.Lambda(keras.activations.relu, output_shape=(1,))
    net = small(kl.GlobalMaxPooling2D(), kl.Dense(1), relu)
    config = net.layers[-1].get_config
    function = {"class_name": "function", "module": "keras.applications.resnet50"}
    changed = {"config": "ResNet50", "registered_name": "ResNet50"}
    arguments = {"weights": "../outside/secret"}
    net.layers[-1].get_config = lambda: {
        **config(), "function": {**function, **changed}, "arguments": arguments
    }  # fmt: skip
    return net


H5: dict[str, Change] = {
    "external data": lambda file: elsewhere(file, as_external),
    "a virtual array": lambda file: elsewhere(file, as_virtual),
    "a link to another file": lambda file: elsewhere(file, as_link),
    "a bomb": lambda file: elsewhere(file, as_bomb),
    "a kernel of another shape": lambda file: elsewhere(file, of_shape(3, 3, 3, 5)),
    "a kernel of 10**12": lambda file: elsewhere(file, of_shape(10**6, 10**6)),
    "no kernel": lambda file: elsewhere(file, lambda parent, name: None),
    "no config": lambda file: file.attrs.pop("model_config"),
    "a config of text": lambda file: file.attrs.modify("model_config", "text"),
    "a config of numbers": lambda file: file.attrs.create("model_config", np.arange(5)),
}


def write_keras(folder: Path) -> None:
    small().save(folder / "net.keras")
    small().save(folder / "net.h5")
    ran = str(folder / "ran")
    for suffix in ("keras", "h5"):
        touches = kl.Lambda(lambda x, ran=ran: (os.mkdir(ran), x)[1], output_shape=(6, 6, 4))
        small(touches).save(folder / "bad" / f"a Lambda.{suffix}")
        small(Own()).save(folder / "bad" / f"a layer of its own.{suffix}")
        of_applications().save(folder / "bad" / f"a function of Keras's.{suffix}")
    assert not os.path.exists(ran)
    for name, change in H5.items():
        with_h5(folder / "net.h5", folder / "bad" / f"{name}.h5", change)
    long_text(folder / "net.h5", folder / "bad" / "a text of 4 GB.h5")
    with_archive(folder / "net.h5", folder / "bad" / "an archive at its end.h5")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "bad").mkdir(exist_ok=True)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    write_saved(place)
    write_keras(place)
