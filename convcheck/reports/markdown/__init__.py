"""Markdown as GitHub and GitLab show it, for a job's summary or a comment.

The verdict first, then tables and why, then details that are folded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcheck.reports.content import content
from convcheck.reports.content.blocks import (
    Block,
    Command,
    Fitting,
    Headline,
    Line,
    Sections,
    Table,
    TableOrLines,
)
from convcheck.reports.context import Context
from convcheck.reports.markdown.document import Part, fitted
from convcheck.reports.markdown.escape import fence, inline
from convcheck.reports.markdown.sections import folded_sections, open_sections
from convcheck.reports.markdown.tables import (
    by_check,
    checks_of,
    folded,
    notable_first,
    table_part,
)
from convcheck.reports.outcomes import verdict

_CLOSE = "  "
"""What separates parts that are read as one thing, as the operands of a case."""
_SIGNS = {"green": "✅ ", "red": "❌ ", "yellow": "⚠️ "}


def render(result: object, context: Context) -> str:
    """The report, at most ``document.LARGEST`` bytes. Raises TypeError for no result."""
    # Messages are shown whole: they are folded.
    blocks = content(result, replace(context, verbose=True))
    return fitted(list(_parts(result, blocks, context)))


def _parts(result: object, blocks: list[Block], context: Context) -> Iterator[Part]:
    yield _headline(verdict(result, context))
    later: list[Part] = []
    checks = checks_of(result)
    for block in blocks:
        if isinstance(block, Line):
            yield Part([_line(block)], kept=True)
        elif isinstance(block, Table) and len(checks) == len(block.rows):
            shown, rest = by_check(block, checks)
            yield from shown
            later += rest
        elif isinstance(block, Table):
            yield table_part(block)
        elif isinstance(block, Fitting):
            shown, rest = notable_first(block)
            yield from shown
            later += rest
        elif isinstance(block, TableOrLines):
            later.append(folded("Differences", table_part(block.table)))
        elif isinstance(block, Sections):
            yield from open_sections(block)
            later[:0] = folded_sections(block)
        elif isinstance(block, Command):
            yield Part([f"{inline(block.before)}\n\n{fence(block.line, 'sh')}"], kept=True)
    yield from later
    if context.reproduce:
        again = Part([fence(context.reproduce, "sh")], kept=True)
        yield folded("The command that makes this again", again)


def _headline(block: Headline) -> Part:
    reading = f"\n{inline(block.reading)}\n" if block.reading else ""
    return Part([f"## {_SIGNS.get(block.color, '')}{inline(block.words)}\n{reading}"], kept=True)


def _line(block: Line) -> str:
    words = (" " if block.separator == _CLOSE else " · ").join(p.plain for p in block.parts)
    if block.details:
        words += f", {block.details.plain}"
    return f"{inline(words)}\n"
