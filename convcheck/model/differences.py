"""Where in a segment two models part: the operators whose outputs the other model does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.model.cuts import CutModels
from convcheck.model.measured import Measured, apart, measured_both
from convcheck.model.network import Network
from convcheck.model.segments import Segment
from convcheck.runtimes.graphs.graph import Graph

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True, eq=False)
class Part:
    """What one model computes in a segment."""

    network: Network
    feeds: Mapping[str, Array]
    """The model's inputs, and the values at the cuts."""
    end: str
    """The tensor with which it ends."""
    unlike: tuple[int, ...]
    """Operators from which on no output equals any tensor of the other model, in run order."""
    values: Mapping[str, Measured]
    """All tensors of the segment that depend on the model's input."""

    def output(self, n: int) -> str:
        """What the nth operator that is unlike gives."""
        return self.network.model.graph.operators[self.unlike[n]].outputs[0]

    @cached_property
    def dtypes(self) -> Mapping[str, np.dtype[Any]]:
        """Of what the operators that are unlike give."""
        names = [self.output(n) for n in range(len(self.unlike))]
        found = self.network.model.run(self.feeds, names)
        return {name: array.dtype for name, array in found.items()}


@dataclass(frozen=True, eq=False)
class Difference:
    """A segment of two models, and where they part in it."""

    models: CutModels
    a: Part
    b: Part


def first_difference(cut: CutModels, segment: Segment, *, seed: int = 0) -> Difference:
    """Where the models part in a segment that differs.

    Raises UsageError where a model cannot run so.
    """
    rng = np.random.default_rng(seed)
    target_a, target_b = ends_of(cut, segment)
    graph_a, graph_b = cut.a.model.graph, cut.b.model.graph
    places_a = graph_a.needed([target_a], cut.feeds_a)
    places_b = graph_b.needed([target_b], cut.feeds_b)
    places_a = [place for place in places_a if graph_a.varying_inputs(place)]
    places_b = [place for place in places_b if graph_b.varying_inputs(place)]
    named_a = [graph_a.operators[place].outputs[0] for place in places_a]
    named_b = [graph_b.operators[place].outputs[0] for place in places_b]
    fed_a = graph_a.read_of(cut.feeds_a, [target_a])
    fed_b = graph_b.read_of(cut.feeds_b, [target_b])
    starts_a = {one.tensor_a for one in cut.cuts if one.tensor_b in fed_b} | set(cut.a.feeds)
    starts_b = {one.tensor_b for one in cut.cuts if one.tensor_a in fed_a} | set(cut.b.feeds)
    also_a = _following(graph_a, starts_a, cut.feeds_a)
    also_b = _following(graph_b, starts_b, cut.feeds_b)
    wanted = [*named_a, target_a, *fed_a, *also_a], [*named_b, target_b, *fed_b, *also_b]
    ours, theirs = measured_both(cut, wanted, rng)
    unlike_a = _unlike(cut, graph_a, places_a, ours, theirs, swapped=False)
    unlike_b = _unlike(cut, graph_b, places_b, theirs, ours, swapped=True)
    return Difference(
        cut,
        Part(cut.a, cut.feeds_a, target_a, unlike_a, ours),
        Part(cut.b, cut.feeds_b, target_b, unlike_b, theirs),
    )


def ends_of(cut: CutModels, segment: Segment) -> tuple[str, str]:
    """The tensors with which a segment ends, A's and B's."""
    if segment.pair is not None:
        return cut.a.layers[segment.pair.a].input, cut.b.layers[segment.pair.b].input
    assert segment.output is not None
    return (
        cut.a.model.graph.outputs[segment.output],
        cut.b.model.graph.outputs[segment.output],
    )


def _following(graph: Graph, starts: Collection[str], fed: Collection[str]) -> list[str]:
    """All that follows from the tensors with which a segment begins, up to the next cuts.

    One model may need a tensor in this segment that the other needs in another one.
    """
    reached = set(starts)
    found = []
    for one in graph.operators:
        name = one.outputs[0]
        if name not in fed and not reached.isdisjoint(one.inputs):
            reached.add(name)
            found.append(name)
    return found


def _unlike(
    cut: CutModels,
    graph: Graph,
    places: list[int],
    mine: dict[str, Measured],
    others: dict[str, Measured],
    *,
    swapped: bool,
) -> tuple[int, ...]:
    """The operators from which on no output equals any tensor of the other model.

    One that is unlike but has a like one after it is another way to compute the same, such as a
    padding before a pool.
    """
    unlike: set[int] = set()
    for place in reversed(places):
        name = graph.operators[place].outputs[0]
        after = set(graph.consumers.get(name, ())) & set(places)
        if (
            after <= unlike
            and mine[name].values.ndim > 1
            and not any(alike(cut, mine[name], other, swapped=swapped) for other in others.values())
        ):
            unlike.add(place)
    return tuple(sorted(unlike))


def alike(cut: CutModels, one: Measured, other: Measured, *, swapped: bool = False) -> bool:
    """Whether a tensor of A and one of B are equal up to rounding; ``swapped``: of B and A."""
    ours, theirs = (other, one) if swapped else (one, other)
    for p, q in _in_one_form(ours, theirs):
        units, limit = apart(cut, p, q)
        if units <= limit:
            return True
    return False


def _in_one_form(ours: Measured, theirs: Measured) -> Iterator[tuple[Measured, Measured]]:
    """Two tensors of one shape, channels last, in every layout in which they may be like."""
    if ours.values.size != theirs.values.size:
        return
    for p in _turned(ours):
        for q in _turned(theirs):
            if p.values.shape == q.values.shape:
                yield p, q
            elif p.values.ndim != q.values.ndim and p.values.shape[-1] == q.values.shape[-1]:
                shape = p.values.shape
                yield p, q.shaped(q.values.reshape(shape), q.change.reshape(shape))


def _turned(one: Measured) -> Iterator[Measured]:
    yield one
    if one.values.ndim > 2:
        yield one.shaped(np.moveaxis(one.values, 1, -1), np.moveaxis(one.change, 1, -1))
