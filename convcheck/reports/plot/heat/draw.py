"""Draws the heat map of a sweep: a cell for each pair of values, or a bar for each value.

A cell's colour is the share of its cases that are different, in one hue that grows darker, so that
it is told apart without seeing colours; where none is it is gray. Each cell also says it in
numbers, and marks its worst verdict.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from typing import TYPE_CHECKING, Any

from matplotlib import colormaps, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from convcheck.reports.content.blocks import GLUE
from convcheck.reports.content.sweep.reading import verdict, what_was_swept
from convcheck.reports.figures import count
from convcheck.reports.plot.heat.grid import SIGNS, SKIPPED, Cell, Grid, grid_of
from convcheck.results import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from convcheck.sweep.results import SweepCheck

_CELL = (0.72, 0.5)  # inches, at least
_CHARACTER = 0.085  # inches of one, in a label
_MARGIN = (2.6, 2.2)  # inches around the cells
_LABEL = 34
"""Characters of a value's label that are shown."""
_NOTHING = "#e9ecf1"
"""Where no case is different."""
_NONE = "white"
_DARK = 0.6
"""Share from which on a cell's text is white."""
_BARS = {
    Verdict.IDENTICAL.value: ("#0072b2", ""),
    Verdict.ROUNDING.value: ("#56b4e9", ""),
    Verdict.UNDECIDED.value: ("#f0e442", ".."),
    Verdict.DIFFERENT.value: ("#d55e00", "//"),
    SKIPPED: ("#cccccc", ""),
}
"""Verdict -> colour and hatching in a bar: colours of Okabe and Ito."""
_READABLE = 0.06
"""Share of the longest bar from which on a number fits into its part."""


