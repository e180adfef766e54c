"""Operators that one of two models is without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from convcheck.model.against.naming.experiment import Explained, Fault, ends_alike, in_tensor
from convcheck.model.against.naming.families import FAMILIES
from convcheck.model.against.naming.reading import Named
from convcheck.model.against.naming.tensors import forms, given, read_by, seen
from convcheck.model.differences import Difference, Part

if TYPE_CHECKING:
    from convcheck.results import Array

FEW, MOST_LEFT_OUT = 3, 32
"""Operators in a row that one model may be without: tried first, and last."""
_MOST_SHOWN = 4


def extra_operator(difference: Difference, without: str, most: int) -> Explained | None:
    """One model has an operator, or several in a row, that the other is without."""
    part = difference.a if without == "B" else difference.b
    side = "A" if without == "B" else "B"
    if not part.unlike:
        return None
    best: tuple[bool, Explained] | None = None
    for i in range(min(len(part.unlike), most)):
        for n, name in _sources(part, i):
            tensor = part.output(i)
            value = in_tensor(part, tensor, part.values[name].values)
            if value is None or not ends_alike(difference, side, tensor, value):
                continue
            named, words = _what_is_extra(part, n, i, name)
            shown = (words, "") if side == "A" else ("", words)
            places = (part.unlike[n], None) if side == "A" else (None, part.unlike[n])
            fault = Fault(places[0], places[1], named, shown, left_out=without, whole=True)
            vague = named == Named("layer-left-out")
            if best is None or (best[0] and not vague):
                best = vague, Explained(fault, side, tensor, value)
    return None if best is None else best[1]


def extra_alone(difference: Difference, without: str) -> Iterator[Explained]:
    """Single operators that one model may have alone, where something else differs after them.

    Those first of which it is known what they do.
    """
    part = difference.a if without == "B" else difference.b
    side = "A" if without == "B" else "B"
    vague = []
    for i in range(min(len(part.unlike), FEW)):
        for n, name in _sources(part, i):
            value = in_tensor(part, part.output(i), part.values[name].values)
            if n != i or value is None:
                continue
            named, words = _what_is_extra(part, n, i, name)
            shown = (words, "") if side == "A" else ("", words)
            places = (part.unlike[n], None) if side == "A" else (None, part.unlike[n])
            fault = Fault(places[0], places[1], named, shown, left_out=without)
            found = Explained(fault, side, part.output(i), value)
            if named == Named("layer-left-out"):
                vague.append(found)
            else:
                yield found
    yield from vague


def _sources(part: Part, i: int) -> list[tuple[int, str]]:
    """What the first operators that are unlike, up to the ith, read that both models have.

    Each with the place, among the unlike ones, of the operator that reads it.
    """
    own = {part.output(n) for n in range(len(part.unlike))}
    return [(n, name) for n in range(i + 1) for name in read_by(part, n) if name not in own]


def _as_it_is(values: Array) -> Array:
    return values


def _what_is_extra(part: Part, n: int, i: int, name: str) -> tuple[Named, str]:
    """(the cause, what the nth to the ith operator do that the other model is without)."""
    graph = part.network.model.graph
    for form in forms(part):
        source = given(part, form, n)
        result = seen(part, part.output(i), form, [])
        read = source.arrays[read_by(part, n).index(name)]
        # What is read may go beyond what a quantized result can hold.
        before = replace(result, values=read.reshape(result.values.shape), limited=_as_it_is)
        for family in FAMILIES:
            for reading in family.readings(source, result):
                if reading.plain:
                    continue
                plain = [other for other in family.readings(source, before) if other.plain]
                named = (
                    family.named(reading, plain[0], source) if plain else Named("layer-left-out")
                )
                if named is not None:
                    return named, reading.words
    kinds = dict.fromkeys(graph.operators[place].kind for place in part.unlike[n : i + 1])
    shown = ", ".join(list(kinds)[:_MOST_SHOWN]) + (", …" if len(kinds) > _MOST_SHOWN else "")
    return Named("layer-left-out"), f"has {shown}"
