"""An ONNX model as a graph that ONNX Runtime runs, unoptimized, a sub-model for each request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import onnx
import onnxruntime
from onnx import numpy_helper

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.onnx_file import bodies, load
from convcheck.runtimes.graphs.formats.parts import Node, PartModel
from convcheck.runtimes.graphs.graph import (
    Convolution,
    Graph,
    Operator,
    Quantization,
    Tensor,
    without_identities,
)
from convcheck.runtimes.graphs.roles import role_of
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

_PADS = {"VALID": "valid", "SAME_UPPER": "same", "SAME_LOWER": "same-lower"}


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
        self._nodes = [
            Node(node, tuple(dict.fromkeys([*node.input, *_outer(node)])), tuple(node.output))
            for node in model.graph.node
        ]
        operators, outputs = without_identities(
            [_operator(node) for node in model.graph.node], [one.name for one in model.graph.output]
        )
        inputs = [one for one in model.graph.input if one.name not in self._constants]
        bare = Graph("onnx", "NCHW", tuple(_tensor(one) for one in inputs), outputs, operators)
        self.graph = replace(
            bare,
            convolutions=tuple(_convolutions(bare)),
            quantization=self._quantization(bare),
        )

    def _computed(self, given: Mapping[str, Array], wanted: Sequence[str]) -> Sequence[Array]:
        part, read = self._part(given, wanted)
        try:
            session = onnxruntime.InferenceSession(
                part.SerializeToString(), _options(), providers=["CPUExecutionProvider"]
            )
            arrays: list[Array] = session.run(wanted, {name: given[name] for name in read})
        except Exception as error:  # ONNX Runtime's exceptions have no base of their own
            raise UsageError(f"the model cannot run so: {clean(error)}") from error
        return arrays

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

    def _part(self, given: Mapping[str, Array], wanted: Sequence[str]) -> tuple[Any, list[str]]:
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

    def _quantization(self, graph: Graph) -> dict[str, Quantization]:
        """What the operators that take scales say about the integers that they read and give."""
        found = {}
        for one in graph.operators:
            axis = one.attributes.get("axis", 1)
            said: list[tuple[str, Sequence[str], int]] = []
            if one.kind == "QLinearConv":
                x, xs, xz, w, ws, wz, ys, yz = one.inputs[:8]
                said = [(x, (xs, xz), 0), (w, (ws, wz), 0), (one.outputs[0], (ys, yz), 0)]
            elif one.kind == "DequantizeLinear":
                said = [(one.inputs[0], one.inputs[1:3], axis)]
            elif one.kind == "QuantizeLinear":
                said = [(one.outputs[0], one.inputs[1:3], axis)]
            for name, operands, along in said:
                numbers = [self._constants.get(operand) for operand in operands]
                if numbers and numbers[0] is not None:
                    scales, *zeros = [numpy_helper.to_array(n) for n in numbers if n is not None]
                    found[name] = Quantization(
                        tuple(float(scale) for scale in scales.ravel()),
                        tuple(int(zero) for array in zeros for zero in array.ravel()) or (0,),
                        along,
                        zeros[0].dtype.name if zeros else "uint8",
                    )
        return found


def _outer(node: Any) -> Iterator[str]:
    """What the bodies of a node read, whether their own or from outside."""
    for body in bodies(node):
        for inner in body.node:
            yield from inner.input
        yield from (one.name for one in body.output)


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return options


def _tensor(value: Any) -> Tensor:
    kind = value.type.tensor_type
    shape = tuple(d.dim_value or None for d in kind.shape.dim) if kind.HasField("shape") else None
    return Tensor(value.name, shape, onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name)


def _operator(node: Any) -> Operator:
    values = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    plain = {key: _plain(value) for key, value in values.items()}
    inputs = (*node.input, *_outer(node))
    return Operator(
        node.name, node.op_type, role_of(node.op_type), inputs, tuple(node.output), plain
    )


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
        elif one.kind in ("Gemm", "MatMul") and one.inputs[0] in graph.varying:
            x, kernel, *bias = one.inputs
            if kernel in graph.varying or one.attributes.get("transA"):
                continue
            layout = "OI" if one.attributes.get("transB") else "IO"
            plain = one.attributes.get("alpha", 1.0) == one.attributes.get("beta", 1.0) == 1.0
            if plain:
                yield Convolution(
                    place,
                    x,
                    kernel,
                    bias[0] or None if bias else None,
                    one.outputs[0],
                    "NC",
                    layout,
                )


def _convolution(place: int, one: Operator) -> Convolution:
    said, transposed = one.attributes, one.kind == "ConvTranspose"
    quantized = one.kind == "QLinearConv"
    biased = one.kind in ("Conv", "ConvTranspose") and len(one.inputs) > 2
    padding: Any = _PADS.get(said.get("auto_pad", "NOTSET"))
    if padding is None:
        sides = said.get("pads", ())
        half = len(sides) // 2
        padding = tuple(zip(sides[:half], sides[half:], strict=True)) or "valid"
    return Convolution(
        operator=place,
        input=one.inputs[0],
        kernel=one.inputs[3 if quantized else 1],
        bias=one.inputs[2] or None if biased else None,
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
