"""How far rounding alone may take a segment, in units of natural rounding."""

from __future__ import annotations

from collections.abc import Collection
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from convcheck.runtimes.graphs.graph import Graph

if TYPE_CHECKING:
    from convcheck.results import Array

_LEAST = 4.0
"""Units for what is fed: two random moves of it may see no more than a part of the worst."""
_FUNCTIONS = 4.0
"""Units in the last place that a library's exp, tanh … may be off, and what is computed of them."""
_NO_ROUNDING = {
    "relu",
    "relu6",
    "clip",
    "max",
    "max-pool",
    "maximum",
    "minimum",
    "split",
    "gather",
    "concat",
    "reshape",
    "flatten",
    "squeeze",
    "expand-dims",
    "transpose",
    "slice",
    "pad",
    "identity",
    "dropout",
    "space-to-batch",
    "batch-to-space",
}
_CORRECT = set(
    "add subtract multiply divide mean average-pool batch-norm leaky-relu resize dequantize".split()
)
"""Those whose errors are relative to what they read."""
_RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
_SUMS = {"mean", "average-pool", "softmax"}
_TERMS = 4096
"""Terms that a mean is taken to have where the graph does not say it."""


def rounding_limit(graph: Graph, tensor: str, fed: Collection[str]) -> float:
    """Units that the operators between what is fed and a tensor may add by rounding.

    Each rounding moves a value by at most half a unit in its last place, as much as moving what is
    fed by one does, or less. In a sum of n terms errors add up as their square root (Higham and
    Mary 2019, a probabilistic bound).
    """
    total = _LEAST
    for place in graph.needed([tensor], fed):
        role = graph.operators[place].role
        if role in _NO_ROUNDING:
            continue
        total += _FUNCTIONS + (sqrt(_TERMS) if role in _SUMS else 0.0)
    return total


def has_functions(graph: Graph, tensor: str, fed: Collection[str]) -> bool:
    """Whether operators that round more than once lie between what is fed and a tensor.

    The error of a sigmoid is relative to 1, not to its value: such errors do not fade with a
    channel.
    """
    roles = {
        graph.operators[place].role
        for place in graph.needed([tensor], fed)
        if graph.varying_inputs(place)
    }
    return not roles <= _NO_ROUNDING | _CORRECT


def quantization_error(graph: Graph, tensor: str, fed: Collection[str]) -> float:
    """What quantization may change between what is fed and a tensor.

    An operator on integers may be one step off, and what follows may enlarge that, which is taken
    to be twice at most. What is fed is the same in both models.
    """
    total = 0.0
    varying = {tensor}
    for place in graph.needed([tensor], fed):
        one = graph.operators[place]
        varying.update(one.outputs, graph.varying_inputs(place))
    for name in varying & graph.varying:
        quantization = graph.quantization.get(name)
        if quantization is not None:
            total += max(quantization.scales) * (0.0 if name in fed else 2.0)
    return total


def within_range(graph: Graph, tensor: str, values: Array) -> Array:
    """The values as far as a quantized tensor, or one just dequantized, can hold them."""
    place = graph.producers.get(tensor)
    if tensor not in graph.quantization and place is not None:
        one = graph.operators[place]
        tensor = one.inputs[0] if one.role == "dequantize" else tensor
    quantization = graph.quantization.get(tensor)
    if quantization is None or quantization.dtype not in _RANGES:
        return values
    low, high = _RANGES[quantization.dtype]
    scale, zero = quantization.scales[0], quantization.zero_points[0]
    limited: Array = np.clip(values, (low - zero) * scale, (high - zero) * scale)
    return limited
