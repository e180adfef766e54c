"""The heat map of a sweep as a table, whose cells are coloured by classes of the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.reports.figures import count
from convcheck.reports.plot.heat.grid import SIGNS, SKIPPED, Cell, grid_of

if TYPE_CHECKING:
    from convcheck.sweep.results import Axis

LEVELS = 9
"""Colours of cells in which some case is different."""


@dataclass(frozen=True)
class HeatCell:
    """One pair of values."""

    words: str
    level: int | None
    """0: none is different, ``LEVELS``: all are; None where no case is judged."""
    about: str
    """The cases by verdict."""


@dataclass(frozen=True)
class HeatMap:
    """A table of values by values."""

    names: tuple[str, str]
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[HeatCell]]]
    about: str


def heat_map(axes: Axis) -> HeatMap:
    """The heat map of one axis or two, with what its cells mean."""
    grid = grid_of(axes)
    rows = [
        (row, [_cell(grid.cells.get((column, row), Cell({}))) for column in grid.columns])
        for row in grid.rows
    ]
    signs = ", ".join(f"{sign} {verdict}" for verdict, sign in SIGNS.items())
    about = f"Different cases of those that are judged, and the worst verdict: {signs}."
    if grid.left_out:
        about += f" Shown: {'; '.join(grid.left_out)}."
    return HeatMap(grid.names, grid.columns, rows, about)


def _cell(cell: Cell) -> HeatCell:
    sign = f" {SIGNS[cell.worst]}" if cell.worst else ""
    found = [(what, cell.counts.get(what, 0)) for what in (*SIGNS, SKIPPED)]
    about = ", ".join(f"{count(number)} {what}" for what, number in found if number)
    return HeatCell(cell.words + sign, _level(cell.share), about or "no case")


def _level(share: float | None) -> int | None:
    """One case is told from none, and all but one from all."""
    if share is None or share in (0, 1):
        return None if share is None else round(share) * LEVELS
    return min(max(round(share * LEVELS), 1), LEVELS - 1)
