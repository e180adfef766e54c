"""Convolutions of integers in a graph: their parameters, their cases and their own outputs.

TFLite's operators of int8, uint8 and int16, ONNX's QLinearConv and ConvInteger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import UsageError
from convcheck.implementations.quantized.litert_formulas import formulas_of
from convcheck.model.convolutions.layers import Layer
from convcheck.model.network import Network
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.names import FLOAT
from convcheck.runtimes.graphs.graph import Graph, Quantization
from convcheck.runtimes.graphs.layouts import kernel_in_our_layout
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array


class NoCase(UsageError):
    """A layer of integers that no quantized case describes."""


@dataclass(frozen=True, eq=False)
class Integers:
    """A convolution of integers, as a graph holds it."""

    input: str
    """The tensor of integers that it reads."""
    output: str
    """The tensor of integers that it gives."""
    kernel: Array
    """HWIO, transposed HWOI, as it is stored."""
    bias: Array | None
    """In units of input scale * kernel scale, or real numbers in float32."""
    parameters: Parameters
    formulas: tuple[str, ...] | None = None
    """What its runtime may round by; None where the operator decides."""

    def case(self, layer: Layer, given: Array, name: str) -> QuantizedCase:
        """The layer on ``given``, the input tensor's integers in its own layout. Raises NoCase."""
        integers = Case(
            spec=layer.spec,
            input=np.ascontiguousarray(layer.input_of(given)),
            kernel=np.ascontiguousarray(self.kernel),
            bias=self.bias,
            sources=(f"what reaches {name}", f"{name} kernel", f"{name} bias"),
        )
        try:
            return QuantizedCase(integers, self.parameters)
        except UsageError as error:
            raise NoCase(str(error)) from error

    def formulas_of(self, quantized: QuantizedCase, kind: str) -> tuple[str, ...]:
        """The formulas that the file's runtime may use; ``kind`` is the operator's."""
        if self.formulas is not None:
            return self.formulas
        return () if kind == "ConvInteger" else formulas_of(quantized, "builtin")


def integers_of(network: Network, layer: Layer) -> Integers | None:
    """The layer as a convolution of integers; None where its operator computes in floats.

    Raises NoCase for integers that no quantized convolution describes, and UsageError where the
    model cannot run.
    """
    graph, declared = network.model.graph, layer.convolution
    operator = graph.operators[declared.operator]
    if operator.kind == "ConvInteger":
        return _of_sums(network, layer)
    said = [graph.quantization.get(name) for name in (declared.input, declared.kernel)]
    output = layer.before_bias or layer.output
    stored = graph.quantization.get(output)
    if said[0] is None or said[1] is None or stored is None:
        return None
    if stored != graph.quantization.get(declared.output):
        raise _not_one(graph, layer, "its output is quantized once more before it is cropped")
    kernel, bias = _constants(network, layer)
    weights = replace(said[1], dtype=kernel.dtype.name)
    if bias is None and layer.bias is not None and layer.before_bias is None:
        raise _not_one(graph, layer, "an operator inside it adds its bias")
    return Integers(
        input=layer.input,
        output=output,
        kernel=kernel,
        bias=bias,
        parameters=parameters(graph, layer, (said[0], weights, stored), declared.activation),
        formulas=("F1",) if operator.kind == "QLinearConv" else None,
    )


def integers_around(network: Network, layer: Layer) -> Integers | None:
    """The layer with the dequantizing before it and the quantizing after it, where there are both.

    So quantization tools write ONNX: DequantizeLinear, Conv, perhaps an activation, QuantizeLinear.
    What runs is a convolution of floats between integers.
    """
    graph, declared = network.model.graph, layer.convolution
    taken = _dequantized(graph, layer.input)
    kernel = _dequantized(graph, declared.kernel)
    given = _quantized(network, layer.before_bias or layer.output)
    if taken is None or kernel is None or given is None or layer.before_bias is not None:
        return None
    output, activation = given
    said = tuple(graph.quantization.get(name) for name in (taken, kernel, output))
    if said[0] is None or said[1] is None or said[2] is None:
        return None
    raw = network.model.run(network.feeds, [kernel])[kernel]
    weights = replace(said[1], dtype=raw.dtype.name)
    return Integers(
        input=taken,
        output=output,
        kernel=_as_ours(raw, layer),
        bias=None if layer.bias is None else layer.bias.astype(np.float32),
        parameters=parameters(graph, layer, (said[0], weights, said[2]), activation),
        formulas=(FLOAT,),
    )


