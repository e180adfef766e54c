"""How the weights of two matched convolutions are related: by their format, not by their size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.effective import EffectiveWeights
from convcheck.model.convolutions.layers import Layer
from convcheck.runtimes.graphs.graph import Graph, Quantization

if TYPE_CHECKING:
    from convcheck.results import Array

FOLDING = 2.0**-20
"""Relative error of folding in float32, and of reading the scale that A applies: 16 roundings."""
_NARROW = {"float16": (2.0**-11, 2.0**-25), "bfloat16": (2.0**-8, 2.0**-134)}
"""Format -> its unit roundoff, and half of its smallest number."""


def relation_of(weights: EffectiveWeights, b: Layer, graph: Graph) -> str:
    """``equal``, ``folded``, ``float16``, ``bfloat16``, the integers of B's kernel, ``different``.

    ``graph`` is B's. Narrower weights are called by a format only where B's are numbers of that
    format, and each is as near to A's as the format allows.
    """
    if weights.weight_gap == 0 == weights.bias_gap:
        return "equal"
    if _within(weights, FOLDING * np.abs(weights.kernel_a)) and weights.bias_gap <= FOLDING:
        return "folded"
    for name, (unit, smallest) in _NARROW.items():
        weight_bound = (unit + FOLDING) * np.abs(weights.kernel_a) + smallest
        bias_bound = unit * np.abs(weights.bias_a) + smallest
        if (
            _is_of(name, b.kernel)
            and _within(weights, weight_bound)
            and _bias_within(weights, bias_bound)
        ):
            return name
    steps = _quantization(graph, b.convolution.kernel)
    if (
        steps is not None
        and _within(weights, _half_steps(weights, steps))
        and _bias_within(weights, _bias_half_steps(b, graph))
    ):
        return steps.dtype
    return "different"


def _within(weights: EffectiveWeights, bound: Array) -> bool:
    return bool((np.abs(weights.kernel_a - weights.kernel_b) <= bound).all())


def _is_of(name: str, kernel: Array) -> bool:
    """Whether all numbers are of this format."""
    numbers = kernel.astype(np.float32)
    if not np.array_equal(numbers, kernel):
        return False
    if name == "bfloat16":
        return not (numbers.view(np.uint32) & 0xFFFF).any()
    with np.errstate(over="ignore"):
        return np.array_equal(numbers.astype(np.float16).astype(np.float32), numbers)


def _quantization(graph: Graph, tensor: str) -> Quantization | None:
    """That of a tensor, or of what it is dequantized from."""
    place = graph.producers.get(tensor)
    if place is not None and graph.operators[place].role == "dequantize":
        tensor = graph.operators[place].inputs[0]
    return graph.quantization.get(tensor)


def _half_steps(weights: EffectiveWeights, steps: Quantization) -> Array:
    """By how much each weight may be rounded."""
    scales = np.array(steps.scales) * (np.abs(weights.b.scale) if len(steps.scales) > 1 else 1)
    bound: Array = scales / 2 + FOLDING * np.abs(weights.kernel_a).max(axis=0)
    return bound


def _bias_within(weights: EffectiveWeights, bound: Array) -> bool:
    """Whether the biases agree up to a bound, and what folding adds to it."""
    gap = np.abs(weights.bias_a - weights.bias_b)
    return bool((gap <= bound + FOLDING * weights.reach).all())


def _bias_half_steps(b: Layer, graph: Graph) -> Array:
    """By how much B's bias may be rounded."""
    name = b.convolution.bias
    steps = None if name is None else _quantization(graph, name)
    return np.zeros(1) if steps is None else np.array(steps.scales) / 2
