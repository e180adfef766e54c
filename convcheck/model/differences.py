"""Where in a segment two models part, and what turns A's values into B's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.cuts import CutModels
from convcheck.model.measured import Measured, apart, in_units, measured, unit_of
from convcheck.model.segments import Segment
from convcheck.runtimes.graphs.graph import Graph, Operator

if TYPE_CHECKING:
    from convcheck.results import Array

_MOST_BLOCKS = 16
"""Parts of a concatenation whose order is tried."""


@dataclass(frozen=True)
class Difference:
    """Where two models part within a segment."""

    operator_a: Operator | None
    """A's first operator whose output no tensor of B equals; None where all have their like."""
    operator_b: Operator | None
    """The same of B."""
    what: str
    """What turns A's output into B's: ``clip at 6 in B`` …; "" where nothing that is known does."""


def first_difference(cut: CutModels, segment: Segment, *, seed: int = 0) -> Difference:
    """Where the models part in a segment that differs.

    Raises UsageError where a model cannot run so.
    """
    rng = np.random.default_rng(seed)
    target_a, target_b = _ends(cut, segment)
    graph_a, graph_b = cut.a.model.graph, cut.b.model.graph
    places_a = graph_a.needed([target_a], cut.feeds_a)
    places_b = graph_b.needed([target_b], cut.feeds_b)
    places_a = [place for place in places_a if graph_a.varying_inputs(place)]
    places_b = [place for place in places_b if graph_b.varying_inputs(place)]
    named_a = [graph_a.operators[place].outputs[0] for place in places_a]
    named_b = [graph_b.operators[place].outputs[0] for place in places_b]
    fed_a, fed_b = _fed(cut, segment, "a"), _fed(cut, segment, "b")
    starts_a = {one.tensor_a for one in cut.cuts if one.tensor_b in fed_b} | set(cut.a.feeds)
    starts_b = {one.tensor_b for one in cut.cuts if one.tensor_a in fed_a} | set(cut.b.feeds)
    also_a = _following(graph_a, starts_a, cut.feeds_a)
    also_b = _following(graph_b, starts_b, cut.feeds_b)
    ours = measured(cut.a, cut.feeds_a, [*named_a, target_a, *fed_a, *also_a], rng)
    theirs = measured(cut.b, cut.feeds_b, [*named_b, target_b, *fed_b, *also_b], rng)
    place_a = _first_unlike(cut, graph_a, places_a, ours, theirs, swapped=False)
    place_b = _first_unlike(cut, graph_b, places_b, theirs, ours, swapped=True)
    one = None if place_a is None else graph_a.operators[place_a]
    other = None if place_b is None else graph_b.operators[place_b]
    ends = [(target_a, target_b)]  # where one model alone does something, they say what
    if one is not None and other is not None:
        ends.insert(0, (one.outputs[0], other.outputs[0]))
    what = next(filter(None, (_what(cut, ours[p], theirs[q]) for p, q in ends)), "")
    return Difference(one, other, what)


def _what(cut: CutModels, ours: Measured, theirs: Measured) -> str:
    for p, q in _in_one_form(ours, theirs):
        what = what_turns(p.values, q.values, *unit_of(cut, p, q))
        if what:
            return what
    return ""


def _ends(cut: CutModels, segment: Segment) -> tuple[str, str]:
    if segment.pair is not None:
        return cut.a.layers[segment.pair.a].input, cut.b.layers[segment.pair.b].input
    assert segment.output is not None
    return (
        cut.a.model.graph.outputs[segment.output],
        cut.b.model.graph.outputs[segment.output],
    )


def _fed(cut: CutModels, segment: Segment, side: str) -> list[str]:
    """The tensors that are fed where a segment begins."""
    network, feeds = (cut.a, cut.feeds_a) if side == "a" else (cut.b, cut.feeds_b)
    end = _ends(cut, segment)[0 if side == "a" else 1]
    graph = network.model.graph
    read = {end} | {
        name for place in graph.needed([end], feeds) for name in graph.operators[place].inputs
    }
    return [name for name in feeds if name in read]


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


