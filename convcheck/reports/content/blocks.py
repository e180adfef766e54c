"""The blocks of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from rich.text import Text

GLUE = "\ue000"
"""Stands for a blank at which no line may be broken; a format makes a blank of it."""


def glued(text: str) -> str:
    """The text as one word."""
    return text.replace(" ", GLUE)


@dataclass(frozen=True)
class Line:
    """Parts that follow each other, such as the operands of a case."""

    parts: Sequence[Text]
    details: Text | None = None
    """What follows them, in a line of its own where both do not fit into one."""
    separator: str = "  "
    indent: int = 0


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header, filled by ``add``."""

    header: Sequence[str]
    right: Sequence[int] = ()
    """Columns of numbers."""
    together: Sequence[int] = ()
    """Columns that stand in one line, where a row needs several."""
    indent: int = 2
    rows: list[Sequence[Text]] = field(default_factory=list)

    def add(self, *cells: Text | str, style: str = "") -> None:
        """A row; ``style`` is that of all its cells."""
        row = [Text(cell) if isinstance(cell, str) else cell.copy() for cell in cells]
        for cell in row:
            cell.stylize_before(style)
        self.rows.append(row)


@dataclass(frozen=True)
class TableOrLines:
    """A table where it fits the width; else the lines, which say the same."""

    table: Table
    lines: Sequence[Line]


@dataclass(frozen=True)
class Fitting:
    """The first of some tables that fits the width, else the last; the rows are the same."""

    tables: Sequence[Table]
    """From the widest, which leaves nothing out."""
    notable: Sequence[int] = ()
    """Rows that are shown where the others are folded."""


@dataclass(frozen=True)
class Headline:
    """What came out."""

    words: str
    """In capitals."""
    color: str
    """``green``, ``red``, ``yellow``, or ``""`` for neither good nor bad."""
    reading: str = ""
    """The outcome in a sentence."""


@dataclass(frozen=True)
class Sections:
    """Labels, such as ``why`` and ``fix``, each with its text; "" goes on with the one before."""

    rows: Sequence[tuple[str, Text]]


@dataclass(frozen=True)
class Command:
    """A command line to copy, with words before it. It stays in one line, however long."""

    before: str
    line: str


@dataclass(frozen=True)
class Gap:
    """Something new begins."""


Block: TypeAlias = "Line | Table | TableOrLines | Fitting | Headline | Sections | Command | Gap"
