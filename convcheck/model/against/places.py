"""Tells segments, and the places where two models differ, each told once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from convcheck.causes.catalogue import BY_NAME
from convcheck.model.against.naming.experiment import Fault
from convcheck.model.against.naming.faults import faults_of, operators_of
from convcheck.model.against.output_order import order_finding
from convcheck.model.against.pairs.borders import CAUSE as BORDER
from convcheck.model.against.results import PairCheck, Place, SegmentCheck
from convcheck.model.cuts import CutModels
from convcheck.model.differences import ends_of
from convcheck.model.names import short_names
from convcheck.model.network import INPUT, Network
from convcheck.model.segments import Segment
from convcheck.results import Finding, Verdict
from convcheck.runtimes.graphs.graph import Operator
from convcheck.untrusted.text import clean

Names = tuple[Sequence[str], Sequence[str]]
"""The names of A's layers and of B's."""
_Operators = tuple[str | None, str | None]


@dataclass(frozen=True)
class JudgedSegment:
    """A segment, and what is needed to tell its faults and those of others apart."""

    check: SegmentCheck
    faults: tuple[Fault, ...] = ()
    """One for each of the check's findings."""
    operators: tuple[_Operators, ...] = ()
    """Of each fault, where the models part."""
    follows: frozenset[str] = frozenset()
    """A's convolutions whose outputs have another shape in B: what follows cannot be judged."""


def judge_segment(
    models: CutModels, segment: Segment, names: Names, order: Mapping[int, int] | None = None
) -> JudgedSegment:
    """One segment; of one that differs, where and by what the models part.

    ``order`` says which outputs of A are B's at another place (``output_order``).

    Raises UsageError where a model cannot run so.
    """
    check = SegmentCheck(
        after=_after(models, segment, names),
        before=_before(segment, names),
        verdict=_verdict(segment),
        units=segment.units,
        limit=segment.limit,
    )
    if not segment.differs:
        return JudgedSegment(check)
    if order and segment.output in order:
        # All outputs at other places are one fault: that of the first of them.
        graph = models.a.model.graph
        place = graph.producers.get(graph.outputs[min(order)])
        check = replace(check, findings=(order_finding(models, order),))
        return JudgedSegment(check, (Fault(place, None, None),), ((None, None),))
    follows = _unfed(models, segment)
    if follows:
        undecided = replace(check, verdict=Verdict.UNDECIDED)
        return JudgedSegment(undecided, follows=frozenset(names[0][i] for i in follows))
    faults = tuple(faults_of(models, segment))
    operators = tuple(_operators(models, fault) for fault in faults)
    findings = tuple(map(_finding, faults, operators))
    check = replace(check, operations=operators[0], findings=findings)
    return JudgedSegment(check, faults, operators)


def _unfed(models: CutModels, segment: Segment) -> set[int]:
    """A's convolutions before a segment at which B cannot take A's values."""
    end = ends_of(models, segment)[1]
    needed = set(models.b.model.graph.needed([end], models.feeds_b))
    return {
        one.pair.a
        for one in models.cuts
        if not one.fed and models.b.layers[one.pair.b].convolution.operator in needed
    }


def places(pairs: Sequence[PairCheck], segments: Sequence[JudgedSegment]) -> tuple[Place, ...]:
    """Where the models differ, each told once.

    Segments that part at the same operator show one fault. What follows an output of another shape
    belongs to what gave it that shape.
    """
    found = [
        Place(_both(pair.a, pair.b), pair.findings, np.inf, pairs=(i,))
        for i, pair in enumerate(pairs)
        if pair.verdict is Verdict.DIFFERENT
    ]
    owners = {pairs[i].a: n for n, place in enumerate(found) for i in place.pairs}
    borders = {
        pair.a: owners[pair.a]
        for pair in pairs
        if pair.a in owners and any(one.cause == BORDER for one in pair.findings)
    }
    by_operator: dict[tuple[str, int], int] = {}
    for i, one in enumerate(segments):
        if one.check.before[0] in borders:  # the border is all that its shape tells
            place = borders[one.check.before[0]]
            found[place] = replace(found[place], segments=(*found[place].segments, i))
            continue
        for n, fault in enumerate(one.faults):
            keys = _keys(fault, i)
            known = next((by_operator[key] for key in keys if key in by_operator), None)
            if known is None:
                known = len(found)
                found.append(_place(one, n))
                owners.setdefault(one.check.before[0], known)
            size = max(found[known].size, _size(one.check))
            shown = tuple(dict.fromkeys((*found[known].segments, i)))
            found[known] = replace(found[known], size=size, segments=shown)
            by_operator.update(dict.fromkeys(keys, known))
    for i, place in _followed(segments, owners):
        found[place] = replace(found[place], segments=(*found[place].segments, i))
    return tuple(found)


