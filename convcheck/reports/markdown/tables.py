"""Tables in Markdown; of layers and cases those that fail come first, the others are folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.text import Text

from convcheck.cases import rank
from convcheck.reports.content.blocks import Fitting, Table
from convcheck.reports.markdown.document import Part
from convcheck.reports.markdown.escape import inline
from convcheck.reports.outcomes.check import size_of
from convcheck.results import Check

_FEW = 10
"""Rows that are shown where none fails."""


def checks_of(result: object) -> list[Check]:
    """The checks of a model's layers or of several cases: one for each row of the table."""
    many = getattr(result, "layers", None) or getattr(result, "cases", None) or ()
    return [one.check for one in many]


def by_check(table: Table, checks: Sequence[Check]) -> tuple[list[Part], list[Part]]:
    """Tables to show and tables to fold: what fails, the worst first, and what passes."""

    def key(i: int) -> tuple[int, float]:
        code = checks[i].exit_code
        return rank(code), -size_of(checks[i]) if code else 0.0

    order = sorted(range(len(checks)), key=key)
    failing = [i for i in order if checks[i].exit_code]
    if len(order) <= _FEW:
        return [table_part(_of(table, order))], []
    passing = order[len(failing) :]
    shown = [table_part(_of(table, failing))] if failing else []
    title = f"{len(passing):,} that pass"
    return shown, [folded(title, table_part(_of(table, passing)))] if passing else []


def notable_first(block: Fitting) -> tuple[list[Part], list[Part]]:
    """Tables to show and tables to fold: the rows that stand out, and the others."""
    table, notable = block.tables[0], set(block.notable)
    if len(table.rows) <= _FEW:
        return [table_part(table)], []
    others = [i for i in range(len(table.rows)) if i not in notable]
    shown = [table_part(_of(table, sorted(notable)))] if notable else []
    title = f"{len(others):,} that stand out in nothing" if notable else f"All {len(others):,}"
    return shown, [folded(title, table_part(_of(table, others)))] if others else []


def table_part(table: Table) -> Part:
    """A table whose rows are shown whole or not at all."""
    marks = ("--:" if i in set(table.right) else "---" for i in range(len(table.header)))
    header = _row([inline(word) for word in table.header])
    rows = [_row([_cell(cell) for cell in row]) for row in table.rows]
    return Part(rows, "rows", before=f"{header}|{'|'.join(marks)}|\n")


def folded(title: str, part: Part) -> Part:
    """The part behind a line that unfolds it."""
    before = f"<details><summary>{inline(title)}</summary>\n\n{part.before}"
    return replace(part, before=before, after=f"{part.after}\n</details>\n")


def _of(table: Table, rows: Sequence[int]) -> Table:
    return replace(table, rows=[table.rows[i] for i in rows])


def _cell(cell: Text) -> str:
    return inline(cell.plain)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
