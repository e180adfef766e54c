"""Effective weights: a convolution's own, and all that is affine by channel after it.

A batch norm, a scale or a bias of its own may be folded into a kernel by one converter and left
alone by another. What such operators do is read by feeding 0 and a large number to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.kernels import by_output, transformed
from convcheck.model.convolutions.layers import Layer
from convcheck.model.convolutions.values import parts
from convcheck.model.network import Network
from convcheck.runtimes.graphs.graph import Operator

if TYPE_CHECKING:
    from convcheck.results import Array

AFFINE = {"batch-norm", "multiply", "divide", "add", "subtract"}
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
    more: Array | None = None
    """A bias inside the operator, which the tensor holds besides: the point is before it."""

    @property
    def held(self) -> Array:
        """What the tensor holds more than this point, by output channel."""
        return np.zeros_like(self.shift) if self.more is None else self.more


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
    """Largest magnitude that A's channels give on this input."""
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
        point = Point(self.a.tensor, self.a.scale * factor, self.a.shift)
        return held_against(
            (self.columns_a, point, self.bias_a),
            (self.columns_b, self.b, self.bias_b),
            self.reach,
        )


def points_after(network: Network) -> list[list[Point]]:
    """For each layer the tensors that are affine in it by channel, in run order.

    They begin with its output, without its bias and with it.
    """
    chains = [[one.outputs[0] for one in affine_after(network, layer)] for layer in network.layers]
    layers = list(zip(network.layers, chains, strict=True))
    return [
        points
        for part in parts(layers, lambda one: _bytes_of(network, *one))
        for points in _points_of(network, part)
    ]


def _bytes_of(network: Network, layer: Layer, chain: Sequence[str]) -> int:
    return len(chain) and len(chain) * network.values.of([layer.output])[layer.output].nbytes


def _points_of(
    network: Network, layers: Sequence[tuple[Layer, Sequence[str]]]
) -> Iterator[list[Point]]:
    """The points of a few layers."""
    zero, large = {}, {}
    for layer, chain in layers:
        value = network.values.of([layer.output])[layer.output]
        if chain and value.dtype.kind not in "iu":
            zero[layer.output] = np.zeros(value.shape, value.dtype)
            large[layer.output] = np.full(value.shape, _large(value.dtype), value.dtype)
    wanted = [name for layer, chain in layers if layer.output in zero for name in chain]
    # The chains follow from what is fed alone; other inputs of the model are there for none.
    at_zero = network.model.run({**network.feeds, **zero}, wanted) if wanted else {}
    at_large = network.model.run({**network.feeds, **large}, wanted) if wanted else {}
    for layer, chain in layers:
        yield _points(layer, chain if layer.output in zero else [], at_zero, at_large)


def affine_after(network: Network, layer: Layer) -> Iterator[Operator]:
    """The operators that follow a layer and may be affine by channel, one after the other."""
    graph, name = network.model.graph, layer.output
    while len(graph.consumers.get(name, ())) == 1:
        place = graph.consumers[name][0]
        one = graph.operators[place]
        if one.role not in AFFINE or graph.varying_inputs(place) != (name,):
            break
        yield one
        name = one.outputs[0]


def _large(dtype: np.dtype[np.generic]) -> float:
    """A power of two beside which a shift is lost in no more than the format's own rounding."""
    return 2.0**20 if dtype.itemsize >= 4 else 2.0**8


