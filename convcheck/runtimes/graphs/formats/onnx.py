"""An ONNX model as a graph that ONNX Runtime runs, unoptimized, a sub-model for each request."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import onnx
import onnxruntime
from onnx import numpy_helper

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.onnx_file import bodies, load
from convcheck.runtimes.graphs.formats.onnx_quantization import quantization
from convcheck.runtimes.graphs.formats.parts import Node, Part, PartModel
from convcheck.runtimes.graphs.graph import (
    Convolution,
    Graph,
    Operator,
    Tensor,
    without_identities,
)
from convcheck.runtimes.graphs.roles import role_of
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

_MARK = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : (/onnxruntime_src/\S+ )?")
_PADS = {"VALID": "valid", "SAME_UPPER": "same", "SAME_LOWER": "same-lower"}

_DENSE = {"Gemm": (1, 2), "MatMul": (1, 99), "QGemm": (3, 6), "QLinearMatMul": (3, 99)}
"""Operator -> places of its kernel and its bias among its inputs."""
_QUOTED = re.compile(r"'([^']*)'")


def open_model(path: str) -> OnnxModel:
    """The model in an .onnx file. Raises UsageError as ``onnx_file.load`` does."""
    try:
        return OnnxModel(load(path))
    except UsageError:
        raise
    except Exception as error:  # a graph that lies: operands that are missing, unknown types
        text = clean(f"{type(error).__name__}: {error}")
        raise UsageError(f"cannot load {path}: it is damaged ({text})") from error


class OnnxModel(PartModel):
    """A model without functions, its arrays in it."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._constants = {one.name: one for one in model.graph.initializer}
        self._constants |= dict(_constant_nodes(model.graph.node))
        nodes = [one for one in model.graph.node if one.output[0] not in self._constants]
        self._nodes = [
            Node(node, tuple(dict.fromkeys([*node.input, *_outer(node)])), tuple(node.output))
            for node in nodes
        ]
        operators, outputs = without_identities(
            [self._operator(node) for node in nodes], [one.name for one in model.graph.output]
        )
        inputs = [one for one in model.graph.input if one.name not in self._constants]
        bare = Graph("onnx", "NCHW", tuple(_tensor(one) for one in inputs), outputs, operators)
        self.graph = replace(
            bare,
            convolutions=tuple(_convolutions(bare)),
            quantization=quantization(bare, self._constant),
        )

    def _operator(self, node: Any) -> Operator:
        values = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        plain = {key: _plain(value) for key, value in values.items()}
        limits: list[float | None] = [None, None]
        if node.op_type == "Clip":  # attributes before opset 11, inputs since
            given = (*node.input[1:3], "", "")
            held = [self._constant(name) for name in given[:2]]
            limits = [
                plain.get(key) if array is None else float(array.ravel()[0])
                for key, array in zip(("min", "max"), held, strict=True)
            ]
        role, inputs = role_of(node.op_type, *limits), (*node.input, *_outer(node))
        return Operator(_name(node), node.op_type, role, inputs, tuple(node.output), plain)

    def _part(self, given: Mapping[str, Array], wanted: Sequence[str]) -> Part:
        model, read = self._part_of_file(given, wanted)
        with _told():
            session = onnxruntime.InferenceSession(
                model.SerializeToString(), _options(), providers=["CPUExecutionProvider"]
            )

        def run(given: Mapping[str, Array]) -> list[Array]:
            with _told():
                arrays: list[Array] = session.run(wanted, {name: given[name] for name in read})
                return arrays

        return run

    def _constant(self, name: str) -> Array | None:
        if name not in self._constants:
            return None
        try:
            array: Array = numpy_helper.to_array(self._constants[name])
        except (ValueError, TypeError) as error:
            raise UsageError(
                f"the constant '{clean(name, 60)}' is damaged: {clean(error)}"
            ) from error
        return array

    def _part_of_file(
        self, given: Mapping[str, Array], wanted: Sequence[str]
    ) -> tuple[Any, list[str]]:
        """(the model that computes ``wanted`` alone, which of ``given`` it takes)."""
        places, used = self._cut(given, wanted)
        read = [name for name in given if name in used]
        part = onnx.ModelProto()
        part.ir_version = self._model.ir_version
        part.opset_import.extend(self._model.opset_import)
        part.graph.name = "part"
        for place in places:
            node = part.graph.node.add()
            node.CopyFrom(self._nodes[place].proto)
            for i, name in enumerate(node.output):
                if name in given:  # its other outputs are needed; this one is fed
                    node.output[i] = f"{name}/before"
        part.graph.initializer.extend(
            one for name, one in self._constants.items() if name in used and name not in given
        )
        for name in read:
            array = given[name]
            dtype = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
            part.graph.input.append(onnx.helper.make_tensor_value_info(name, dtype, array.shape))
        part.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
        return part, read


