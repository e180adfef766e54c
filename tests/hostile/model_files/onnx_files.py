"""Bad ONNX files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from tests.runtimes.graphs.files import onnx_model

from ..case import Content
from .bad_file import ANY_RESULT, BadFile

KERNEL_BYTES = 4 * 3 * 3 * 2 * 4
FLOAT = TensorProto.FLOAT
SIGNALING = np.full(72, 0x7FA00001, np.uint32).view(np.float32).reshape(4, 2, 3, 3)


Change = Callable[[Any], object]


def node(model: Any, kind: str) -> Any:
    return next(one for one in model.graph.node if one.op_type == kind)


def initializer(model: Any, name: str) -> Any:
    return next(one for one in model.graph.initializer if one.name == name)


def changed(change: Change) -> bytes:
    model = onnx_model()
    change(model)
    return bytes(model.SerializeToString())


def external(location: str, **entries: str) -> Content:
    """A model whose kernel lies in another file; ``{outside}`` is the folder of what is not its."""

    def write(path: Path) -> None:
        outside = str(path.parent.parent / "outside")
        model = onnx_model(location.format(outside=outside))
        for key, value in entries.items():
            initializer(model, "kernel").external_data.add(key=key, value=value)
        path.write_bytes(model.SerializeToString())

    return write


def function(name: str, called: list[str]) -> Any:
    nodes, last = [], "x"
    for i, one in enumerate(called):
        nodes.append(helper.make_node(one, [last], [f"v{i}"], domain="own" if "f" in one else ""))
        last = f"v{i}"
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["x"], [last], nodes, imports)


def functions(calls: dict[str, list[str]]) -> bytes:
    def change(model: Any) -> None:
        model.opset_import.append(helper.make_opsetid("own", 1))
        model.functions.extend(function(*one) for one in calls.items())
        relu = node(model, "Relu")
        relu.op_type, relu.domain = "f0", "own"

    return changed(change)


def looped(times: int) -> bytes:
    """A Loop that goes on."""

    def change(model: Any) -> None:
        body = helper.make_graph(
            [
                helper.make_node("Identity", ["go"], ["on"]),
                helper.make_node("Sin", ["v"], ["w"]),
            ],
            "body",
            [
                helper.make_tensor_value_info("i", TensorProto.INT64, []),
                helper.make_tensor_value_info("go", TensorProto.BOOL, []),
                helper.make_tensor_value_info("v", FLOAT, None),
            ],
            [
                helper.make_tensor_value_info("on", TensorProto.BOOL, []),
                helper.make_tensor_value_info("w", FLOAT, None),
            ],
        )
        model.graph.initializer.append(numpy_helper.from_array(np.int64(times), "times"))
        model.graph.initializer.append(numpy_helper.from_array(np.bool_(True), "true"))
        relu = node(model, "Relu")
        relu.CopyFrom(helper.make_node("Loop", ["times", "true", "biased"], ["active"], body=body))

    return changed(change)


def nested(depth: int) -> bytes:
    """An If in an If in an If ..."""
    end = helper.make_graph([], "end", [], [helper.make_tensor_value_info("biased", FLOAT, None)])
    graph = end
    for i in range(depth):
        inner = helper.make_node("If", ["c"], [f"o{i}"], then_branch=graph, else_branch=end)
        graph = helper.make_graph(
            [inner], "g", [], [helper.make_tensor_value_info(f"o{i}", FLOAT, None)]
        )
    return changed(lambda model: model.graph.node.extend(graph.node))


def size(tensor: str, *dims: int) -> Change:
    def change(model: Any) -> None:
        one = initializer(model, tensor)
        del one.dims[:]
        one.dims.extend(dims)

    return change


def taken(*dims: int) -> Change:
    """The input's shape."""

    def change(model: Any) -> None:
        del model.graph.input[0].type.tensor_type.shape.dim[:]
        for length in dims:
            model.graph.input[0].type.tensor_type.shape.dim.add(dim_value=length)

    return change


def filled(*dims: int) -> Change:
    """An operator that makes zeros of this shape."""

    def change(model: Any) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.int64(dims), "dims"))
        model.graph.node.extend(
            [
                helper.make_node("ConstantOfShape", ["dims"], ["zeros"]),
                helper.make_node("ReduceSum", ["zeros"], ["none"], keepdims=0),
                helper.make_node("Add", ["z", "none"], ["end"]),
            ]
        )
        model.graph.output[0].name = "end"

    return change


def attribute(kind: str, **values: Any) -> Change:
    def change(model: Any) -> None:
        one = node(model, kind)
        for name, value in values.items():
            kept = [a for a in one.attribute if a.name != name]
            del one.attribute[:]
            one.attribute.extend([*kept, helper.make_attribute(name, value)])

    return change


