"""Effective weights: a convolution's own, and all that is affine by channel after it.

A batch norm, a scale or a bias of its own may be folded into a kernel by one converter and left
alone by another. What such operators do is read by feeding 0 and a large number to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.kernels import by_output, transformed
from convcheck.model.convolutions.layers import Layer
from convcheck.model.network import Network

if TYPE_CHECKING:
    from convcheck.results import Array

_AFFINE = {"batch-norm", "multiply", "divide", "add", "subtract"}
_SMALLEST = 2.0**-21
"""Differences below this, relative to the channel's largest weight, are all alike: float32's."""

_LARGEST = 2.0**60
"""Stands for larger gaps, and for those of weights that are not finite."""
NO_FORMAT = 2.0**-7
"""A gap that no format explains: half a step of 8 bits is 2⁻⁸ of the largest weight."""
_AS_NEAR = 4
"""Half powers of two: a batch norm in a narrow format is a few roundings further off."""


@dataclass(frozen=True, eq=False)
class Point:
    """A tensor that holds scale · (the convolution's output) + shift, by output channel."""

    tensor: str
    scale: Array
    shift: Array


@dataclass(frozen=True, eq=False)
class EffectiveWeights:
    """What two layers compute up to two points, B's kernel transformed as the pair says."""

    a: Point
    b: Point
    columns_a: Array
    columns_b: Array
    """The kernels as they are, (numbers of a channel, output channels)."""
    bias_a: Array
    bias_b: Array
    reach: Array
    """Largest magnitudes that A's channels give on this input."""
    weight_gap: float
    """Largest difference of two weights, relative to its channel's largest in A."""
    bias_gap: float
    """Largest difference of two biases, relative to the reach of its channel."""

    @property
    def gap(self) -> float:
        """The larger of both; NaN where weights are."""
        return max(self.weight_gap, self.bias_gap)

    @property
    def kernel_a(self) -> Array:
        """A's columns times the scales of its point, in float64."""
        return _scaled(self.columns_a, self.a)

    @property
    def kernel_b(self) -> Array:
        """The same of B."""
        return _scaled(self.columns_b, self.b)

    @property
    def factor(self) -> float:
        """The one factor that makes A's weights most like B's; 1 where they are alike as they are.

        A scale before a convolution may be folded into its kernel, whose input is then larger.
        """
        ours, theirs = self.kernel_a, self.kernel_b
        size = float((ours * ours).sum())
        if self.weight_gap <= NO_FORMAT or not 0 < size < np.inf:
            return 1.0
        factor = float((ours * theirs).sum()) / size
        largest = np.abs(theirs).max(axis=0)
        gaps = np.abs(ours * factor - theirs).max(axis=0)
        return factor if factor and (gaps <= NO_FORMAT * largest).all() else 1.0

    def after(self, factor: float) -> EffectiveWeights:
        """The same where A's input, divided by this, is B's."""
        kernel = self.kernel_a * factor
        largest = np.abs(kernel).max(axis=0)
        gaps = np.abs(kernel - self.kernel_b).max(axis=0) / np.where(largest == 0, 1, largest)
        point = Point(self.a.tensor, self.a.scale * factor, self.a.shift)
        return replace(self, a=point, weight_gap=float(gaps.max()))


def points_after(network: Network) -> list[list[Point]]:
    """For each layer the tensors that are affine in it by channel, in run order.

    They begin with its output, without its bias and with it.
    """
    chains = [_chain(network, layer) for layer in network.layers]
    outputs = [layer.output for layer in network.layers]
    values = network.model.run(network.feeds, outputs)
    feeds, large = {}, {}
    for layer, chain in zip(network.layers, chains, strict=True):
        value = values[layer.output]
        if chain and value.dtype.kind not in "iu":
            feeds[layer.output] = np.zeros_like(value)
            large[layer.output] = np.full_like(value, _large(value.dtype))
    wanted = [name for chain in chains for name in chain]
    # The chains follow from what is fed alone; other inputs of the model are there for none.
    at_zero = network.model.run({**network.feeds, **feeds}, wanted) if wanted else {}
    at_large = network.model.run({**network.feeds, **large}, wanted) if wanted else {}
    return [
        _points(layer, chain if layer.output in feeds else [], at_zero, at_large)
        for layer, chain in zip(network.layers, chains, strict=True)
    ]


def _chain(network: Network, layer: Layer) -> list[str]:
    graph, name, chain = network.model.graph, layer.output, []
    while len(graph.consumers.get(name, ())) == 1:
        place = graph.consumers[name][0]
        one = graph.operators[place]
        if one.role not in _AFFINE or graph.varying_inputs(place) != (name,):
            break
        name = one.outputs[0]
        chain.append(name)
    return chain


def _large(dtype: np.dtype[np.generic]) -> float:
    """A power of two beside which a shift is lost in no more than the format's own rounding."""
    return 2.0**20 if dtype.itemsize >= 4 else 2.0**8


def _points(
    layer: Layer, chain: Sequence[str], at_zero: dict[str, Array], at_large: dict[str, Array]
) -> list[Point]:
    channels = layer.output_shape[-1]
    points = []
    if layer.before_bias is not None and layer.bias is not None:
        points.append(Point(layer.before_bias, np.ones(channels), -layer.bias.astype(np.float64)))
    points.append(Point(layer.output, np.ones(channels), np.zeros(channels)))
    for name in chain:
        low, high = (
            layer.output_of(values[name]).reshape(-1, channels).astype(np.float64)
            for values in (at_zero, at_large)
        )
        if not (
            np.array_equal(low, low[:1] + 0 * low) and np.array_equal(high, high[:1] + 0 * high)
        ):
            break  # it depends on the position too
        large = _large(at_large[name].dtype)
        points.append(Point(name, (high[0] - low[0]) / large, low[0]))
    return points


def effective_weights(
    a: Layer,
    b: Layer,
    transform: str,
    points_a: Sequence[Point],
    points_b: Sequence[Point],
    output_sizes: Array,
) -> EffectiveWeights | None:
    """Weights at the last two points where they agree as well as at any; None for other shapes.

    ``output_sizes`` are the largest magnitudes of A's output, by channel.
    """
    ours, theirs = _columns(a, a.kernel), _columns(b, transformed(a, b, transform))
    if ours.shape != theirs.shape:
        return None
    found = [
        _at(a, ours, one, b, theirs, other, output_sizes) for one in points_a for other in points_b
    ]
    nearest = min(_half_powers(one.gap) for one in found)
    if nearest <= _half_powers(NO_FORMAT):
        return [one for one in found if _half_powers(one.gap) <= nearest + _AS_NEAR][-1]
    # What differs is a finding here, and none of what follows.
    nearest = min(_half_powers(one.weight_gap) for one in found)
    return [one for one in found if _half_powers(one.weight_gap) == nearest][-1]


def _columns(layer: Layer, kernel: Array) -> Array:
    spec = layer.spec
    return by_output(kernel, spec.groups, transposed=spec.transposed)


def _scaled(columns: Array, point: Point) -> Array:
    scaled: Array = columns.astype(np.float64) * point.scale
    return scaled


def _half_powers(gap: float) -> int:
    """A gap in half powers of two: points that agree equally well rank the same."""
    known = gap if gap <= _LARGEST else _LARGEST  # NaN is no less than it either
    return round(2 * log2(max(known, _SMALLEST)))


def _at(
    a: Layer, ours: Array, one: Point, b: Layer, theirs: Array, other: Point, sizes: Array
) -> EffectiveWeights:
    kernel_a, kernel_b = _scaled(ours, one), _scaled(theirs, other)
    bias_a, bias_b = _bias(a, one), _bias(b, other)
    largest = np.abs(kernel_a).max(axis=0)
    reach = np.maximum(sizes * np.abs(one.scale) + np.abs(one.shift), np.finfo(np.float32).tiny)
    with np.errstate(invalid="ignore"):
        gaps = np.abs(kernel_a - kernel_b).max(axis=0) / np.where(largest == 0, 1, largest)
        bias_gaps = np.abs(bias_a - bias_b) / reach
    return EffectiveWeights(
        one, other, ours, theirs, bias_a, bias_b, reach, float(gaps.max()), float(bias_gaps.max())
    )


def _bias(layer: Layer, point: Point) -> Array:
    own = 0.0 if layer.bias is None else layer.bias.astype(np.float64)
    bias: Array = own * point.scale + point.shift
    return bias
