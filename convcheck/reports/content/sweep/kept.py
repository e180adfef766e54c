"""Relations, which must hold bit for bit, and properties, which are worth knowing and no faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from convcheck.reports.content.blocks import Block, Gap, Sections, Table, glued
from convcheck.reports.figures import count
from convcheck.untrusted.shell import quoted
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.sweep.results import Kept, SweepCheck

_RELATIONS = {"held": "held", "failed": "failed", "untested": "untested"}
_PROPERTIES = {"equal": "bitwise equal", "within": "within bound", "outside": "outside"}
"""What came of it -> its column."""
_BROKEN = {"failed", "within", "outside"}
"""What makes a row worth one of its own."""
_NOT_EXACT = "exact-on-integers"
_ABOUT_RELATIONS = (
    "rounding to nearest keeps a relation bit for bit, whatever is added in which order and "
    "format: one that fails is a fault"
)
_ABOUT_PROPERTIES = "no arithmetic promises a property bit for bit: none counts as a fault"
_ABOUT_NOT_EXACT = (
    f"{_NOT_EXACT} that is not equal is not exact on integers: a transform such as Winograd, or "
    "other arithmetic"
)


@dataclass(frozen=True)
class _Row:
    implementation: str
    what: str
    counts: Mapping[str, int]
    example: int | None


def kept(result: SweepCheck, *, verbose: bool) -> Iterator[Block]:
    """A table of the relations and one of the properties, each with what it means."""
    notes: list[str] = []
    if result.relations:
        yield Gap()
        yield _table(result.relations, "relation", _RELATIONS, verbose=verbose)
        notes.append(_ABOUT_RELATIONS)
    if result.properties:
        yield Gap()
        yield _table(result.properties, "property", _PROPERTIES, verbose=verbose)
        notes.append(_ABOUT_PROPERTIES)
        if any(one.what == _NOT_EXACT and _is_broken(one) for one in result.properties):
            notes.append(_ABOUT_NOT_EXACT)
    every = (*result.relations, *result.properties)
    example = next(
        (one.example for one in every if one.example is not None and _is_broken(one)), None
    )
    if example is not None:
        notes.append(_about_example(example, result.results))
    yield Sections([("" if i else "about", Text(note)) for i, note in enumerate(notes)])


def _table(found: Sequence[Kept], what: str, columns: Mapping[str, str], *, verbose: bool) -> Table:
    rows = [*_rows(found, verbose=verbose)]
    has_examples = any(row.example is not None for row in rows)
    numbers = range(2, 2 + len(columns))
    header = ["implementation", what, *columns.values(), *(["such as"] if has_examples else [])]
    table = Table([*map(glued, header)], right=numbers, together=numbers, indent=0)
    for row in rows:
        counts = (count(row.counts.get(column, 0)) for column in columns)
        example = "" if row.example is None else f"case {row.example}"
        examples = [glued(example)] if has_examples else []
        table.add(
            *(glued(row.implementation), glued(row.what), *counts, *examples),
            style="bold red" if row.counts.get("failed") else "",
        )
    return table


def _rows(found: Sequence[Kept], *, verbose: bool) -> Iterator[_Row]:
    """A row for each that was not kept; of each implementation one for all others."""
    by_name: dict[str, list[Kept]] = {}
    for one in found:
        by_name.setdefault(one.implementation, []).append(one)
    for name, mine in by_name.items():
        own = [one for one in mine if verbose or _is_broken(one)]
        others = [one for one in mine if one not in own]
        if len(others) == 1:
            own, others = mine, []
        for one in own:
            broken = _is_broken(one)
            yield _Row(name, one.what, one.counts, one.example if broken else None)
        if others:
            counts: Counter[str] = Counter()
            for one in others:
                counts.update(one.counts)
            which = "the other" if own else "all"
            yield _Row(name, f"{which} {count(len(others))}", counts, None)


def _about_example(number: int, results: str | None) -> str:
    """How to look at a case; none but a file's can be run again by their number."""
    if results is None:
        return f"to look at case {number}: keep the results, --results FILE, then add --only"
    command = f"convcheck sweep --only {number} --results {quoted(clean(results))}"
    return f"to look at case {number}: {glued(command)}"


def _is_broken(one: Kept) -> bool:
    return any(one.counts.get(key) for key in _BROKEN)