def inputs(kind: str, *names: str) -> Change:
    def change(model: Any) -> None:
        del node(model, kind).input[:]
        node(model, kind).input.extend(names)

    return change


def outputs(kind: str, *names: str) -> Change:
    def change(model: Any) -> None:
        del node(model, kind).output[:]
        node(model, kind).output.extend(names)

    return change


def of_kernel(values: Any) -> Change:
    """Another kernel."""
    array = np.asarray(values, np.float32)
    return lambda model: initializer(model, "kernel").CopyFrom(
        numpy_helper.from_array(array, "kernel")
    )


def quantized(scale: float) -> Change:
    """The input in steps of this size, 8 bits of them."""

    def change(model: Any) -> None:
        for name, value in (("scale", np.float32(scale)), ("zero", np.uint8(3))):
            model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        pair = [
            helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["steps"]),
            helper.make_node("DequantizeLinear", ["steps", "scale", "zero"], ["rounded"]),
        ]
        node(model, "Pad").input[0] = "rounded"
        kept = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend([*pair, *kept])

    return change


def domain(name: str, kind: str = "Relu") -> Change:
    def change(model: Any) -> None:
        node(model, "Relu").domain, node(model, "Relu").op_type = name, kind
        if name:
            model.opset_import.append(helper.make_opsetid(name, 1))

    return change


def renamed(kind: str, to: str) -> Change:
    return lambda model: setattr(node(model, kind), "op_type", to)


def whole() -> bytes:
    return changed(lambda model: None)


def opset(version: int) -> Change:
    return lambda model: setattr(model.opset_import[0], "version", version)


def given(*names: str) -> Change:
    """What the model gives."""

    def change(model: Any) -> None:
        del model.graph.output[:]
        model.graph.output.extend(helper.make_tensor_value_info(n, FLOAT, None) for n in names)

    return change


def texts(model: Any) -> None:
    initializer(model, "kernel").CopyFrom(helper.make_tensor("kernel", 8, [1], [b"text"]))


def text_input(model: Any) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING


def twice(model: Any) -> None:
    model.graph.input.append(model.graph.input[0])


def sparse(path: Path) -> None:
    with open(path, "wb") as file:
        file.write(whole())
        file.truncate(200 * 10**9)


