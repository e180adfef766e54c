"""The cells of a heat map in their order: how many cases are different in each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from convcheck.reports.figures import count
from convcheck.results import Verdict

if TYPE_CHECKING:
    from convcheck.sweep.results import Axis

SIGNS = {
    Verdict.DIFFERENT.value: "×",
    Verdict.UNDECIDED.value: "?",
    Verdict.ROUNDING.value: "≈",
    Verdict.IDENTICAL.value: "=",
}
"""Verdict -> what marks a cell of which it is the worst."""
SKIPPED = "skipped"
MOST_VALUES = 40
"""Values of an axis that a picture shows: those with the most different cases."""
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)", re.IGNORECASE)

Values: TypeAlias = "tuple[str, ...]"


@dataclass(frozen=True)
class Cell:
    """What the cases of one cell came to."""

    counts: Mapping[str, int]
    """By verdict, ``skipped`` among them."""

    @property
    def judged(self) -> int:
        """Cases that some implementation can do."""
        return sum(number for what, number in self.counts.items() if what != SKIPPED)

    @property
    def different(self) -> int:
        """Cases of which something is not the convolution, accepted or not."""
        return self.counts.get(Verdict.DIFFERENT.value, 0)

    @property
    def share(self) -> float | None:
        """Of the judged cases, those that are different; None where none is judged."""
        return self.different / self.judged if self.judged else None

    @property
    def worst(self) -> str | None:
        """The worst verdict of the cell; None where no case is judged."""
        return next((verdict for verdict in SIGNS if self.counts.get(verdict)), None)

    @property
    def words(self) -> str:
        """``3/40``; ``-`` where no case is judged."""
        return f"{count(self.different)}/{count(self.judged)}" if self.judged else "-"


@dataclass(frozen=True)
class Grid:
    """The cells that are shown, by the values of two axes; of one axis alone there is one row."""

    names: tuple[str, str]
    """Of the columns' axis and of the rows'; the latter is "" of one axis alone."""
    columns: Sequence[str]
    rows: Sequence[str]
    cells: Mapping[tuple[str, str], Cell]
    """Of a column and a row; those without a case are not in it."""
    left_out: tuple[str, ...] = ()
    """What is not shown, in words."""


def grid_of(axes: Axis, most: int | None = MOST_VALUES) -> Grid:
    """The cells of one axis or of the first two, values in the order of their numbers."""
    cells: dict[tuple[str, str], Counter[str]] = {}
    for values, counts in axes.cells.items():
        column, row, *_ = (*values, "", "")
        cells.setdefault((column, row), Counter()).update(counts)
    names = (*(name.replace("_", "-") for name in axes.names), "", "")  # as it is typed
    columns, more_columns = _shown([(key[0], cells[key]) for key in cells], names[0], most)
    rows, more_rows = _shown([(key[1], cells[key]) for key in cells], names[1], most)
    shown = {
        (column, row): Cell(counts)
        for (column, row), counts in cells.items()
        if column in columns and row in rows
    }
    left_out = tuple(filter(None, (more_columns, more_rows)))
    return Grid((names[0], names[1]), columns, rows, shown, left_out)


def by_number(value: str) -> tuple[tuple[str, float, str], ...]:
    """A key to sort by: numbers in a text count as numbers, ``9`` before ``10``."""
    parts = _NUMBER.split(value)
    words, numbers = parts[::2], [*map(float, parts[1::2]), 0.0]
    return (*zip(words, numbers, words, strict=True), (value, 0.0, ""))


def _shown(
    found: Sequence[tuple[str, Counter[str]]], name: str, most: int | None
) -> tuple[list[str], str]:
    """The values of an axis in their order, and what is said of those that are left out."""
    failing: Counter[str] = Counter()
    for value, counts in found:
        failing[value] += counts.get(Verdict.DIFFERENT.value, 0)
    every = sorted(failing, key=by_number)
    if most is None or len(every) <= most:
        return every, ""
    kept = {value for value, _ in failing.most_common(most)}
    words = (
        f"the {count(most)} of {count(len(every))} values of {name} with the most different cases"
    )
    return [value for value in every if value in kept], words
