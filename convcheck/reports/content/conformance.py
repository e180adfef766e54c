"""What the reports say of the conformance suite: counts, then all specs that fail alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from convcheck.reports.content.blocks import Block, Gap, Headline, Sections, Table, glued
from convcheck.reports.content.settings import settings_section
from convcheck.reports.context import Context
from convcheck.runtimes.hardware import packages

if TYPE_CHECKING:
    from convcheck.testing.outcome import Alike, ConformanceCheck, SuiteResult

COLUMNS = ("specs", "within", "exact", "unavailable", "outside")
_OUTCOMES = {
    0: ("CONFORMS", "green"),
    1: ("DOES NOT CONFORM", "red"),
    3: ("UNDECIDED", "yellow"),
}


def content(result: ConformanceCheck, context: Context) -> Iterator[Block]:
    """How many specs hold, whether that conforms, then what fails and why."""
    ran = [one for one in result.tested if one.none_ran is None]
    numbers = range(1, 1 + len(COLUMNS))
    header = ["implementation", *COLUMNS, "versions"]
    table = Table(header, right=numbers, together=numbers, indent=0)
    for one in ran:
        shown = packages(dict(one.versions)).items()
        versions = ", ".join(glued(f"{package} {version}") for package, version in shown)
        counts = (str(one.counts.get(column, 0)) for column in COLUMNS)
        table.add(glued(one.name), *counts, versions)
    if ran:
        yield table
        yield Gap()
    yield Headline(*_OUTCOMES[result.exit_code])
    sections = [line for one in result.tested for line in _sections(one, result)]
    if result.stopped:
        sections.append(("stopped", Text("at the first failure (-x): specs are left")))
    yield Sections([*sections, *settings_section(context.settings)])


def _sections(one: SuiteResult, result: ConformanceCheck) -> Iterator[tuple[str, Text]]:
    who = f"{one.name}: " if len(result.tested) > 1 else ""
    if one.none_ran is not None:
        yield "note", Text(one.none_ran, style="yellow")
        return
    for group in one.failures:
        yield "fails", Text(who).append_text(_group(group))
        if group.fix:
            yield "fix", Text(group.fix)
        yield "again", Text(glued(group.command))  # one line, however long: it is to be copied
    for known in one.known:
        link = f" {known.link}" if known.link else ""
        text = f"{who}{len(known.specs)} outside as expected, {known.cause}: {known.text}{link}"
        yield "known", Text(text)
    for refused in one.refused if result.reasons else ():
        text = f"{who}{len(refused.specs)} unavailable, such as {refused.specs[0]}: "
        yield "reason", Text(text + refused.reason)


def _group(group: Alike) -> Text:
    many = len(group.specs)
    text = Text(f"{many} spec{'s' if many > 1 else ''}: ")
    text.append(group.cause, style="bold red")
    status = "" if group.status == group.cause else f" ({group.status})"
    text.append(f"{status}: {group.summary.rstrip('.')}. ", style="")
    return text.append(f"{'Such as' if many > 1 else 'It is'} {group.specs[0]}", style="")
