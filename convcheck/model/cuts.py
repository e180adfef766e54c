"""Two models cut at every matched convolution, both fed the same values there: A's.

Nothing drifts from one segment into the next, so that every fault is found where it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.check.side_by_side import side_by_side
from convcheck.model.convolutions.effective import (
    EffectiveWeights,
    Point,
    effective_weights,
    points_after,
)
from convcheck.model.convolutions.layers import Layer
from convcheck.model.convolutions.values import IN_MEMORY
from convcheck.model.match import Matching, Pair
from convcheck.model.network import Network
from convcheck.runtimes.graphs.layouts import in_layout_of, numbers, stored
from convcheck.runtimes.models.spill_store import SpillStore

if TYPE_CHECKING:
    from convcheck.results import Array

ACTIVATIONS = {"relu": (0.0, np.inf), "relu6": (0.0, 6.0), "relu_n1_to_1": (-1.0, 1.0)}
"""What is applied inside an operator -> the range that it leaves."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A matched convolution, and the tensors at which both models are cut after it."""

    pair: Pair
    tensor_a: str
    tensor_b: str
    point_a: Point
    point_b: Point
    """What these tensors hold of the convolutions' outputs."""
    weights: EffectiveWeights | None
    """What both compute up to there; None where the kernels' shapes differ."""
    fed: bool
    """Whether both take the same values here; not where their outputs have different shapes."""


@dataclass(frozen=True, eq=False)
class CutModels:
    """Two models cut at every matched convolution."""

    a: Network
    b: Network
    cuts: tuple[Cut, ...]
    """In A's run order."""
    feeds_a: Mapping[str, Array]
    feeds_b: Mapping[str, Array]
    """Each model's inputs, and the same values at the cuts in its own layout and dtype."""


def cut_models(
    a: Network, b: Network, matching: Matching, *, biased: Collection[Pair] = ()
) -> CutModels:
    """Cut two models: ``biased`` pairs after their biases, others where their weights agree best.

    Raises UsageError where one of them cannot run so.
    """
    points_a, points_b = side_by_side(points_after, (a, b))
    store = SpillStore(IN_MEMORY)
    feeds_a, feeds_b = dict(a.feeds), dict(b.feeds)
    cuts = []
    for pair in matching.pairs:
        one, other = a.layers[pair.a], b.layers[pair.b]
        held = a.values.of([one.output])[one.output]
        output = one.output_of(numbers(a.model.graph, one.output, held))
        sizes = np.abs(output.astype(np.float64)).reshape(-1, output.shape[-1]).max(axis=0)
        some_a = _points(points_a[pair.a], one, other, after=pair in biased)
        some_b = _points(points_b[pair.b], other, one, after=pair in biased)
        weights = effective_weights(one, other, pair.transform, some_a, some_b, sizes)
        if weights is not None:
            point_a, point_b = weights.a, weights.b
        else:
            point_a = _output_in(points_a[pair.a], one)
            point_b = _output_in(points_b[pair.b], other)
        tensor_a, tensor_b = point_a.tensor, point_b.tensor
        own_a = a.values.of([tensor_a])[tensor_a]
        own_b = b.values.of([tensor_b])[tensor_b]
        common = _common(a, one, point_a, own_a, b, other, point_b, own_b)
        if common is None:
            feeds_a[tensor_a] = store.kept(own_a)
        else:
            feeds_a[tensor_a], feeds_b[tensor_b] = (store.kept(array) for array in common)
        cuts.append(Cut(pair, tensor_a, tensor_b, point_a, point_b, weights, common is not None))
    return CutModels(a, b, tuple(cuts), feeds_a, feeds_b)


def _points(points: Sequence[Point], layer: Layer, other: Layer, *, after: bool) -> list[Point]:
    """A layer's points at which it may be cut.

    Before a bias inside its operator only where the other layer has none: some operator further on
    may add it there.
    """
    if after:
        return [one for one in points if one.more is None and one.tensor != layer.before_bias]
    activated = layer.convolution.activation or other.convolution.activation
    lacks = other.bias is None or not other.bias.any()
    return [one for one in points if one.more is None or (lacks and not activated)]


def _output_in(points: Sequence[Point], layer: Layer) -> Point:
    """That of a layer's points which is its output itself."""
    return next(one for one in points if one.tensor == layer.output and one.more is None)


def _common(
    a: Network,
    one: Layer,
    point_a: Point,
    own_a: Array,
    b: Network,
    other: Layer,
    point_b: Point,
    own_b: Array,
) -> tuple[Array, Array] | None:
    """A's values as both tensors hold them, as coarse as the coarser; None for another shape.

    A bias inside the operator of one alone is left out of the other's.

    A convolution that is followed by its activation inside one operator holds the values after it.
    """
    tensor_a, tensor_b = point_a.tensor, point_b.tensor
    values = one.output_of(numbers(a.model.graph, tensor_a, own_a))
    if values.size != np.prod(other.output_shape) or values.shape[-1] != other.output_shape[-1]:
        return None
    for layer in (one, other):
        limits = ACTIVATIONS.get(layer.convolution.activation)
        values = values if limits is None else np.clip(values, *limits)
    more = point_b.held - point_a.held
    for_b = _as_held(b, other, tensor_b, own_b, _plus(values, more))
    held = other.output_of(numbers(b.model.graph, tensor_b, for_b))
    return _as_held(a, one, tensor_a, own_a, _plus(held, -more)), for_b


def _plus(values: Array, by_channel: Array) -> Array:
    """With what is added to each channel; as they are where that is nothing."""
    more: Array = values + by_channel if by_channel.any() else values
    return more


def _as_held(network: Network, layer: Layer, tensor: str, own: Array, values: Array) -> Array:
    """Values (N, *spatial, C) in a tensor's layout, shape and dtype."""
    last = (own.shape[0], *own.shape[2:], own.shape[1]) if layer.output_format == "NCHW" else None
    fitting = in_layout_of(values.reshape(last or own.shape), layer.output_format, own.shape)
    return stored(network.model.graph, tensor, fitting, own.dtype)