def _keys(fault: Fault, segment: int) -> list[tuple[str, int]]:
    """What two faults share where they are one."""
    keys = [("a", fault.place_a), ("b", fault.place_b)]
    return [(side, place) for side, place in keys if place is not None] or [("none", segment)]


def _place(one: JudgedSegment, n: int) -> Place:
    after = ", ".join(one.check.after[0])
    where = f"between {after} and {one.check.before[0]}" if after else "before the output"
    return Place(where, one.check.findings[n : n + 1], 0.0)


def _size(check: SegmentCheck) -> float:
    return check.units / max(check.limit, 1.0)


def _followed(
    segments: Sequence[JudgedSegment], owners: Mapping[str, int]
) -> Iterator[tuple[int, int]]:
    """(a segment that cannot be judged, the place that is why)."""
    before = {one.check.before[0]: one for one in segments}
    for i, one in enumerate(segments):
        met, stack = set[str](), list(one.follows)
        while stack:
            name = stack.pop()
            if name in owners:
                yield i, owners[name]
                break
            if name not in met and name in before:
                met.add(name)
                stack.extend(before[name].follows)


def _both(a: str, b: str) -> str:
    return a if a == b else f"{a} (B: {b})"


def _verdict(segment: Segment) -> Verdict:
    if segment.differs:
        return Verdict.DIFFERENT
    return Verdict.IDENTICAL if segment.units == 0 else Verdict.ROUNDING


def _after(
    models: CutModels, segment: Segment, names: Names
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The convolutions after which it begins, in each model."""
    if segment.pair is None:
        return (), ()
    around = (
        models.a.neighbours[segment.pair.a].before,
        models.b.neighbours[segment.pair.b].before,
    )
    ours, theirs = (
        tuple("input" if place == INPUT else side[place] for place in sorted(found))
        for found, side in zip(around, names, strict=True)
    )
    return ours, theirs


def _before(segment: Segment, names: Names) -> tuple[str, str]:
    if segment.pair is None:
        return "output", "output"
    return names[0][segment.pair.a], names[1][segment.pair.b]


def _operators(models: CutModels, fault: Fault) -> _Operators:
    ours, theirs = operators_of(fault, models)
    return _shown(models.a, ours), _shown(models.b, theirs)


def _shown(network: Network, operator: Operator | None) -> str | None:
    """The operator's name, shortened as those of the convolutions are."""
    if operator is None:
        return None
    graph = network.model.graph
    convolutions = [graph.operators[layer.convolution.operator] for layer in network.layers]
    return clean(short_names([*convolutions, operator])[-1])


def _finding(fault: Fault, operators: _Operators) -> Finding:
    """What A does and what B does: supported, never proved."""
    if fault.named is None:
        return Finding("unexplained", "B", "unexplained", _unexplained(fault, operators))
    cause = BY_NAME[fault.named.cause]
    fix = None if cause.fix is None else cause.fix(None, "")
    also = fault.named.also
    return Finding(cause.name, "B", "supported", _summary(fault, operators), fix=fix, also=also)


def _summary(fault: Fault, operators: _Operators) -> str:
    if fault.left_out:
        n = 0 if fault.left_out == "B" else 1
        side = "AB"[n]
        words = fault.words[n] or "has an operator"
        return f"{side} {words} ({operators[n]}), {fault.left_out} has nothing there"
    (a, b), (words_a, words_b) = operators, fault.words
    more = "" if fault.whole else "; that is not all that differs here"
    return f"A {words_a} ({a}), B {words_b} ({b}){more}"


def _unexplained(fault: Fault, operators: _Operators) -> str:
    a, b = operators
    if a is None and b is None:
        return "the inputs of the convolutions differ, and no operator is why"
    if b is None or a is None:
        side, name = ("A", a) if b is None else ("B", b)
        return f"{side}'s {name} gives what no tensor of the other model holds"
    where = ", at the border only" if fault.border else ""
    return f"A's {a} and B's {b} give different values{where}, and nothing known turns A's into B's"


def merged_names(merged: Mapping[int, int], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(a convolution, the one that the other model computes it with), by their names."""
    return tuple((names[one], names[other]) for one, other in merged.items())
