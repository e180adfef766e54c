"""Names what differs in a segment: each fault by an experiment, one after another.

What A's operator reads is known, and B reads the same. A family of operators says what A makes of
it, and what B does. Then A runs on with what B makes of it: where it ends as B does, that is all
that differs; else the next fault is sought in what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.experiment import Explained, Fault, ends_alike, in_tensor
from convcheck.model.against.naming.families import FAMILIES
from convcheck.model.against.naming.left_out import FEW, MOST_LEFT_OUT, extra_alone, extra_operator
from convcheck.model.against.naming.reading import Family, Given
from convcheck.model.against.naming.tensors import Form, back, forms, given, read_by, seen
from convcheck.model.cuts import CutModels
from convcheck.model.differences import Difference, Part, alike, first_difference
from convcheck.model.segments import Segment
from convcheck.runtimes.graphs.graph import Operator

if TYPE_CHECKING:
    from convcheck.results import Array

_MOST_FAULTS = 4
"""Faults that are sought in one segment."""
_MOST_HEADS = 4
"""Operators of A that are unlike though their inputs are not: each may be a fault of its own."""
_MOST_OPERATORS = 8
"""Operators after the first unlike one, of each model, whose outputs are read."""


def faults_of(models: CutModels, segment: Segment) -> Iterator[Fault]:
    """The faults of a segment that differs, in run order.

    Raises UsageError where a model cannot run so.
    """
    for count in range(_MOST_FAULTS):
        difference = first_difference(models, segment)
        if not difference.a.unlike and not difference.b.unlike:
            if count == 0:
                yield Fault(None, None, None)
            return
        found = _explained(difference)
        if found is None:
            two = _left_out_and_more(difference, segment)
            if two:
                yield from two
                return
            if count == 0 or _ends_apart(difference):
                yield _unexplained(difference)
            return
        yield found.fault
        if found.fault.whole or found.value is None:
            return
        models = _without(models, found)


def _without(models: CutModels, found: Explained) -> CutModels:
    """The models as they would be without a fault."""
    assert found.value is not None
    if found.side == "A":
        return replace(models, feeds_a={**models.feeds_a, found.tensor: found.value})
    return replace(models, feeds_b={**models.feeds_b, found.tensor: found.value})


def _left_out_and_more(difference: Difference, segment: Segment) -> Sequence[Fault]:
    """An operator that one model lacks, and a fault after it that is then all that differs.

    That the other model lacks one in turn is no explanation: of any two operators each model would
    have one alone.
    """
    for side in ("B", "A"):
        for extra in extra_alone(difference, side):
            left = first_difference(_without(difference.models, extra), segment)
            if not left.a.unlike and not left.b.unlike:
                continue
            more = _explained(left)
            if more is None or not more.fault.whole:
                continue
            if more.fault.left_out in ("", extra.fault.left_out):
                return extra.fault, more.fault
    return ()


def _ends_apart(difference: Difference) -> bool:
    a, b = difference.a, difference.b
    return not alike(difference.models, a.values[a.end], b.values[b.end])


def _unexplained(difference: Difference) -> Fault:
    a, b = difference.a, difference.b
    border = False
    if a.unlike and b.unlike:
        for form_a in forms(a):
            for form_b in forms(b):
                one = seen(a, a.output(0), form_a, [(b, b.output(0))])
                other = form_b(b.values[b.output(0)].values)
                border = border or _border_only(one.values, other, one.unit * one.limit)
    return Fault(*_places(difference), None, border=border)


def _border_only(p: Array, q: Array, bound: Array) -> bool:
    if p.shape != q.shape or p.ndim < 3 or min(p.shape[1:-1]) < 5:
        return False
    inner = (slice(None), *[slice(2, -2)] * (p.ndim - 2), slice(None))
    return bool((np.abs(p[inner] - q[inner]) <= bound).all())


def _places(difference: Difference) -> tuple[int | None, int | None]:
    """The first operators that are unlike."""
    a, b = difference.a.unlike, difference.b.unlike
    return (a[0] if a else None), (b[0] if b else None)


def _explained(difference: Difference) -> Explained | None:
    for most in (FEW, MOST_LEFT_OUT):
        for side in ("B", "A"):
            if extra := extra_operator(difference, side, most):
                return extra
        both = difference.a.unlike and difference.b.unlike
        if most == FEW and both and (found := _other_operator(difference)):
            return found
    return None


def _other_operator(difference: Difference) -> Explained | None:
    """Both have an operator there, which makes different things of the same inputs."""
    first: Explained | None = None
    for n in _heads(difference.a):
        found = _at_head(difference, n)
        if found is not None and found.fault.whole:
            return found
        first = first or found
    return first


def _heads(part: Part) -> list[int]:
    """Those of the operators that are unlike, by their places among them, whose inputs are not."""
    own = {part.output(n) for n in range(len(part.unlike))}
    places = range(len(part.unlike))
    return [n for n in places if own.isdisjoint(read_by(part, n))][:_MOST_HEADS]


def _at_head(difference: Difference, n: int) -> Explained | None:
    for form_a in forms(difference.a):
        source = given(difference.a, form_a, n)
        for form_b in forms(difference.b):
            each = [
                _of_family(difference, family, source, form_a, form_b, n) for family in FAMILIES
            ]
            found = [one for one in each if one is not None]
            whole = [one for one in found if one.fault.whole]
            if found:
                return _with_rivals(whole or found[:1])
    return None


def _with_rivals(found: Sequence[Explained]) -> Explained:
    """The first, with the causes of all others as what it might be too."""
    first = found[0]
    causes = [name for one in found if one.fault.named for name in one.fault.named.every]
    assert first.fault.named is not None
    also = tuple(dict.fromkeys(name for name in causes if name != first.fault.named.cause))
    named = replace(first.fault.named, also=also)
    return replace(first, fault=replace(first.fault, named=named))


def _of_family(
    difference: Difference, family: Family, source: Given, form_a: Form, form_b: Form, n: int
) -> Explained | None:
    """What a family makes of both models' outputs; nearest to where they part comes first."""
    a, b = difference.a, difference.b
    reads = [(a, name) for name in read_by(a, n)]
    ours = {
        i: list(family.readings(source, seen(a, a.output(i), form_a, [])))
        for i in range(n, min(len(a.unlike), n + _MOST_OPERATORS))
    }
    if not any(ours.values()):
        return None
    theirs = {
        j: list(family.readings(source, seen(b, b.output(j), form_b, reads)))
        for j in range(min(len(b.unlike), _MOST_OPERATORS))
    }
    first: Explained | None = None
    for i, j in sorted(((i, j) for i in ours for j in theirs), key=sum):
        pairs = [(p, q) for p in ours[i] for q in theirs[j]]
        named = [one for p, q in pairs if (one := family.named(p, q, source)) is not None]
        if not pairs or len(named) < len(pairs):
            continue  # some reading fits both: that they do the same
        words = named[0].words or (pairs[0][0].words, pairs[0][1].words)
        rivals = tuple(dict.fromkeys(name for one in named for name in one.every))
        cause = replace(named[0], also=tuple(r for r in rivals if r != named[0].cause))
        theirs_j = form_b(b.values[b.output(j)].values)
        value = in_tensor(a, a.output(i), back(form_a, theirs_j))
        whole = value is not None and ends_alike(difference, "A", a.output(i), value)
        fault = Fault(a.unlike[n], b.unlike[j], cause, words, whole=whole)
        found = Explained(fault, "A", a.output(i), value)
        if whole:
            return found
        # What the same cause explains further on is a part of it: a batch norm's factor and shift.
        if first is None or _cause_of(first) == cause.cause:
            first = found
    return first


def _cause_of(one: Explained) -> str:
    return "" if one.fault.named is None else one.fault.named.cause


def operators_of(fault: Fault, models: CutModels) -> tuple[Operator | None, Operator | None]:
    """The operators at which the models part."""
    sides: Mapping[str, int | None] = {"a": fault.place_a, "b": fault.place_b}
    networks = {"a": models.a, "b": models.b}
    ours, theirs = (
        None if place is None else networks[side].model.graph.operators[place]
        for side, place in sides.items()
    )
    return ours, theirs