TOWER = {f"f{i}": [f"f{i + 1}"] * 10 for i in range(12)} | {"f12": ["Relu"]}
CIRCLE = {"f0": ["f1"], "f1": ["f2"], "f2": ["f0"]}
NOT_INSIDE = "no file in the model's folder"
FILES: dict[str, tuple[Content, str]] = {
    "empty": (b"", "no whole ONNX model"),
    "text": (b"a model\n", "no whole ONNX model"),
    "zeros": (bytes(1000), "no whole ONNX model"),
    "half": (whole()[: len(whole()) // 2], "cut short or damaged"),
    "one byte less": (whole()[:-1], "cut short or damaged"),
    "a length of 2**63": (b"\x3a" + b"\xff" * 9 + b"\x01", "cut short or damaged"),
    "a number without end": (b"\x3a" + b"\xff" * 99, "cut short or damaged"),
    "a graph of noise": (b"\x3a\x08" + b"\xff" * 8, "cut short or damaged"),
    "no graph": (b"\x08\x09", "something else"),
    "a tensor, no model": (numpy_helper.from_array(np.ones(3)).SerializeToString(), ""),
    "a FIFO": (os.mkfifo, "it is a FIFO"),
    "a link to /dev/zero": (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "cannot read"),
    "a folder": (Path.mkdir, "without a saved_model.pb"),
    "200 GB": (sparse, "of memory"),
    "a file above": (external("../outside/secret"), NOT_INSIDE),
    "a file of another folder": (external("{outside}/secret"), NOT_INSIDE),
    "a way out and in": (external("x/../../outside/secret"), NOT_INSIDE),
    "/etc/passwd": (external("/etc/passwd"), NOT_INSIDE),
    "a device for data": (external("/dev/zero"), NOT_INSIDE),
    "memory of its process": (external("*/_ORT_MEM_ADDR_/*", offset="4096"), NOT_INSIDE),
    "data that is not there": (external("lost"), NOT_INSIDE),
    "a link out": (external("link"), NOT_INSIDE),
    "a folder that leads out": (external("way/secret"), NOT_INSIDE),
    "data in a FIFO": (external("fifo"), NOT_INSIDE),
    "short data": (external("short"), "longer than the file"),
    "an offset below 0": (external("long", offset="-8"), "longer than the file"),
    "an offset that is none": (external("long", offset="one"), "damaged"),
    "a length beyond": (external("long", offset="8"), "longer than the file"),
    "a function of itself": (functions({"f0": ["f0"]}), "calls itself"),
    "functions in a circle": (functions(CIRCLE), "calls itself"),
    "10**12 operators": (functions(TOWER), "more than 1,000,000 operators"),
}
BESIDE: dict[str, Content] = {
    "link": lambda path: path.symlink_to(path.parent.parent / "outside" / "secret"),
    "way": lambda path: path.symlink_to(path.parent.parent / "outside"),
    "fifo": os.mkfifo,
    "short": bytes(100),
    "long": bytes(KERNEL_BYTES),
}
CHANGES: dict[str, tuple[Change, str]] = {
    "a custom library": (domain("my.company"), "custom one"),
    "Python in a model": (domain("com.microsoft", "PythonOp"), ""),
    "an operator that is none": (renamed("Relu", "\x1b[2JRelu"), ""),
    "an opset of 9999": (opset(9999), ""),
    "a kernel of 2**62": (size("kernel", 2**31, 2**31, 1, 1), ""),
    "a kernel below 0": (size("kernel", -1, 2, 3, 3), ""),
    "a kernel of another rank": (size("kernel", 72), ""),
    "a kernel of no numbers": (size("kernel", 0, 2, 3, 3), ""),
    "a kernel of texts": (texts, ""),
    "an input of 10**12": (taken(1, 2, 10**6, 10**6), "1000000, 1000000"),
    "an input of rank 0": (taken(), ""),
    "an input of another rank": (taken(1, 2), ""),
    "an input of text": (text_input, ""),
    "two inputs of a name": (twice, ""),
    "zeros without end": (filled(10**6, 10**6), "cannot run so"),
    "a shape below 0": (filled(-5, 3), ""),
    "strides of 0": (attribute("Conv", strides=[0, 0]), ""),
    "strides below 0": (attribute("Conv", strides=[-1, 1]), ""),
    "3 strides": (attribute("Conv", strides=[1, 1, 1]), ""),
    "pads of 10**9": (attribute("Conv", pads=[10**9] * 4), ""),
    "pads below 0": (attribute("Conv", pads=[-9] * 4), ""),
    "half a pad": (attribute("Conv", pads=[1, 1, 1]), ""),
    "strides of text": (attribute("Conv", strides="two"), ""),
    "10**9 dilations": (attribute("Conv", dilations=[10**9] * 2), ""),
    "groups of 0": (attribute("Conv", group=0), ""),
    "groups below 0": (attribute("Conv", group=-4), ""),
    "a padding that is none": (attribute("Conv", auto_pad="\x1b[31m"), ""),
    "no input": (inputs("Conv"), ""),
    "no kernel": (inputs("Conv", "padded"), ""),
    "a kernel that is not there": (inputs("Conv", "padded", "lost"), ""),
    "operators in a circle": (inputs("Pad", "z", "pads"), ""),
    "an operator of itself": (inputs("Conv", "conv", "kernel"), "follows from itself"),
    "a tensor given twice": (outputs("Relu", "conv"), "given by 2"),
    "an input that is given": (outputs("Relu", "x"), "given by 2"),
    "no output of an operator": (outputs("Conv"), ""),
    "an output that is not there": (given("lost"), ""),
    "an output of no name": (given(""), "a tensor without a name"),
    "a kernel of no name": (inputs("Conv", "padded", ""), "lacks its input"),
    "0 filters": (of_kernel(np.zeros((0, 2, 3, 3))), ""),
}
BY_CHANCE: dict[str, Change] = {
    "no numbers in a kernel": of_kernel(np.full((4, 2, 3, 3), np.nan)),
    "a signaling NaN": of_kernel(SIGNALING),
    "an infinite kernel": of_kernel(np.full((4, 2, 3, 3), np.inf)),
    "an infinite weight": of_kernel(np.where(np.arange(72) == 7, -np.inf, 1).reshape(4, 2, 3, 3)),
    "weights of 3e38": of_kernel(np.full((4, 2, 3, 3), 3e38)),
    "an infinite scale": quantized(np.inf),
    "no number for a scale": quantized(np.nan),
    "a scale of 0": quantized(0.0),
}
"""Nonsense that ONNX Runtime computes all the same."""


def files(_: Path) -> Iterator[BadFile]:
    """Those by hand."""
    for name, (content, words) in FILES.items():
        yield BadFile(name, "onnx", content, words, beside=BESIDE)
    yield BadFile("a loop without end", "onnx", looped(2**62), "within 3 s", endless=3)
    yield BadFile("20 branches in each other", "onnx", nested(20), codes=ANY_RESULT)
    for name, (change, words) in CHANGES.items():
        yield BadFile(name, "onnx", changed(change), words)
    for name, change in BY_CHANCE.items():
        yield BadFile(name, "onnx", changed(change), codes=ANY_RESULT)
