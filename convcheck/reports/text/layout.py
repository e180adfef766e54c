"""Lays text out in the width there is: no word, label or number is broken, no column is cut.

A word that is longer than the width stands alone in its line, whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from convcheck.reports.content.blocks import Table

GAP = 2
"""Blanks between columns."""
NARROWEST = 34
"""Columns that the last cell of a row gets at least, where it stands beside the others."""
INDENT = 4
"""Blanks before what did not fit into the line above."""


def wrap(text: Text, width: int) -> list[Text]:
    """The lines of a text, each of some whole words."""
    plain = text.plain
    cuts, begin = [], 0
    for word in re.finditer(r"\S+", plain):
        if word.start() > begin and cell_len(plain[begin : word.end()]) > width:
            cuts.append(word.start())
            begin = word.start()
    return [_without_end(line) for line in text.divide(cuts)]


def flow(parts: Sequence[Text], width: int, separator: str = "  ") -> list[Text]:
    """Parts one after another, as many in a line as fit; one that fits in none is wrapped."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(separator) + part.cell_len <= width:
            lines[-1].append(separator).append_text(part)
        else:
            lines += wrap(part, width)
    return lines


def table_lines(table: Table, width: int) -> Iterator[Text]:
    """The lines of a table whose last columns move to another line where they do not fit."""
    return _Layout(table).lines(width)


class _Layout:
    """A table whose last columns move to another line of their row where they do not fit."""

    def __init__(self, table: Table) -> None:
        self._header = [Text(word, style="dim") for word in table.header]
        self._right = set(table.right)
        self._together = set(table.together)
        self._rows = table.rows

    def lines(self, width: int) -> Iterator[Text]:
        """The table in this width."""
        every = [self._header, *self._rows]
        widths = [max(row[i].cell_len for row in every) for i in range(len(self._header))]
        groups = self._groups(widths, width)
        for row in every:
            for n, columns in enumerate(groups):
                indent = INDENT if n else 0
                for line in self._line(row, columns, widths, width - indent):
                    if line.plain.strip():
                        yield Text(" " * indent) + line

    def _groups(self, widths: Sequence[int], width: int) -> list[list[int]]:
        """Which columns stand in a row's first line, which in its second, and so on."""
        groups: list[list[int]] = [[0]]
        for column in range(1, len(widths)):
            used = sum(widths[i] + GAP for i in groups[-1])
            needs = self._needs(column, widths)
            left = width - (INDENT if len(groups) > 1 else 0) - used
            if needs <= left:
                groups[-1].append(column)
            else:
                groups.append([column])
        return groups

    def _needs(self, column: int, widths: Sequence[int]) -> int:
        if column == len(widths) - 1:  # it may be wrapped
            return min(widths[-1], NARROWEST)
        if column in self._together and column - 1 not in self._together:
            return sum(widths[i] + GAP for i in self._together) - GAP
        return widths[column]

    def _line(
        self, row: Sequence[Text], columns: Sequence[int], widths: Sequence[int], width: int
    ) -> Iterator[Text]:
        *first, last = columns
        before = Text()
        for i in first:
            before.append_text(self._aligned(i, row[i], widths[i])).append(" " * GAP)
        beside = wrap(self._aligned(last, row[last], widths[last]), width - before.cell_len)
        for n, line in enumerate(beside or [Text()]):
            yield _without_end((before if n == 0 else Text(" " * before.cell_len)) + line)

    def _aligned(self, i: int, cell: Text, width: int) -> Text:
        blanks = Text(" " * max(width - cell.cell_len, 0))
        return blanks + cell if i in self._right else cell + blanks


def _without_end(line: Text) -> Text:
    line = line.copy()
    line.rstrip()
    return line
