"""A convolution of a graph as a case, with what its own runtime gives for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.implementations.name import Name
from convcheck.model.convolutions.layers import Layer
from convcheck.model.network import Network
from convcheck.model.quantized.hybrid import hybrid_call, is_hybrid
from convcheck.model.quantized.integers import Integers, NoCase, integers_of
from convcheck.plan import Plan
from convcheck.quantized.any_case import AnyCase, is_quantized, operands_of
from convcheck.results import Dtypes, Output, Status
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.quantized.case import QuantizedCase
    from convcheck.results import Array

_RUNTIMES = {
    "keras": "tf.raw_ops.{}",
    "saved-model": "tf.raw_ops.{}",
    "onnx": "onnxruntime {}",
    "tflite": "LiteRT {} (builtin)",
    "pt2": "torch.ops.{}",
    "python": "torch.ops.{}",
}
"""Format of a graph -> what computes an operator of it, for reports."""


@dataclass(frozen=True, eq=False)
class OwnCall:
    """A layer's case, and what the model's runtime gives for it."""

    case: AnyCase
    output: Output

    def plan(self, names: Sequence[Name] = (), also: Sequence[Output] = ()) -> Plan:
        """The call judged, and against it what ``names`` compute and the outputs ``also``."""
        others = [*(name.text for name in names), *(one.name for one in also)]
        return Plan(
            operands_of(self.case),
            names,
            [self.output, *also],
            pairs=[(self.output.name, other) for other in others],
            quantized=self.quantized,
        )

    @property
    def quantized(self) -> QuantizedCase | None:
        """The case, where it is one of integers that stand for real numbers."""
        return None if isinstance(self.case, Case) else self.case


def own_call(network: Network, layer: Layer, given: Array, name: str, label: str) -> OwnCall:
    """The layer on ``given``, its input tensor in the tensor's own layout and dtype.

    ``name`` is what reports call the layer, ``label`` its output. Raises UsageError where the model
    cannot run so.
    """
    case = case_of(network, layer, given, name)
    try:
        integers = integers_of(network, layer)
        if integers is not None:
            return own_integers(network, layer, integers, given, name, label)
    except NoCase as why:
        call = _call(network, layer)
        return OwnCall(case, Output(label, call, status=Status.UNDECIDED, message=str(why)))
    output = _output(network, layer, (layer.input, layer.output), given, label)
    if is_hybrid(network, layer):
        return OwnCall(*hybrid_call(case, output, dense=layer.convolution.dense))
    return OwnCall(case, output)


def own_integers(
    network: Network, layer: Layer, integers: Integers, given: Array, name: str, label: str
) -> OwnCall:
    """The same of integers: ``given`` is what their input tensor holds. Raises NoCase too."""
    case = integers.case(layer, given, name)
    kind = network.model.graph.operators[layer.convolution.operator].kind
    output = _output(network, layer, (integers.input, integers.output), given, label)
    return OwnCall(case, replace(output, formulas=integers.formulas_of(case, kind)))


def case_of(network: Network, layer: Layer, given: Array, name: str) -> Case:
    """The layer on ``given`` as a case of real numbers."""
    x = layer.input_of(numbers(network.model.graph, layer.input, given))
    dtype = layer.kernel.dtype
    return Case(
        spec=layer.spec,
        input=np.ascontiguousarray(x.astype(dtype)),
        kernel=np.ascontiguousarray(layer.kernel),
        bias=None if layer.bias is None else layer.bias.astype(dtype),
        sources=(f"what reaches {name}", f"{name} kernel", f"{name} bias"),
    )


def _output(
    network: Network, layer: Layer, tensors: tuple[str, str], given: Array, label: str
) -> Output:
    """What the runtime gives in the second tensor where the first one holds ``given``."""
    taken, wanted = tensors
    found = network.model.run({**network.feeds, taken: given}, [wanted])[wanted]
    y = layer.output_of(found)
    return Output(
        name=label,
        call=_call(network, layer),
        array=np.ascontiguousarray(y),
        dtypes=Dtypes(
            input=given.dtype.name,
            kernel=layer.kernel.dtype.name,
            compute=y.dtype.name,
            output=y.dtype.name,
        ),
    )


def _call(network: Network, layer: Layer) -> str:
    graph = network.model.graph
    kind = graph.operators[layer.convolution.operator].kind
    return _RUNTIMES.get(graph.format, graph.format + " {}").format(kind)


def is_same(one: AnyCase, other: AnyCase) -> bool:
    """Whether both are the same convolution of the same real numbers."""
    if is_quantized(one) or is_quantized(other):
        return False
    a, b = operands_of(one), operands_of(other)
    return (
        a.spec == b.spec
        and _equal(a.input, b.input)
        and _equal(a.kernel, b.kernel)
        and _equal(a.bias, b.bias)
    )


def _equal(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
