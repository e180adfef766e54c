"""Text for a terminal, made in memory: reports return it, the command line prints it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from convcheck.reports.context import Setting
from convcheck.reports.wording import HEADLINES
from convcheck.results import Verdict

WIDTH = 118

COLORS = {
    Verdict.IDENTICAL: "green",
    Verdict.ROUNDING: "green",
    Verdict.DIFFERENT: "red",
    Verdict.UNDECIDED: "yellow",
}


def new_console(*, color: bool) -> Console:
    """A console that writes into memory."""
    return Console(
        file=io.StringIO(),
        width=WIDTH,
        force_terminal=color,
        no_color=not color,
        highlight=False,
        markup=False,  # a file may be called [red]
        emoji=False,
    )


def headline(verdict: Verdict) -> Text:
    """The verdict in capitals and in its colour, for the caller to go on."""
    return Text().append(HEADLINES[verdict], style=f"bold {COLORS[verdict]}")


def settings_section(settings: Sequence[Setting]) -> Iterator[tuple[str, Text]]:
    """Which options nobody typed, and where each came from: a section, or none."""
    by_source: dict[str, list[str]] = {}
    for one in settings:
        flag = one.name if one.value == "true" else f"{one.name} {one.value}"
        by_source.setdefault(one.source, []).append(flag)
    words = [f"{' '.join(flags)} from {_near(source)}" for source, flags in by_source.items()]
    if words:
        yield "settings", Text(", ".join(words))


def _near(source: str) -> str:
    """A file seen from the current folder, where it is in or above it; a variable as it is."""
    return os.path.relpath(source) if os.path.isabs(source) else source


def print_sections(console: Console, sections: Iterable[tuple[str, Text]]) -> None:
    """Labels on the left, such as ``why`` and ``fix``, and their texts beside them."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold", min_width=7)
    table.add_column(overflow="fold")
    for label, text in sections:
        table.add_row(label, text)
    if table.row_count:
        console.print()
        console.print(Padding(table, (0, 0, 0, 2)))


def as_text(console: Console) -> str:
    """What was printed so far, without spaces at the ends of lines."""
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())
