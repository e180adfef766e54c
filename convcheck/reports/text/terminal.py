"""Text for a terminal, made in memory: reports return it, the command line prints it."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from convcheck.reports.content.blocks import GLUE, Block
from convcheck.reports.text.blocks import lines


class Page:
    """A report's lines, made in memory."""

    def __init__(self, *, width: int, color: bool) -> None:
        self._width = width
        self._lines: list[Text] = []
        self._color = color

    def add(self, block: Block) -> None:
        """Add a block."""
        self._lines += lines(block, self._width)

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
