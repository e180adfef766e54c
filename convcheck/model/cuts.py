"""Two models cut at every matched convolution, both fed the same values there: A's.

Nothing drifts from one segment into the next, so that every fault is found where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.effective import (
    EffectiveWeights,
    Point,
    effective_weights,
    points_after,
)
from convcheck.model.convolutions.layers import Layer
from convcheck.model.match import Matching, Pair
from convcheck.model.network import Network
from convcheck.runtimes.graphs.layouts import in_layout_of, numbers, stored

if TYPE_CHECKING:
    from convcheck.results import Array

_ACTIVATIONS = {"relu": (0.0, np.inf), "relu6": (0.0, 6.0), "relu_n1_to_1": (-1.0, 1.0)}
"""What is applied inside an operator -> the range that it leaves."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A matched convolution, and the tensors at which both models are cut after it."""

    pair: Pair
    tensor_a: str
    tensor_b: str
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


def cut_models(a: Network, b: Network, matching: Matching) -> CutModels:
    """Cut two models. Raises UsageError where one of them cannot run so."""
    points_a, points_b = points_after(a), points_after(b)
    values_a = _values(a, points_a)
    values_b = _values(b, points_b)
    feeds_a, feeds_b = dict(a.feeds), dict(b.feeds)
    cuts = []
    for pair in matching.pairs:
        one, other = a.layers[pair.a], b.layers[pair.b]
        output = one.output_of(numbers(a.model.graph, one.output, values_a[one.output]))
        sizes = np.abs(output.astype(np.float64)).reshape(-1, output.shape[-1]).max(axis=0)
        weights = effective_weights(
            one, other, pair.transform, points_a[pair.a], points_b[pair.b], sizes
        )
        tensor_a, tensor_b = one.output, other.output
        if weights is not None:
            tensor_a, tensor_b = weights.a.tensor, weights.b.tensor
        own_a, own_b = values_a[tensor_a], values_b[tensor_b]
        common = _common(a, one, tensor_a, own_a, b, other, tensor_b, own_b)
        if common is None:
            feeds_a[tensor_a] = own_a
        else:
            feeds_a[tensor_a], feeds_b[tensor_b] = common
        cuts.append(Cut(pair, tensor_a, tensor_b, weights, common is not None))
    return CutModels(a, b, tuple(cuts), feeds_a, feeds_b)


def _values(network: Network, points: Sequence[Sequence[Point]]) -> dict[str, Array]:
    """What the tensors at which the model may be cut hold when it runs uncut."""
    names = dict.fromkeys(point.tensor for chain in points for point in chain)
    return network.model.run(network.feeds, list(names))


def _common(
    a: Network,
    one: Layer,
    tensor_a: str,
    own_a: Array,
    b: Network,
    other: Layer,
    tensor_b: str,
    own_b: Array,
) -> tuple[Array, Array] | None:
    """A's values as both tensors hold them, as coarse as the coarser; None for another shape.

    A convolution that is followed by its activation inside one operator holds the values after it.
    """
    values = one.output_of(numbers(a.model.graph, tensor_a, own_a))
    if values.size != np.prod(other.output_shape) or values.shape[-1] != other.output_shape[-1]:
        return None
    for layer in (one, other):
        limits = _ACTIVATIONS.get(layer.convolution.activation)
        values = values if limits is None else np.clip(values, *limits)
    for_b = _as_held(b, other, tensor_b, own_b, values)
    held = other.output_of(numbers(b.model.graph, tensor_b, for_b))
    return _as_held(a, one, tensor_a, own_a, held), for_b


def _as_held(network: Network, layer: Layer, tensor: str, own: Array, values: Array) -> Array:
    """Values (N, *spatial, C) in a tensor's layout, shape and dtype."""
    last = (own.shape[0], *own.shape[2:], own.shape[1]) if layer.output_format == "NCHW" else None
    fitting = in_layout_of(values.reshape(last or own.shape), layer.output_format, own.shape)
    return stored(network.model.graph, tensor, fitting, own.dtype)
