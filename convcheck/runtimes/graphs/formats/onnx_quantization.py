"""What the operators of an ONNX model say about the integers that they read and give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from convcheck.runtimes.graphs.graph import Graph, Operator, Quantization

if TYPE_CHECKING:
    from convcheck.results import Array

_RESULT = -1
_UNARY = ((0, 1, 2), (_RESULT, 3, 4))
_BINARY = ((0, 1, 2), (3, 4, 5), (_RESULT, 6, 7))
_SAID = {
    "QLinearConv": _BINARY,
    "QLinearMatMul": _BINARY,
    "QLinearAdd": _BINARY,
    "QLinearMul": _BINARY,
    "QGemm": ((0, 1, 2), (3, 4, 5), (_RESULT, 7, 8)),
    "QLinearAveragePool": _UNARY,
    "QLinearGlobalAveragePool": _UNARY,
    "QLinearLeakyRelu": _UNARY,
    "QLinearSigmoid": _UNARY,
    "QLinearConcat": ((_RESULT, 0, 1),),
    "ConvInteger": ((0, None, 2), (1, None, 3)),
    "DequantizeLinear": ((0, 1, 2),),
    "QuantizeLinear": ((_RESULT, 1, 2),),
}
"""Operator -> places among its inputs of (integers, or its result; their scale; zero point)."""
_BIASES = {"QLinearConv": 8, "QGemm": 6}
"""Operator -> place of its bias, whose scale is the product of the input's and the kernel's."""


def quantization(graph: Graph, constant: Callable[[str], Array | None]) -> dict[str, Quantization]:
    """Tensor -> what its integers stand for, where the scales are constants."""
    found = {}
    for one in graph.operators:
        for name, scale, zero, axis in _said(one):
            scales = constant(scale) if scale else np.ones(1)
            zeros = constant(zero) if zero else None
            if scales is not None and (zeros is not None or not zero):
                found[name] = Quantization(
                    tuple(float(number) for number in scales.ravel()),
                    (0,) if zeros is None else tuple(int(number) for number in zeros.ravel()),
                    axis,
                    "uint8" if zeros is None else zeros.dtype.name,
                )
        place = _BIASES.get(one.kind, len(one.inputs))
        for bias in one.inputs[place : place + 1]:
            x, kernel = found.get(one.inputs[0]), found.get(one.inputs[3])
            if x is not None and kernel is not None:
                steps = tuple(x.scales[0] * scale for scale in kernel.scales)
                found[bias] = Quantization(steps, (0,), 0, "int32")
    return found


def _said(one: Operator) -> Iterator[tuple[str, str, str, int]]:
    """(tensor of integers, its scale, its zero point, their axis); "" for 1 and for 0."""
    names = (*one.inputs, *[""] * 9)
    axis = one.attributes.get("axis", 1) if one.kind.endswith("izeLinear") else 0
    if one.kind == "QGemm" and not one.attributes.get("transB"):
        axis = 1
    for integers, scale, zero in _SAID.get(one.kind, ()):
        name = one.outputs[0] if integers == _RESULT else names[integers]
        yield name, "" if scale is None else names[scale], names[zero], axis
