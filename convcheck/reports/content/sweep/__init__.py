"""What the reports say of a sweep: the verdict, what fails and why, then who computed what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from convcheck.reports.content.blocks import Block, Gap, Line, Sections
from convcheck.reports.content.settings import settings_section
from convcheck.reports.content.sweep.changes import changes
from convcheck.reports.content.sweep.failures import failure_sections
from convcheck.reports.content.sweep.implementations import implementations
from convcheck.reports.content.sweep.kept import kept
from convcheck.reports.content.sweep.next_steps import next_steps
from convcheck.reports.content.sweep.reading import verdict, what_came, what_was_swept
from convcheck.reports.context import Context

if TYPE_CHECKING:
    from convcheck.sweep.results import SweepCheck


def content(result: SweepCheck, context: Context) -> Iterator[Block]:
    """What was swept, the verdict, failures from the largest group, tables, what to do next."""
    yield Line([Text(what_was_swept(result))])
    yield Gap()
    yield verdict(result)
    yield Sections([*what_came(result), *failure_sections(result, verbose=context.verbose)])
    yield from implementations(result, verbose=context.verbose)
    yield from kept(result, verbose=context.verbose)
    yield from changes(result, verbose=context.verbose)
    yield Sections([*next_steps(result), *settings_section(context.settings)])
