"""The parts of a report that a page puts elsewhere: the verdict on top, tables that are sorted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text

from convcheck.cases import rank
from convcheck.reports.content.blocks import GLUE, Block, Headline, Table
from convcheck.reports.html.page import Row, SortableTable
from convcheck.results import Check


def first_headline(blocks: Sequence[Block]) -> Headline | None:
    """What came out; None where a report has no verdict."""
    return next((block for block in blocks if isinstance(block, Headline)), None)


def without_headline(blocks: Sequence[Block]) -> list[Block]:
    """All other blocks."""
    return [block for block in blocks if not isinstance(block, Headline)]


def sortable(
    table: Table,
    checks: Sequence[Check],
    measures: Sequence[float],
    *,
    link: str,
    measured: str,
) -> SortableTable:
    """The table with its rows numbered; the failing ones first, of these the worst.

    Row i is about check i; ``link`` is the column that leads to it, ``measured`` the one that is
    sorted by the measures.
    """
    header = [word.replace(GLUE, " ") for word in table.header]
    rows = []
    for i, cells in enumerate(table.rows):
        values: list[float | str] = [cell.plain.replace(GLUE, " ") for cell in cells]
        measure = _known(measures[i])
        values[header.index(measured)] = "Infinity" if math.isinf(measure) else measure
        values[header.index("verdict")] = rank(checks[i].exit_code)
        rows.append(Row(i, [Text(str(i + 1)), *cells], [i, *values]))
    rows.sort(key=lambda row: _order(checks[row.number], measures[row.number]))
    return SortableTable(
        ["#", *header], [0, *(column + 1 for column in table.right)], header.index(link) + 1, rows
    )


def _order(check: Check, measure: float) -> tuple[int, float]:
    """What passes keeps its order."""
    return rank(check.exit_code), -_known(measure) if check.exit_code else 0.0


def _known(measure: float) -> float:
    return math.inf if math.isnan(measure) else measure  # NaN is worse than any
