"""Text for a terminal, made in memory: reports return it, the command line prints it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from convcheck.reports.context import Setting
from convcheck.reports.text.layout import GLUE, Rows, wrap
from convcheck.reports.wording import headline_words
from convcheck.results import Verdict

_LABEL = 7
"""Columns that a section's label takes at least."""
COLORS = {
    Verdict.IDENTICAL: "green",
    Verdict.ROUNDING: "green",
    Verdict.DIFFERENT: "red",
    Verdict.UNDECIDED: "yellow",
}
_BY_CODE = {0: "green", 1: "red", 3: "yellow"}


class Page:
    """A report's lines, made in memory."""

    def __init__(self, *, width: int, color: bool) -> None:
        self.width = width
        self._lines: list[Text] = []
        self._color = color

    def add(self, *lines: Text, indent: int = 0) -> None:
        """Add lines; one without words is empty."""
        self._lines += [Text(" " * indent) + line if line.plain else line for line in lines]

    def add_table(self, rows: Rows, indent: int = 2) -> None:
        """Add a table."""
        self.add(*rows.lines(self.width - indent), indent=indent)

    def add_sections(self, sections: Iterable[tuple[str, Text]]) -> None:
        """Labels on the left, such as ``why`` and ``fix``, and their texts beside them."""
        every = list(sections)
        if not every:
            return
        self.add(Text())
        widest = max(_LABEL, *(len(label) for label, _ in every))
        for label, text in every:
            first = f"  {label:<{widest}}  "
            for i, line in enumerate(wrap(text, self.width - len(first))):
                shown = Text(first, style="bold") if i == 0 else Text(" " * len(first))
                self.add(shown + line)

    def text(self) -> str:
        """What was added, without blanks at the ends of lines."""
        console = Console(
            file=io.StringIO(),
            width=1_000_000,  # lines are as long as they should be already
            force_terminal=self._color,
            color_system="standard" if self._color else None,
            no_color=not self._color,
            highlight=False,
            markup=False,  # a file may be called [red]
            emoji=False,
        )
        for line in self._lines:
            line.rstrip()
            console.print(line, soft_wrap=True)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue().replace(GLUE, " ").rstrip("\n")


def headline(verdict: Verdict, exit_code: int) -> Text:
    """What came out, in capitals and in the exit code's colour, for the caller to go on."""
    return Text().append(headline_words(verdict, exit_code), style=f"bold {_BY_CODE[exit_code]}")


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
