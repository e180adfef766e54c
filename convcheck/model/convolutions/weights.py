"""How the weights of two matched convolutions are related: by their format, not by their size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.effective import EffectiveWeights, Point, by_channel, gap
from convcheck.model.convolutions.layers import Layer
from convcheck.runtimes.graphs.graph import Graph, Quantization

if TYPE_CHECKING:
    from convcheck.results import Array

FOLDING = 2.0**-20
"""Relative error of folding in float32, and of reading the scale that A applies: 16 roundings."""
_NARROW = {"float16": (2.0**-11, 2.0**-25), "bfloat16": (2.0**-8, 2.0**-134)}
"""Format -> its unit roundoff, and half of its smallest number."""
DIFFERENT = "different"
FOR_A_FACTOR = 4
"""Numbers of a channel from which on a factor is no match for them by itself."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A layer's numbers as its file holds them."""

    layer: Layer
    graph: Graph

    @cached_property
    def float_formats(self) -> tuple[str, ...]:
        """The narrow float formats that hold every number of the kernel."""
        return tuple(name for name in _NARROW if _is_of(name, self.layer.kernel))

    @cached_property
    def steps(self) -> Quantization | None:
        """What the kernel's integers stand for."""
        found = _quantization(self.graph, self.layer.convolution.kernel)
        channels = self.layer.output_shape[-1]
        return found if found is not None and len(found.scales) in (1, channels) else None

    @property
    def bias_half_steps(self) -> Array:
        """By how much the bias may be rounded."""
        name = self.layer.convolution.bias
        steps = None if name is None else _quantization(self.graph, name)
        return np.zeros(1) if steps is None else np.array(steps.scales) / 2


@dataclass(frozen=True, eq=False)
class Relation:
    """One way in which B's weights may be A's, and how far apart it lets them be."""

    name: str
    """``equal``, ``folded``, ``float16``, ``bfloat16``, the integers of B's kernel; of a narrower
    kernel of A ``int8 in A`` …, of both ``float16 in A, int8 in B``."""
    kernel: Array
    """For each number of the columns."""
    bias: Array
    """For each output channel."""
    rounds_a: bool = False
    """Whether A's numbers are the rounded ones."""

    def holds_kernel(self, weights: EffectiveWeights) -> bool:
        """Whether B's kernel is A's in this way."""
        near = bool((gap(weights.kernel_a, weights.kernel_b) <= self.kernel).all())
        return near and not (self.rounds_a and _is_scaled(weights))

    def holds_bias(self, weights: EffectiveWeights) -> bool:
        """Whether B's bias is A's in this way."""
        return bool((gap(weights.bias_a, weights.bias_b) <= self.bias).all())


def relation_of(weights: EffectiveWeights, a: Stored, b: Stored) -> str:
    """``equal``, ``folded``, a narrower format's name, or ``different``; see ``Relation.name``.

    Narrower weights are called by a format only where they are numbers of that format, and each is
    as near to the other model's as the format allows.
    """
    for one in relations(weights, a, b):
        if one.holds_bias(weights) and one.holds_kernel(weights):  # the fewer numbers first
            return one.name
    return DIFFERENT


def relations(weights: EffectiveWeights, a: Stored, b: Stored) -> Iterator[Relation]:
    """Every way in which these weights of B may be A's, the nearest first.

    A's may be the narrower ones, but not bfloat16: a model that was trained in it holds such
    numbers, and what another one made of them would pass for what they were rounded from.
    """
    yield Relation("equal", np.zeros(1), np.zeros(1))
    sizes = np.maximum(*(_finite(one) for one in (weights.kernel_a, weights.kernel_b)))
    biases = np.maximum(*(_finite(one) for one in (weights.bias_a, weights.bias_b)))
    folding, folded = FOLDING * sizes, FOLDING * weights.reach
    yield Relation("folded", folding, folded)
    of_a = [one for one in _narrow(a, weights.a, sizes, biases) if one.name != "bfloat16"]
    of_b = list(_narrow(b, weights.b, sizes, biases))
    for one in of_b:
        yield Relation(one.name, one.kernel + folding, one.bias + folded)
    for one in of_a:
        yield Relation(f"{one.name} in A", one.kernel + folding, one.bias + folded, rounds_a=True)
    for one, other in product(of_a, of_b):
        yield Relation(
            f"{one.name} in A, {other.name} in B",
            one.kernel + other.kernel + folding,
            one.bias + other.bias + folded,
            rounds_a=True,
        )


@dataclass(frozen=True, eq=False)
class _Narrow:
    """A narrow format, and by how much it may have rounded each number."""

    name: str
    kernel: Array
    bias: Array


def _narrow(stored: Stored, point: Point, sizes: Array, biases: Array) -> Iterator[_Narrow]:
    scale = np.abs(point.scale)
    for name in stored.float_formats:
        unit, smallest = _NARROW[name]
        least = smallest * np.maximum(scale, 1)
        yield _Narrow(name, unit * sizes + least, unit * biases + least)
    if stored.steps is not None:
        halves = np.array(stored.steps.scales) / 2 * scale
        # The scale itself is a float32 number, and so is what the integer then stands for.
        kernel = halves + FOLDING * sizes.max(axis=0)
        yield _Narrow(stored.steps.dtype, kernel, stored.bias_half_steps * scale)


def _is_scaled(weights: EffectiveWeights) -> bool:
    """Whether one factor for each channel takes away most of the difference.

    Rounding leaves a difference that no factor lessens: of n numbers of a channel it would take
    away the n-th part.
    """
    ours, theirs = weights.kernel_a, weights.kernel_b
    sizes = (ours * ours).sum(axis=0)
    factors = (ours * theirs).sum(axis=0) / np.where(sizes == 0, 1, sizes)
    left = float(((theirs - ours * factors) ** 2).sum())
    return len(ours) >= FOR_A_FACTOR and left < float(((theirs - ours) ** 2).sum()) / 2


def _finite(values: Array) -> Array:
    """Magnitudes, those that are not finite as 0."""
    sizes: Array = np.abs(values)
    if np.isfinite(sizes.max(initial=0.0)):  # so are all
        return sizes
    return np.nan_to_num(sizes, nan=0.0, posinf=0.0)


def half_step(layer: Layer, graph: Graph) -> Array:
    """By how much each number of a layer's kernel may have been rounded, in its own layout."""
    kernel, stored = _finite(layer.kernel.astype(np.float64)), Stored(layer, graph)
    if stored.steps is not None:
        return by_channel(layer, np.ones_like(kernel), np.array(stored.steps.scales) / 2)
    for name in stored.float_formats[:1]:
        unit, smallest = _NARROW[name]
        rounded: Array = unit * kernel + smallest
        return rounded
    return np.zeros_like(kernel)


def _is_of(name: str, kernel: Array) -> bool:
    """Whether all numbers are of this format."""
    numbers = kernel.astype(np.float32)
    if not np.array_equal(numbers, kernel, equal_nan=True):
        return False
    if name == "bfloat16":
        return not (numbers.view(np.uint32) & 0xFFFF).any()
    with np.errstate(over="ignore"):
        halves = numbers.astype(np.float16).astype(np.float32)
    return np.array_equal(halves, numbers, equal_nan=True)


def _quantization(graph: Graph, tensor: str) -> Quantization | None:
    """That of a tensor, or of what it is dequantized from."""
    place = graph.producers.get(tensor)
    if place is not None and graph.operators[place].role == "dequantize":
        tensor = graph.operators[place].inputs[0]
    return graph.quantization.get(tensor)