def _points(
    layer: Layer, chain: Sequence[str], at_zero: dict[str, Array], at_large: dict[str, Array]
) -> list[Point]:
    channels = layer.output_shape[-1]
    points = []
    if layer.bias is not None:
        bias = layer.bias.astype(np.float64)
        if layer.before_bias is not None:
            points.append(Point(layer.before_bias, np.ones(channels), -bias))
        else:
            points.append(Point(layer.output, np.ones(channels), -bias, more=bias))
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
    ours, theirs = columns(a, a.kernel), columns(b, transformed(a, b, transform))
    if ours.shape != theirs.shape:
        return None
    last = _at(a, ours, points_a[-1], b, theirs, points_b[-1], output_sizes)
    if _half_powers(last.gap) <= _half_powers(0) + _AS_NEAR:
        return last  # whatever the others are, they are not so much nearer that they would count
    found = [
        _at(a, ours, one, b, theirs, other, output_sizes) for one in points_a for other in points_b
    ]
    nearest = min(_half_powers(one.gap) for one in found)
    if nearest <= _half_powers(NO_FORMAT):
        return [one for one in found if _half_powers(one.gap) <= nearest + _AS_NEAR][-1]
    # What differs is a finding here, and none of what follows.
    nearest = min(_half_powers(one.weight_gap) for one in found)
    return [one for one in found if _half_powers(one.weight_gap) == nearest][-1]


def columns(layer: Layer, kernel: Array) -> Array:
    """A kernel of a layer as (numbers of a channel, output channels)."""
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
    reach = np.maximum(sizes * np.abs(one.scale) + np.abs(one.shift), np.finfo(np.float32).tiny)
    # A folded bias is a difference, beta - mean · scale, which may be far smaller than both, and
    # its rounding error is relative to them. Once it is folded no file says how large they were:
    # they are taken to be no larger than what the strongest channel reaches.
    reach = np.maximum(reach, reach.max(where=np.isfinite(reach), initial=0))
    return held_against((ours, one, bias_at(a, one)), (theirs, other, bias_at(b, other)), reach)


def held_against(
    a: tuple[Array, Point, Array], b: tuple[Array, Point, Array], reach: Array
) -> EffectiveWeights:
    """(columns, the point they are at, bias there) of A and of B held against each other."""
    (ours, one, bias_a), (theirs, other, bias_b) = a, b
    kernel_a, kernel_b = _scaled(ours, one), _scaled(theirs, other)
    largest = np.abs(kernel_a).max(axis=0)
    with np.errstate(invalid="ignore"):  # an infinite gap beside infinite numbers is none known
        gaps = gap(kernel_a, kernel_b).max(axis=0) / np.where(largest == 0, 1, largest)
        bias_gap = float((gap(bias_a, bias_b) / reach).max())
    return EffectiveWeights(
        one, other, ours, theirs, bias_a, bias_b, reach, float(gaps.max()), bias_gap
    )


def gap(p: Array, q: Array) -> Array:
    """How far numbers are apart: 0 where both are the same infinity or both NaN."""
    with np.errstate(invalid="ignore"):
        apart: Array = np.abs(p - q)
    unknown = np.isnan(apart)  # of two equal infinities too
    if unknown.any():
        apart = np.where(unknown & ((p == q) | (np.isnan(p) & np.isnan(q))), 0.0, apart)
    return apart


def bias_at(layer: Layer, point: Point) -> Array:
    """What is added to a layer's products up to a point, in float64."""
    own = 0.0 if layer.bias is None else layer.bias.astype(np.float64)
    bias: Array = own * point.scale + point.shift
    return bias


def kernel_at(layer: Layer, point: Point) -> Array:
    """A layer's kernel times the scales of a point, in float64 and in its own layout."""
    return by_channel(layer, layer.kernel.astype(np.float64), point.scale)


def by_channel(layer: Layer, kernel: Array, factors: Array) -> Array:
    """A kernel in a layer's layout times a factor for each output channel."""
    groups = layer.spec.groups
    if not layer.spec.transposed:
        scaled: Array = kernel * factors
        return scaled
    *taps, each, inputs = kernel.shape
    parts = kernel.reshape(*taps, each, groups, inputs // groups)
    scales = np.broadcast_to(factors, groups * each).reshape(groups, each).T[..., None]
    return np.array(parts * scales).reshape(kernel.shape)
