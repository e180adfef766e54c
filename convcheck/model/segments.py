"""What lies between the convolutions of two models, each segment alone.

Both models take the same values at the cuts, so that a segment's output differs only by what that
segment does. How much it may differ is measured: each fed value is moved by one unit in its last
place, and the largest change that this makes in a channel is one unit of natural rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.cuts import Cut, CutModels
from convcheck.model.kernels import flatten_order
from convcheck.model.match import Pair
from convcheck.model.network import Network
from convcheck.model.rounding import half_steps, rounding_limit, within_range
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.results import Array

_MOVES = 2
"""How often the fed values are moved at random."""
_FAINT = 2.0**-10
"""A channel that is fainter than this part of the strongest is judged as if it were not."""


@dataclass(frozen=True)
class Segment:
    """From the cuts before it to one convolution's input, or to one of the model's outputs."""

    pair: Pair | None
    """The convolution whose input it gives; None where it gives an output of the model."""
    output: int | None
    """Which output of the model it gives; None where it gives a convolution's input."""
    units: float
    """Largest difference by channel, in units of natural rounding; inf where shapes differ."""
    limit: float
    """What rounding alone may reach."""
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    """A's and B's, (N, *spatial, C)."""

    @property
    def differs(self) -> bool:
        """Whether rounding cannot explain it."""
        return not self.units <= self.limit


@dataclass(frozen=True, eq=False)
class _Measured:
    """A tensor of a cut model, and by how much moving what is fed changes it."""

    tensor: str
    values: Array
    change: Array

    def shaped(self, values: Array, change: Array) -> _Measured:
        return _Measured(self.tensor, values, change)


def segments(cut: CutModels, *, seed: int = 0) -> tuple[Segment, ...]:
    """Every segment: by A's run order, then those that give the models' outputs.

    Raises UsageError where a model cannot run so.
    """
    rng = np.random.default_rng(seed)
    outputs_a, outputs_b = cut.a.model.graph.outputs, cut.b.model.graph.outputs
    inputs_a = [cut.a.layers[one.pair.a].input for one in cut.cuts]
    inputs_b = [cut.b.layers[one.pair.b].input for one in cut.cuts]
    ours = _measured(cut.a, cut.feeds_a, [*inputs_a, *outputs_a], rng)
    theirs = _measured(cut.b, cut.feeds_b, [*inputs_b, *outputs_b], rng)
    found = [
        _at_input(cut, one, ours[p], theirs[q])
        for one, p, q in zip(cut.cuts, inputs_a, inputs_b, strict=True)
    ]
    pairs = zip(outputs_a, outputs_b, strict=False)
    found += [_at_output(cut, n, ours[p], theirs[q]) for n, (p, q) in enumerate(pairs)]
    return tuple(found)


def _measured(
    network: Network, feeds: Mapping[str, Array], wanted: Sequence[str], rng: np.random.Generator
) -> dict[str, _Measured]:
    graph, names = network.model.graph, list(dict.fromkeys(wanted))

    def run(given: Mapping[str, Array]) -> dict[str, Array]:
        found = network.model.run(given, names)
        return {n: numbers(graph, n, value).astype(np.float64) for n, value in found.items()}

    before = run(feeds)
    changes = {name: np.zeros_like(value) for name, value in before.items()}
    for _ in range(_MOVES):
        for name, value in run({n: _moved(v, rng) for n, v in feeds.items()}).items():
            changes[name] = np.maximum(changes[name], np.abs(value - before[name]))
    return {name: _Measured(name, before[name], changes[name]) for name in names}


def _moved(array: Array, rng: np.random.Generator) -> Array:
    """Each value of a float array one unit in its last place larger or smaller, at random."""
    if array.dtype.kind != "f":
        return array
    step = float(np.finfo(array.dtype).eps)
    moved: Array = array * rng.choice(np.array([1 - step, 1 + step]), array.shape)
    return moved.astype(array.dtype)


def _at_input(cut: CutModels, one: Cut, ours: _Measured, theirs: _Measured) -> Segment:
    a, b = cut.a.layers[one.pair.a], cut.b.layers[one.pair.b]
    p, q = a.input_of(ours.values), b.input_of(theirs.values)
    change_a, change_b = a.input_of(ours.change), b.input_of(theirs.change)
    if one.pair.transform == "flatten-order":
        order = flatten_order(a, b)
        p, change_a = p[..., order], change_a[..., order]
    return _segment(cut, one.pair, None, ours.shaped(p, change_a), theirs.shaped(q, change_b))


def _at_output(cut: CutModels, place: int, ours: _Measured, theirs: _Measured) -> Segment:
    """The two outputs, B's in the layout that brings it nearest to A's, channels last."""
    turned = [theirs]
    if theirs.values.ndim > 2:
        turned += [
            theirs.shaped(*(np.moveaxis(v, *axes) for v in (theirs.values, theirs.change)))
            for axes in ((1, -1), (-1, 1))
        ]
    fitting = [one for one in turned if one.values.shape == ours.values.shape]
    if fitting:
        theirs = min(fitting, key=lambda one: float(np.abs(one.values - ours.values).sum()))
    if ours.values.ndim > 2 and cut.a.model.graph.data_format == "NCHW":
        ours, theirs = (
            one.shaped(*(np.moveaxis(v, 1, -1) for v in (one.values, one.change)))
            for one in (ours, theirs)
        )
    return _segment(cut, None, place, ours, theirs)


def _segment(
    cut: CutModels, pair: Pair | None, output: int | None, ours: _Measured, theirs: _Measured
) -> Segment:
    shape, other = ours.values.shape, theirs.values.shape
    if ours.values.size != theirs.values.size or shape[-1] != other[-1]:
        return Segment(pair, output, np.inf, 0.0, (shape, other))
    graph_a, graph_b = cut.a.model.graph, cut.b.model.graph
    p = within_range(graph_b, theirs.tensor, ours.values)
    q = theirs.values.reshape(shape)
    unit = natural_rounding(p, ours.change, theirs.change.reshape(shape))
    unit = unit + half_steps(graph_b, theirs.tensor, cut.feeds_b)
    unit = unit + half_steps(graph_a, ours.tensor, cut.feeds_a)
    limit = rounding_limit(graph_a, ours.tensor, cut.feeds_a)
    limit += rounding_limit(graph_b, theirs.tensor, cut.feeds_b)
    with np.errstate(invalid="ignore"):
        gap = _largest(np.where((p == q) | (np.isnan(p) & np.isnan(q)), 0.0, p - q))
    units = np.divide(gap, unit, out=np.where(gap == 0, 0.0, np.inf), where=unit > 0)
    return Segment(pair, output, float(units.max(initial=0.0)), limit, (shape, other))


def natural_rounding(values: Array, change_a: Array, change_b: Array) -> Array:
    """The unit of each channel: its last place, or what moving the fed values changes in it."""
    finite = np.where(np.isfinite(values), values, 0.0)
    last_place = float(np.finfo(np.float32).eps) * _largest(finite)
    unit = np.maximum(last_place, np.maximum(_largest(change_a), _largest(change_b)))
    least: Array = np.maximum(unit, _FAINT * unit.max(initial=0.0))
    return least


def _largest(array: Array) -> Array:
    """Largest magnitude by channel, the last axis; NaN counts as infinite."""
    sizes = np.abs(array.astype(np.float64))
    flat = np.where(np.isnan(sizes), np.inf, sizes).reshape(-1, array.shape[-1])
    largest: Array = flat.max(axis=0, initial=0.0)
    return largest
