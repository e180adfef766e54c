"""Draws two networks: A on the left, B on the right, each from above in the order it runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from convcheck.model.against.results import (
    INPUT,
    AgainstCheck,
    ModelSide,
)
from convcheck.reports.content.against.table import outputs_of
from convcheck.reports.figures import number
from convcheck.reports.geometry import geometry_and_kind
from convcheck.reports.html.networks.data import Box, Label, Networks, Wire
from convcheck.reports.html.networks.rows import Rows, rows
from convcheck.reports.shortened import cut
from convcheck.results import Verdict

_ROW = 52
"""From one row to the next."""
_ARCS = 92
"""Beside the boxes: for lines that pass by other convolutions."""
_BETWEEN = 148
"""Between the two networks."""
_NAME = 32
"""Characters that a box has room for."""
_STATES = {
    Verdict.IDENTICAL: "fine",
    Verdict.ROUNDING: "fine",
    Verdict.DIFFERENT: "bad",
    Verdict.UNDECIDED: "unsure",
}
_LETTER = 6.4
"""Pixels of a letter of a label, at most."""


@dataclass(frozen=True)
class _Side:
    """One of the two networks."""

    model: ModelSide
    which: int
    """0 for A, 1 for B."""
    x: float
    """The left edge of its boxes."""
    rows: Mapping[int, int]
    end: int
    known: Mapping[str, int]
    """Name -> place."""

    def row(self, place: int) -> int:
        return 0 if place == INPUT else self.rows[place]

    @property
    def outer(self) -> float:
        """The edge away from the other network."""
        return self.x if self.which == 0 else self.x + Networks.WIDTH

    @property
    def inner(self) -> float:
        return self.x + Networks.WIDTH if self.which == 0 else self.x


def networks(result: AgainstCheck) -> Networks | None:
    """The drawing; None where the result does not say which convolution follows which."""
    if not (result.a.layers and result.b.layers):
        return None
    known = [{layer.name: i for i, layer in enumerate(one.layers)} for one in (result.a, result.b)]
    partners = {
        known[0][pair.a]: known[1][pair.b]
        for pair in result.pairs
        if pair.a in known[0] and pair.b in known[1]
    }
    placed = rows(len(result.a.layers), len(result.b.layers), partners)
    left = _Side(result.a, 0, _ARCS, placed.a, placed.end, known[0])
    right = _Side(result.b, 1, _ARCS + Networks.WIDTH + _BETWEEN, placed.b, placed.end, known[1])
    outputs = max(len(result.a.outputs), len(result.b.outputs))
    return Networks(
        width=2 * (_ARCS + Networks.WIDTH) + _BETWEEN,
        height=_y(placed.end + outputs - 1) + Networks.HEIGHT + 4,
        boxes=[*_boxes(result, left), *_boxes(result, right)],
        wires=[
            *_wires(result, left),
            *_wires(result, right),
            *_across(result, left, right),
            *_merged(result, left, right),
        ],
        labels=[*_labels(result, left, right), *_differences(result, placed, left.known)],
    )


def _y(row: int) -> float:
    return 4.0 + row * _ROW


def _middle(row: int) -> float:
    return _y(row) + Networks.HEIGHT / 2


def _boxes(result: AgainstCheck, side: _Side) -> Iterator[Box]:
    letter = "AB"[side.which]
    (words,) = cut([side.model.input], _NAME + 6)
    yield Box(side.x, _y(0), f"{letter}: input", words, side.model.path, "end")
    names = cut([layer.name for layer in side.model.layers], _NAME)
    numbers = {(pair.a, pair.b)[side.which]: i for i, pair in enumerate(result.pairs)}
    for place, (layer, name) in enumerate(zip(side.model.layers, names, strict=True)):
        y = _y(side.rows[place])
        if layer.name not in numbers:
            state, words = _alone(result, side, layer.name)
            yield Box(side.x, y, name, words, f"{layer.name}: {words}", state)
            continue
        i = numbers[layer.name]
        pair = result.pairs[i]
        words = geometry_and_kind(
            pair.specs[side.which], pair.input_shapes[side.which], pair.filters[side.which]
        )
        title = f"{layer.name}: {words}, {pair.verdict.value}"
        yield Box(side.x, y, name, words, title, _STATES[pair.verdict], f"inside-{i}")
    for n in range(len(side.model.outputs)):
        yield Box(side.x, _y(side.end + n), f"{letter}: output", "", side.model.path, "end")


def _alone(result: AgainstCheck, side: _Side, name: str) -> tuple[str, str]:
    """What became of a convolution that is in no pair: its state, and in words."""
    if name in (result.unmatched_a, result.unmatched_b)[side.which]:
        return "unsure", "no partner"
    if name in dict((result.merged_a, result.merged_b)[side.which]):
        return "merged", f"{'BA'[side.which]} computes it with another"
    return "out", "not looked at"


def _wires(result: AgainstCheck, side: _Side) -> Iterator[Wire]:
    """From each convolution to the next ones; those of a segment that differs are ``bad``."""
    before = {one.before[side.which]: one for one in result.segments}
    ends = [(side.rows[i], layer.before, before.get(layer.name))
            for i, layer in enumerate(side.model.layers)]  # fmt: skip
    outputs = outputs_of(result)
    for n, places in enumerate(side.model.outputs):
        segment = outputs[n] if n < len(outputs) else None
        ends.append((side.end + n, places, segment))
    for row, places, segment in ends:
        state = "fine" if segment is None else _STATES[segment.verdict]
        for place in places:
            yield Wire(_path(side, side.row(place), row), state)


def _path(side: _Side, first: int, last: int) -> str:
    """Straight down to the next row; past others on the outer side."""
    if last == first + 1:
        x = side.x + Networks.WIDTH / 2
        return f"M{x:g} {_y(first) + Networks.HEIGHT:g}V{_y(last):g}"
    out = (
        min(_ARCS - 6, 14 + 15 * math.sqrt(abs(last - first)))
        * (-1 if side.which == 0 else 1)
        * 4
        / 3
    )
    begin, end, x = _middle(first) + 7, _middle(last) - 7, side.outer
    return f"M{x:g} {begin:g}C{x + out:g} {begin:g} {x + out:g} {end:g} {x:g} {end:g}"


def _across(result: AgainstCheck, left: _Side, right: _Side) -> Iterator[Wire]:
    for pair in result.pairs:
        if pair.a in left.known and pair.b in right.known:
            ends = left.rows[left.known[pair.a]], right.rows[right.known[pair.b]]
            yield Wire(_line(left, right, *ends), _STATES[pair.verdict], across=True)


def _merged(result: AgainstCheck, left: _Side, right: _Side) -> Iterator[Wire]:
    """From what a model computes twice to the one with which the other does both."""
    partners = {pair.a: pair.b for pair in result.pairs}
    back = {pair.b: pair.a for pair in result.pairs}
    lines = [(one, partners.get(other, "")) for one, other in result.merged_a]
    lines += [(back.get(other, ""), one) for one, other in result.merged_b]
    for a, b in lines:
        if a in left.known and b in right.known:
            ends = left.rows[left.known[a]], right.rows[right.known[b]]
            yield Wire(_line(left, right, *ends), "merged", across=True)


def _line(left: _Side, right: _Side, row: int, other: int) -> str:
    return f"M{left.inner:g} {_middle(row):g}L{right.inner:g} {_middle(other):g}"


def _labels(result: AgainstCheck, left: _Side, right: _Side) -> Iterator[Label]:
    """On each line across: how B's weights are A's."""
    for i, pair in enumerate(result.pairs):
        if pair.a in left.known and pair.b in right.known:
            row = left.rows[left.known[pair.a]]
            words = "other weights" if pair.weights == "different" else pair.weights
            if pair.verdict is Verdict.DIFFERENT and not pair.same_geometry:
                words = "other geometry"
            title = f"{pair.a} is {pair.b}: weights {pair.weights}, found by {pair.how}"
            yield _label(_middle(row), words, title, _STATES[pair.verdict], f"inside-{i}")


def _differences(result: AgainstCheck, placed: Rows, known: Mapping[str, int]) -> Iterator[Label]:
    """Between the rows: what differs before a convolution or an output."""
    outputs = {id(one) for one in outputs_of(result)}
    last = [i for i, one in enumerate(result.segments) if id(one) in outputs]
    ends = {i: placed.end + n for n, i in enumerate(last)}
    for i, one in enumerate(result.segments):
        if one.before[0] in known and i not in ends:
            ends[i] = placed.a[known[one.before[0]]]
    for n, place in enumerate(result.places):
        for i in place.segments:
            if i in ends:
                y = _y(ends[i]) - (_ROW - Networks.HEIGHT) / 2
                words = f"≠ {number(result.segments[i].units)} units"
                yield _label(y, words, place.where, "bad", f"place-{n}")


def _label(y: float, words: str, title: str, state: str, link: str) -> Label:
    x = _ARCS + Networks.WIDTH + _BETWEEN / 2
    return Label(x, y, len(words) * _LETTER + 14, words, title, state, link)
