"""Each kind of block as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from rich.text import Text

from convcheck.reports.content.blocks import (
    Block,
    Command,
    Fitting,
    Gap,
    Headline,
    Line,
    Sections,
    Table,
    TableOrLines,
    glued,
)
from convcheck.reports.text.layout import INDENT, flow, table_lines, wrap

_LABEL = 7
"""Columns that a section's label takes at least."""
_APART = " " * 5
"""Between what belongs to one line and is two things."""


@singledispatch
def lines(block: Block, width: int) -> Iterator[Text]:
    """The block in this width."""
    raise TypeError(f"text shows no {type(block).__name__}")


@lines.register
def _(block: Gap, width: int) -> Iterator[Text]:
    yield Text()


@lines.register
def _(block: Line, width: int) -> Iterator[Text]:
    parts = flow(block.parts, width - max(block.indent, INDENT), block.separator)
    if block.details is not None:
        if len(parts) == 1 and parts[0].cell_len + block.details.cell_len + len(_APART) <= width:
            parts[0].append(_APART).append_text(block.details)
        else:
            parts += wrap(block.details, width - INDENT)
    return _indented(parts, block.indent, INDENT)


@lines.register
def _(block: Table, width: int) -> Iterator[Text]:
    for line in table_lines(block, width - block.indent):
        yield Text(" " * block.indent) + line


@lines.register
def _(block: TableOrLines, width: int) -> Iterator[Text]:
    wide = list(lines(block.table, 10_000))
    if max(line.cell_len for line in wide) <= width:
        yield from wide
    else:
        for line in block.lines:
            yield from lines(line, width)


@lines.register
def _(block: Fitting, width: int) -> Iterator[Text]:
    for table in block.tables:
        wide = list(lines(table, 10_000))
        if max(line.cell_len for line in wide) <= width:
            yield from wide
            return
    yield from lines(block.tables[-1], width)


@lines.register
def _(block: Headline, width: int) -> Iterator[Text]:
    text = Text().append(block.words, style=f"bold {block.color}".strip())
    if block.reading:
        text.append(glued(_APART) + block.reading)
    return _indented(wrap(text, width - INDENT), 0, INDENT)


@lines.register
def _(block: Sections, width: int) -> Iterator[Text]:
    if not block.rows:
        return
    yield Text()
    widest = max(_LABEL, *(len(label) for label, _ in block.rows))
    for label, text in block.rows:
        first = f"  {label:<{widest}}  "
        for i, line in enumerate(wrap(text, width - len(first))):
            # Appended, since the style of the first of two joined texts is that of both.
            yield Text().append(first if i == 0 else " " * len(first), style="bold") + line


@lines.register
def _(block: Command, width: int) -> Iterator[Text]:
    yield Text(f"  {block.before}")
    yield Text(f"  {block.line}")


def _indented(texts: Iterable[Text], first: int, rest: int) -> Iterator[Text]:
    for i, text in enumerate(texts):
        yield Text(" " * (rest if i else first)) + text