def _first_unlike(
    cut: CutModels,
    graph: Graph,
    places: list[int],
    mine: dict[str, Measured],
    others: dict[str, Measured],
    *,
    swapped: bool,
) -> int | None:
    """The first operator from which on no output equals any tensor of the other model.

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
            and not any(
                _alike(cut, mine[name], other, swapped=swapped) for other in others.values()
            )
        ):
            unlike.add(place)
    return min(unlike, default=None)


def _alike(cut: CutModels, one: Measured, other: Measured, *, swapped: bool) -> bool:
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


def what_turns(p: Array, q: Array, unit: Array, limit: float) -> str:
    """What turns ``p`` into ``q``, channels last, in words; "" where nothing that is known does."""

    def is_q(changed: Array) -> bool:
        return in_units(changed, q, unit) <= limit

    if is_q(p[..., ::-1]):
        return "channels reversed"
    for name, ours, theirs in (("B", p, q), ("A", q, p)):
        for most in (6.0, 1.0):
            if in_units(np.minimum(ours, most), theirs, unit) <= limit:
                return f"clip at {most:g} in {name}"
        if in_units(np.maximum(ours, 0), theirs, unit) <= limit:
            return f"relu in {name}"
    for found in (_blocks(p, q, is_q), _slope(p, q, is_q), _affine(p, q, unit, limit)):
        if found:
            return found
    if _same_numbers(p, q, float(unit.max()) * limit):
        return "the same numbers in another order"
    if _border_only(p, q, unit, limit):
        return "at the border only"
    return ""


def _blocks(p: Array, q: Array, is_q: Callable[[Array], bool]) -> str:
    """Parts of a concatenation in reverse order, or two of any lengths exchanged."""
    channels = p.shape[-1]
    for count in range(2, _MOST_BLOCKS + 1):
        if channels % count == 0:
            parts = p.reshape(*p.shape[:-1], count, channels // count)
            if is_q(parts[..., ::-1, :].reshape(p.shape)):
                return f"{count} parts in another order"
    one, other = (v.reshape(-1, channels)[0] for v in (p, q))
    gaps = [float(np.abs(np.roll(one, n) - other).max()) for n in range(channels)]
    if is_q(np.roll(p, int(np.argmin(gaps)), -1)):
        return "2 parts in another order"
    return ""


def _slope(p: Array, q: Array, is_q: Callable[[Array], bool]) -> str:
    """A factor for what is below zero alone."""
    below = (p < 0) & (q != 0)
    if not below.any() or not (p > 0).any():
        return ""
    largest = np.abs(np.where(below, p, 0)).argmax()
    factor = float(q.flat[largest] / p.flat[largest])
    if is_q(np.where(p < 0, p * factor, p)):
        return f"what is below zero times {factor:.6g}"
    return ""


def _affine(p: Array, q: Array, unit: Array, limit: float) -> str:
    """A factor and a shift, for all or by channel, through the extremes of each channel."""
    ours, theirs = (v.reshape(-1, v.shape[-1]) for v in (p, q))
    columns = np.arange(ours.shape[1])
    high, low = ours.argmax(axis=0), ours.argmin(axis=0)
    spans = ours[high, columns] - ours[low, columns]
    used = spans > 0
    if not used.any() or len(ours) < 3:
        return ""
    gains = np.where(
        used,
        (theirs[high, columns] - theirs[low, columns]) / np.where(used, spans, 1),
        1.0,
    )
    shifts = theirs[low, columns] - gains * ours[low, columns]
    # Both ends are rounded: the line through them may be a unit off at each.
    if in_units(ours * gains + shifts, theirs, unit * 3) > limit:
        return ""
    tolerance = 4 * limit * unit / np.where(used, spans, 1)
    if (np.abs(gains - gains[used][0])[used] <= tolerance[used] + tolerance[used][0]).all() and (
        np.abs(shifts - shifts[0]) <= 4 * limit * (unit + unit[0])
    ).all():
        plus = "" if (np.abs(shifts) <= limit * unit).all() else f", plus {shifts[0]:.6g}"
        return f"times {gains[used][0]:.6g}{plus}"
    return "a factor and a shift by channel"


def _same_numbers(p: Array, q: Array, bound: float) -> bool:
    ours, theirs = (np.sort(v.reshape(len(v), -1), axis=1) for v in (p, q))
    return bool((np.abs(ours - theirs) <= bound).all())


def _border_only(p: Array, q: Array, unit: Array, limit: float) -> bool:
    if p.ndim < 3 or min(p.shape[1:-1]) < 3:
        return False
    inner = (slice(None), *[slice(1, -1)] * (p.ndim - 2), slice(None))
    return in_units(p[inner], q[inner], unit) <= limit
