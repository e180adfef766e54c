"""Text for a terminal, made in memory: reports return it, the command line prints it."""

from __future__ import annotations

import io

from rich.console import Console

WIDTH = 118


def new_console(*, color: bool) -> Console:
    """A console that writes into memory."""
    return Console(
        file=io.StringIO(), width=WIDTH, force_terminal=color, no_color=not color, highlight=False
    )


def as_text(console: Console) -> str:
    """What was printed so far, without spaces at the ends of lines."""
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())