def _constant_nodes(nodes: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Constants that a converter wrote as operators."""
    for node in nodes:
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    constant = onnx.TensorProto()
                    constant.CopyFrom(attribute.t)
                    constant.name = node.output[0]
                    yield constant.name, constant


def _outer(node: Any) -> Iterator[str]:
    """What the bodies of a node read, whether their own or from outside."""
    for body in bodies(node):
        for inner in body.node:
            yield from inner.input
        yield from (one.name for one in body.output)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What ONNX Runtime raises, as a UsageError: its exceptions have no base of their own."""
    try:
        yield
    except Exception as error:
        text = _MARK.sub("", str(error))
        raise UsageError(f"the model cannot run so: {clean(text)}") from error


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return options


def _tensor(value: Any) -> Tensor:
    kind = value.type.tensor_type
    shape = tuple(map(_size, kind.shape.dim)) if kind.HasField("shape") else None
    return Tensor(value.name, shape, onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name)


def _size(axis: Any) -> int | None:
    """An axis's length; None for any: some write -1 for that."""
    return axis.dim_value if axis.dim_value > 0 else None


def _name(node: Any) -> str:
    """The path of the PyTorch module that it comes from where the file tells it, else its own."""
    if node.op_type in ("Conv", "ConvTranspose", "Gemm") and len(node.input) > 1:
        module, dot, parameter = node.input[1].rpartition(".")
        if dot and parameter == "weight":
            return str(module)
    for entry in getattr(node, "metadata_props", ()):  # of IR 10 and later
        if entry.key == "pkg.torch.onnx.name_scopes":
            *_, path, _ = ["", "", *_QUOTED.findall(entry.value)]
            return path or str(node.name)
    return str(node.name)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (list, tuple)) or type(value).__name__.startswith("Repeated"):
        return tuple(_plain(one) for one in value)
    return value if isinstance(value, (bool, int, float, str)) else type(value).__name__


def _convolutions(graph: Graph) -> Iterator[Convolution]:
    for place, one in enumerate(graph.operators):
        if one.kind in ("Conv", "ConvTranspose", "ConvInteger", "QLinearConv"):
            yield _convolution(place, one)
        elif one.kind in _DENSE:
            kernel, bias = (one.inputs[i] if i < len(one.inputs) else "" for i in _DENSE[one.kind])
            said = one.attributes
            plain = said.get("alpha", 1.0) == said.get("beta", 1.0) == 1.0
            varying = one.inputs[0] in graph.varying and kernel not in graph.varying
            if plain and varying and not said.get("transA"):
                layout = "OI" if said.get("transB") else "IO"
                x, y = one.inputs[0], one.outputs[0]
                yield Convolution(place, x, kernel, bias or None, y, "NC", layout)


def _convolution(place: int, one: Operator) -> Convolution:
    said, transposed = one.attributes, one.kind == "ConvTranspose"
    quantized = one.kind == "QLinearConv"
    bias = (*one.inputs, *[""] * 8)[8 if quantized else 2]
    padding: Any = _PADS.get(said.get("auto_pad", "NOTSET"))
    if padding is None:
        sides = said.get("pads", ())
        half = len(sides) // 2
        padding = tuple(zip(sides[:half], sides[half:], strict=True)) or "valid"
    if "output_shape" in said and padding != "same":  # then the other attribute is not looked at
        padding = "same-lower"
    return Convolution(
        operator=place,
        input=one.inputs[0],
        kernel=one.inputs[3 if quantized else 1],
        bias=None if one.kind == "ConvInteger" else bias or None,
        output=one.outputs[0],
        data_format="NCHW",
        kernel_layout="IOHW" if transposed else "OIHW",
        strides=said.get("strides", ()),
        dilations=said.get("dilations", ()),
        padding=padding,
        groups=said.get("group", 1),
        transposed=transposed,
        output_padding=said.get("output_padding", ()),
    )