def draw(result: SweepCheck, format_: str) -> bytes:
    """The picture as a file of this format (png, svg, pdf)."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():  # a value may hold characters that the font has not
        warnings.filterwarnings("ignore", message="Glyph")
        make_figure(result).savefig(buffer, format=format_)
    return buffer.getvalue()


@rc_context({"text.parse_math": False, "hatch.linewidth": 0.6})  # a $ is no formula
def make_figure(result: SweepCheck) -> Figure:
    """The picture as a Matplotlib figure; where no axes are known, one bar of all cases."""
    axes = result.axes
    known = axes is not None and axes.cells
    if axes is not None and known and len(axes.names) > 1:
        grid = grid_of(axes)
        size, paint = _size_of_cells(grid), _draw_cells
    else:
        grid = grid_of(axes) if axes is not None and known else _of_all(result)
        size, paint = (9.0, _MARGIN[1] + 0.34 * len(grid.columns)), _draw_bars
    figure = Figure(figsize=size, layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    figure.suptitle(_title(result, grid, size[0]), fontsize=12, fontweight="bold")
    paint(figure.add_subplot(), grid)
    return figure


def _of_all(result: SweepCheck) -> Grid:
    counts = {**result.counts, SKIPPED: result.skipped}
    return Grid(("", ""), ["all cases"], [""], {("all cases", ""): Cell(counts)})


def _title(result: SweepCheck, grid: Grid, width: float) -> str:
    words = verdict(result)
    lines = [
        f"{words.words}: {words.reading}".replace(GLUE, " "),
        what_was_swept(result).replace(GLUE, " "),
        *grid.left_out,
    ]
    return "\n".join(part for line in lines for part in textwrap.wrap(line, int(width * 8.5)))


def _size_of_cells(grid: Grid) -> tuple[float, float]:
    """Inches of a figure whose cells hold their words, beside and above the longest labels."""
    longest = max(len(_label(row)) for row in grid.rows)
    tallest = max(len(_label(column)) for column in grid.columns)
    width = _cell_width(grid) * len(grid.columns)
    upright = _CHARACTER * tallest if _is_upright(grid) else 0.2
    return (
        max(6.0, _MARGIN[0] + width + _CHARACTER * longest),
        max(3.4, _MARGIN[1] + _CELL[1] * len(grid.rows) + upright),
    )


def _cell_width(grid: Grid) -> float:
    widest = max((len(cell.words) for cell in grid.cells.values()), default=1)
    return max(_CELL[0], widest * _CHARACTER + 0.15)


def _draw_cells(axes: Axes, grid: Grid) -> None:
    """A cell for each pair of values; a pair without a case is empty."""
    colors = _colors()
    for y, row in enumerate(grid.rows):
        for x, column in enumerate(grid.columns):
            cell = grid.cells.get((column, row))
            share = cell.share if cell else None
            color: Any = _NONE if share is None else colors(share) if share else _NOTHING
            axes.add_patch(
                Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=color, edgecolor="white", linewidth=2)
            )
            if cell is not None:
                ink = "white" if (share or 0) >= _DARK else "black"
                text = f"{cell.words}\n{SIGNS[cell.worst]}" if cell.worst else cell.words
                weight = "bold" if cell.different else "normal"
                axes.text(
                    *(x, y, text), ha="center", va="center", color=ink, fontsize=9, weight=weight
                )
    axes.set_xlim(-0.5, len(grid.columns) - 0.5)
    axes.set_ylim(len(grid.rows) - 0.5, -0.5)
    rotation = 90 if _is_upright(grid) else 0
    axes.set_xticks(range(len(grid.columns)), map(_label, grid.columns), rotation=rotation)
    axes.set_yticks(range(len(grid.rows)), map(_label, grid.rows))
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xlabel(_label(grid.names[0]))
    axes.set_ylabel(_label(grid.names[1]))
    scale = ScalarMappable(Normalize(0, 1), colors)
    signs = "   ".join(f"{sign} {verdict}" for verdict, sign in SIGNS.items())
    about = f"cases that are different / that are judged; below, the worst verdict:\n{signs}"
    axes.figure.supxlabel(about, fontsize=9)
    bar = axes.figure.colorbar(scale, ax=axes, shrink=0.8, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["0 %", "50 %", "100 %"])
    bar.set_label("different")


def _draw_bars(axes: Axes, grid: Grid) -> None:
    """A bar for each value, its parts the cases by verdict."""
    cells = [grid.cells.get((column, grid.rows[0]), Cell({})) for column in grid.columns]
    longest = max(sum(cell.counts.values()) for cell in cells) or 1
    drawn = []
    for what, (color, hatch) in _BARS.items():
        if not any(cell.counts.get(what) for cell in cells):
            continue
        drawn.append(Patch(facecolor=color, hatch=hatch, edgecolor="black", label=what))
        for y, cell in enumerate(cells):
            before = _before(cell, what)
            number = cell.counts.get(what, 0)
            axes.barh(y, number, left=before, color=color, hatch=hatch, edgecolor="black", lw=0.4)
            if number >= _READABLE * longest:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85}
                middle = before + number / 2
                text = count(number)
                axes.text(middle, y, text, ha="center", va="center", fontsize=8, bbox=box)
    for y, cell in enumerate(cells):
        end = sum(cell.counts.values()) + longest * 0.01
        weight = "bold" if cell.different else "normal"
        axes.text(end, y, f"{cell.words} different", va="center", fontsize=9, weight=weight)
    axes.set_xlim(0, longest * 1.25)
    axes.set_ylim(len(cells) - 0.5, -0.5)
    axes.set_yticks(range(len(cells)), map(_label, grid.columns))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: count(round(value)))
    axes.set_xlabel("cases")
    axes.set_ylabel(_label(grid.names[0]))
    for name in ("top", "right"):
        axes.spines[name].set_visible(False)
    axes.figure.legend(handles=drawn, loc="outside lower center", ncols=len(_BARS), fontsize=9)


def _before(cell: Cell, what: str) -> int:
    order = list(_BARS)
    return sum(cell.counts.get(one, 0) for one in order[: order.index(what)])


def _colors() -> ListedColormap:
    """The least share is told from none."""
    ramp = colormaps["Oranges"]
    return ListedColormap([ramp(0.2 + 0.8 * i / 255) for i in range(256)])


def _is_upright(grid: Grid) -> bool:
    """Whether the columns' labels are too long to stand beside each other."""
    return any(len(_label(column)) * _CHARACTER > _cell_width(grid) for column in grid.columns)


def _label(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL // 2]}…{text[1 - _LABEL // 2 :]}"
