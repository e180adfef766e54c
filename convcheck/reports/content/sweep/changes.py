"""Which cases another file has otherwise: grouped by implementation and kind of change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from rich.text import Text

from convcheck.reports.content.blocks import Block, Gap, Sections, Table, glued
from convcheck.reports.content.sweep.words import cases
from convcheck.reports.figures import count

if TYPE_CHECKING:
    from convcheck.sweep.results import Change, SweepCheck

_SHOWN = 5
"""Commands that are shown without ``-v``, of the first case of a group each."""

Group: TypeAlias = "tuple[str, str]"
"""Implementation, and what changed."""


def changes(result: SweepCheck, *, verbose: bool) -> Iterator[Block]:
    """A row for each kind of change with its cases, then commands to run; none without a file."""
    if result.changes is None:
        return
    groups = grouped(result)
    if groups:
        yield Gap()
        table = Table(["implementation", "changed", "cases"], right=[2], indent=0)
        for (name, what), mine in groups.items():
            table.add(glued(name), glued(what), count(len(mine)))
        yield table
    yield Sections([("changes", Text(changes_words(result))), *_commands(groups, verbose=verbose)])


def changes_words(result: SweepCheck) -> str:
    """How many cases changed against which file."""
    found = result.changes or ()
    against = f"against {result.against}" if result.against else "against the other file"
    if not found:
        return f"none {against}: every output that both have is the same, bit for bit"
    numbers = {one.number for one in found}
    only = len(numbers - {one.number for one in found if not one.bitwise_only})
    bits = f", {count(only)} of them in bits alone" if only else ""
    return f"{cases(len(numbers))} changed {against}{bits}"


def grouped(result: SweepCheck) -> dict[Group, list[Change]]:
    """The changes that are alike; those of more than bits first, then the largest groups."""
    groups: dict[Group, list[Change]] = {}
    for one in result.changes or ():
        what = "bits alone" if one.bitwise_only else f"{one.before} → {one.after}"
        groups.setdefault((one.implementation, what), []).append(one)
    order = sorted(groups.items(), key=lambda item: (item[1][0].bitwise_only, -len(item[1])))
    return dict(order)


def _commands(groups: dict[Group, list[Change]], *, verbose: bool) -> Iterator[tuple[str, Text]]:
    firsts = [mine[0] for mine in groups.values()]
    for one in firsts if verbose else firsts[:_SHOWN]:
        yield "run", Text(glued(one.reproduce))
