"""Who computed the cases of a sweep, how well, and what they refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from convcheck.reports.content.blocks import Block, Gap, Sections, Table, glued
from convcheck.reports.content.sweep.words import cases
from convcheck.reports.figures import count
from convcheck.reports.wording import first_sentence
from convcheck.results import Status
from convcheck.runtimes.hardware import packages

if TYPE_CHECKING:
    from convcheck.sweep.results import Implementation, SweepCheck

_COLUMNS = {
    Status.EXACT.value: "exact",
    Status.WITHIN_BOUND.value: "within",
    Status.OUTSIDE_BOUND.value: "outside",
}
"""Statuses that have a column always; the others where they occur."""
_REFUSED = Status.UNAVAILABLE.value
_REASONS = {False: 2, True: 20}
"""Whether ``-v`` is given -> reasons of an implementation that are told."""


def implementations(result: SweepCheck, *, verbose: bool) -> Iterator[Block]:
    """A row for each with its cases by status, then why it refused some."""
    if not result.implementations:
        return
    yield Gap()
    yield _table(result)
    silent = {name for name, _ in never_ran(result)}  # why, stands before the table
    ran = [one for one in result.implementations if one.name not in silent]
    reasons = [row for one in ran for row in _reasons(one, verbose=verbose)]
    yield Sections([*reasons, *_versions(result)])


def never_ran(result: SweepCheck) -> Iterator[tuple[str, str]]:
    """Each implementation that computed no case, and why."""
    names = sorted((one.name for one in result.implementations), key=len, reverse=True)
    for text in result.none_ran:
        name = next((name for name in names if text.startswith((f"{name} ", f"{name}: "))), None)
        name = text.partition(": ")[0] if name is None else name
        yield name, text[len(name) :].removeprefix(":").strip() or text


def status_words(one: Implementation) -> str:
    """``12 exact, 3 refused``: its cases by status, those that are none left out."""
    found = [
        f"{count(number)} {_word(status)}" for status, number in one.by_status.items() if number
    ]
    return ", ".join(found) or "no case"


def _table(result: SweepCheck) -> Table:
    others = dict.fromkeys(
        status
        for one in result.implementations
        for status, number in one.by_status.items()
        if number and status not in _COLUMNS and status != _REFUSED
    )
    columns = [*_COLUMNS, *others, _REFUSED]
    numbers = range(1, 1 + len(columns))
    header = ["implementation", *map(_word, columns)]
    table = Table(header, right=numbers, together=numbers, indent=0)
    for one in result.implementations:
        counts = (count(one.by_status.get(column, 0)) for column in columns)
        table.add(glued(one.name), *counts)
    return table


def _versions(result: SweepCheck) -> Iterator[tuple[str, Text]]:
    """What computed, and what judged."""
    of = [(f"{one.name}: ", packages(dict(one.versions))) for one in result.implementations]
    of.append(("judged by ", packages(dict(result.versions))))
    words = [
        who + ", ".join(glued(f"{package} {version}") for package, version in shown.items())
        for who, shown in of
        if shown
    ]
    if words:
        yield "versions", Text("; ".join(words))


def _word(status: str) -> str:
    return "refused" if status == _REFUSED else _COLUMNS.get(status, status)


def _reasons(one: Implementation, *, verbose: bool) -> Iterator[tuple[str, Text]]:
    """Why it cannot do cases, the commonest first; messages that begin alike are one."""
    grouped: Counter[str] = Counter()
    for message, number in one.refused.items():
        grouped[message if verbose else first_sentence(message)] += number
    found = grouped.most_common()
    shown = found[: _REASONS[verbose]]
    for message, number in shown:
        yield "reason", Text(f"{one.name} refuses {cases(number)}: {message}")
    left = [number for _, number in found[len(shown) :]]
    if left:
        words = f"{one.name} refuses {cases(sum(left))} for {count(len(left))} more"
        yield "reason", Text(f"{words} reason{'' if len(left) == 1 else 's'}")
