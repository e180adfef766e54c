"""Segments and convolutions that differ each, and together compute the same.

A port may move something across a convolution: channels reversed before it and in its kernel,
zeros put around its input by an operator of their own, a batch norm before it folded into it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import SpecError
from convcheck.model.convolutions.effective import Point, bias_at, by_channel, gap, kernel_at
from convcheck.model.convolutions.layers import Layer
from convcheck.model.convolutions.weights import FOLDING, half_step
from convcheck.model.cuts import Cut, CutModels
from convcheck.model.measured import FAINT, Measured, measured, natural_rounding
from convcheck.model.network import Network
from convcheck.model.rounding import has_functions, quantization_error, rounding_limit
from convcheck.model.segments import ANOTHER, Segment
from convcheck.runtimes.graphs.graph import Graph
from convcheck.truth.approximate import approximate

if TYPE_CHECKING:
    from convcheck.results import Array

_MORE = 2
"""Other values at the cuts on which both have to agree as well: it is no coincidence then."""
_DEVIATIONS = 7.0
"""Independent roundings of at most h each add up to more than so many times √(Σ h²) with a
probability below 2·exp(-7²/2) = 5e-11 (Hoeffding 1963)."""


def with_compensations(
    models: CutModels, found: Sequence[Segment], suspects: Collection[int], *, seed: int = 0
) -> tuple[Segment, ...]:
    """The segments, those that B's convolution makes up for marked so.

    ``suspects`` are places of segments that differ and whose pairs differ as well. Raises
    UsageError where a model cannot run so.
    """
    cuts = {one.pair: one for one in models.cuts}
    return tuple(
        _compensated(models, cuts[one.pair], one, seed)
        if i in suspects and one.pair is not None
        else one
        for i, one in enumerate(found)
    )


def _compensated(models: CutModels, cut: Cut, segment: Segment, seed: int) -> Segment:
    """The segment, marked where B's convolution makes up for it on all values that are tried."""
    worst = 0.0
    for attempt in range(1 + _MORE):
        fed = models if attempt == 0 else _with_other_values(models, cut, seed + attempt)
        worst = max(worst, _share_of(fed, cut, seed))
        if not worst <= 1:
            return segment
    limit = segment.limit or 1.0
    return replace(segment, units=worst * limit, limit=limit, form=ANOTHER)


def _share_of(models: CutModels, cut: Cut, seed: int) -> float:
    """How far the outputs of a convolution are apart, as a share of what rounding may do."""
    rng = np.random.default_rng(seed)
    outputs = []
    for network, feeds, place, point in (
        (models.a, models.feeds_a, cut.pair.a, cut.point_a),
        (models.b, models.feeds_b, cut.pair.b, cut.point_b),
    ):
        layer = network.layers[place]
        read = measured(network, feeds, [layer.input], rng)[layer.input]
        outputs.append(_output(network, feeds, layer, point, read))
    return _share(*outputs)


@dataclass(frozen=True, eq=False)
class _Output:
    """What a convolution gives in exact arithmetic, and what that may be off by."""

    value: Array
    error: Array


def _output(
    network: Network, feeds: Mapping[str, Array], layer: Layer, point: Point, read: Measured
) -> _Output | None:
    """The output at a point; its error is that of its input, folding, and a narrow format's."""
    graph = network.model.graph
    x = layer.input_of(read.values)
    off = _off(graph, feeds, layer, read)
    kernel, bias = kernel_at(layer, point), bias_at(layer, point)
    try:
        whole = approximate(Case(layer.spec, x, kernel, bias))
        of_input = _sums(layer, off, np.abs(kernel))
        half = by_channel(layer, half_step(layer, graph), np.abs(point.scale))
        largest = _sums(layer, np.abs(x), half)
        likely = _DEVIATIONS * np.sqrt(_sums(layer, x * x, half * half))
    except SpecError:
        return None
    error = of_input + np.minimum(largest, likely) + FOLDING * whole.magnitude + whole.radius
    return _Output(whole.value, error)


def _off(graph: Graph, feeds: Mapping[str, Array], layer: Layer, read: Measured) -> Array:
    """By how much each number that a convolution reads may be off, by rounding alone."""
    side = graph, read.tensor, feeds
    x, change = layer.input_of(read.values), layer.input_of(read.change)
    unit = natural_rounding(x, change, change, 1.0 if has_functions(*side) else FAINT)
    off = unit * rounding_limit(*side) + quantization_error(*side)
    every: Array = np.broadcast_to(off, x.shape)
    return every


def _sums(layer: Layer, x: Array, kernel: Array) -> Array:
    """Sums of products of what is not negative, without a bias."""
    sums: Array = approximate(Case(layer.spec, x, kernel)).value
    return sums


def _share(a: _Output | None, b: _Output | None) -> float:
    if a is None or b is None or a.value.size != b.value.size:
        return np.inf
    error = a.error + b.error.reshape(a.error.shape)
    apart = gap(a.value, b.value.reshape(a.value.shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(apart == 0, 0.0, apart / error)
    return float(np.nan_to_num(shares, nan=np.inf).max(initial=0.0))


def _with_other_values(models: CutModels, cut: Cut, seed: int) -> CutModels:
    """The models with other numbers wherever a convolution's segment begins, the same in both.

    Each number that a tensor holds becomes another one that it holds. Numbers that are equal stay
    so, and their order decides which they become, whatever layout or integers stand for them.
    """
    changed = []
    for network, feeds, place in (
        (models.a, models.feeds_a, cut.pair.a),
        (models.b, models.feeds_b, cut.pair.b),
    ):
        read = network.model.graph.read_of(feeds, [network.layers[place].input])
        changed.append({n: _exchanged(v, seed) if n in read else v for n, v in feeds.items()})
    return replace(models, feeds_a=changed[0], feeds_b=changed[1])


def _exchanged(array: Array, seed: int) -> Array:
    known, places = np.unique(array, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(known))
    exchanged: Array = known[order][places.reshape(array.shape)]
    return exchanged