def parameters(
    graph: Graph,
    layer: Layer,
    said: tuple[Quantization, Quantization, Quantization],
    activation: str = "",
) -> Parameters:
    """What input, kernel and output stand for. Raises NoCase for what makes no sense."""
    x, kernel, y = said
    if x.dtype != y.dtype:
        raise _not_one(graph, layer, f"its input is {x.dtype} and its output {y.dtype}")
    if any(len(one) > 1 for one in (x.scales, x.zero_points, y.scales, y.zero_points)):
        raise _not_one(graph, layer, "its input or output has more than one scale")
    same = len(set(kernel.zero_points)) == 1
    try:
        return Parameters(
            input_scale=x.scales[0],
            kernel_scale=kernel.scales,
            output_scale=y.scales[0],
            input_zero_point=x.zero_points[0],
            kernel_zero_point=kernel.zero_points[0] if same else kernel.zero_points,
            output_zero_point=y.zero_points[0],
            activation=activation or "none",
            input_dtype=x.dtype,
            kernel_dtype=kernel.dtype,
        )
    except UsageError as error:
        raise NoCase(str(error)) from error


def _of_sums(network: Network, layer: Layer) -> Integers:
    """A ConvInteger, whose output is the sums: its scales are those of integers."""
    model, declared = network.model, layer.convolution
    operator = model.graph.operators[declared.operator]
    zeros = [name for name in operator.inputs[2:4] if name]
    found = model.run(network.feeds, [layer.input, *zeros])
    points = [
        tuple(int(zero) for zero in found[name].reshape(-1)) if name else (0,)
        for name in (*operator.inputs[2:4], "", "")[:2]
    ]
    kernel, _ = _constants(network, layer)
    x = Quantization((1.0,), points[0], dtype=found[layer.input].dtype.name)
    scales = (1.0,) * len(points[1])
    said = (x, Quantization(scales, points[1], dtype=kernel.dtype.name), x)
    return Integers(
        layer.input, layer.before_bias or layer.output, kernel, None,
        parameters(model.graph, layer, said),
    )  # fmt: skip


def _constants(network: Network, layer: Layer) -> tuple[Array, Array | None]:
    """(the kernel as it is stored, in our layout; the bias as it is stored)."""
    declared = layer.convolution
    names = [name for name in (declared.kernel, declared.bias) if name]
    raw = network.model.run(network.feeds, names)
    bias = None if declared.bias is None else raw[declared.bias].reshape(-1)
    return _as_ours(raw[declared.kernel], layer), bias


def _as_ours(raw: Array, layer: Layer) -> Array:
    declared = layer.convolution
    kernel = kernel_in_our_layout(raw, declared.kernel_layout, transposed=declared.transposed)
    return kernel.reshape(layer.kernel.shape)


def _dequantized(graph: Graph, name: str) -> str | None:
    """The tensor of integers that a tensor is made of; None where nothing dequantizes it."""
    place = graph.producers.get(name)
    if place is None or graph.operators[place].role != "dequantize":
        return None
    return graph.operators[place].inputs[0]


def _quantized(network: Network, name: str) -> tuple[str, str] | None:
    """(the tensor of integers made of it, the activation between); None where there is none."""
    graph, activation = network.model.graph, ""
    while len(graph.consumers.get(name, ())) == 1 and name not in graph.outputs:
        one = graph.operators[graph.consumers[name][0]]
        if one.role == "quantize":
            return one.outputs[0], activation
        if activation or one.role not in ("relu", "relu6", "clip"):
            return None
        known = _limits(network, one.inputs[1:]) if one.role == "clip" else one.role
        if known is None:
            return None
        activation, name = known, one.outputs[0]
    return None


def _limits(network: Network, names: tuple[str, ...]) -> str | None:
    """The activation that clips to these constants, where it has a name."""
    if len(names) != 2 or not all(names):
        return None
    found = network.model.run(network.feeds, names)
    low, high = (float(found[name].reshape(-1)[0]) for name in names)
    return {(0.0, 6.0): "relu6", (-1.0, 1.0): "relu_n1_to_1"}.get((low, high))


def _not_one(graph: Graph, layer: Layer, why: str) -> NoCase:
    name = graph.operators[layer.convolution.operator].name
    return NoCase(f"the convolution '{clean(name, 60)}' is no quantized one: {why}")
