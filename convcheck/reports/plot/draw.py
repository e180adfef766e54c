"""Draws the picture of a check.

A difference drawn on a stretched colour scale looks alarming whatever its size. Here each scale
has a unit that means something: ULPs (steps between neighbouring numbers of the coarser format),
of integers steps of the output, and fractions of the proved bound; all outputs share one grey
scale.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convcheck.reports.labels import labels
from convcheck.reports.plot import panels
from convcheck.reports.plot.tree import draw_order, drawable
from convcheck.reports.plot.view import view_of_error, view_of_pair
from convcheck.reports.units import units_of
from convcheck.reports.wording import headline_words, status_words
from convcheck.results import Check, Difference, Judgement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from convcheck.case.case import Case

MOST_OUTPUTS = 6
_COLUMN = 4.6  # inches
_ROW = 3.9
_TITLE_CHARACTERS = 17  # per inch of the figure, in its title


def draw(case: Case, check: Check, format_: str) -> bytes:
    """The picture as a file of this format (png, svg, pdf)."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():  # a name may hold characters that the font has not
        warnings.filterwarnings("ignore", message="Glyph")
        make_figure(case, check).savefig(buffer, format=format_)
    return buffer.getvalue()


@rc_context({"text.parse_math": False})  # the $ signs of a name are no formula
def make_figure(case: Case, check: Check) -> Figure:
    """The picture as a Matplotlib figure."""
    there = [j for j in check.judgements if j.output.array is not None]
    shown = [j for j in there if check.is_comparable(j)][:MOST_OUTPUTS]
    judged = [j for j in shown if j.maps is not None]
    names = labels(check.judgements)
    pair = _worst_pair(check, shown)
    worst = max(judged, key=attrgetter("distance"), default=None)
    units = units_of(check)
    view = view_of_pair(check, pair, worst)
    top: list[Callable[[Axes], None]] = [
        partial(panels.draw_input, case=case, check=check, view=view)
    ]
    bottom: list[Callable[[Axes], None]] = []
    if view is not None:
        limits = panels.shared_limits(shown, view)
        draw_output = partial(panels.draw_output, view=view, limits=limits, units=units)
        top += [partial(draw_output, judgement=j, names=names) for j in shown]
        if pair is not None:
            difference = partial(panels.draw_difference, pair=pair, shown=shown, units=units)
            bottom.append(partial(difference, names=names, view=view))
        if worst is not None:
            furthest = view_of_error(worst, view.shape)
            if check.case.quantization is None:
                draw_error = panels.draw_over_bound
            else:
                draw_error = partial(panels.draw_steps, units=units)
            bottom.append(partial(draw_error, judgement=worst, names=names, view=furthest))
            bottom.append(partial(panels.draw_histogram, judged=judged, names=names, units=units))
    trees: list[Callable[[Axes], None]] = [
        partial(draw_order, judgement=one, names=names) for one in drawable(shown)
    ]
    rows = [top, bottom, *([trees] if trees else [])]
    columns = max(*map(len, rows), 2)
    height = _ROW * len(rows)
    figure = Figure(figsize=(_COLUMN * columns, height), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    width = int(_COLUMN * columns * _TITLE_CHARACTERS * 0.5)
    figure.suptitle(
        "\n".join(line for text in _title(check) for line in textwrap.wrap(text, width)),
        fontsize=14,
        fontweight="bold",
    )
    grid = figure.add_gridspec(len(rows), columns)
    for row, paints in enumerate(rows):
        for column, paint in enumerate(paints):
            paint(figure.add_subplot(grid[row, column]))
    return figure


def _title(check: Check) -> list[str]:
    """Verdict and operands, then the cause of each output that has one."""
    case = check.case
    operands = (
        f"{case.input.source} {case.input.dtype}  *  {case.kernel.source} "
        f"{'×'.join(map(str, case.kernel.shape))} {case.kernel.dtype}"
    )
    if case.output_gradient is not None:
        operands += f", {case.pass_}"
    lines = [f"{headline_words(check.verdict, check.exit_code)}     {operands}"]
    names = labels(check.judgements)
    causes: dict[str, dict[str, None]] = {}  # each name once, as found
    for finding in check.findings:
        who = names.get(finding.implementation, finding.implementation)
        causes.setdefault(finding.cause + status_words(finding), {})[who] = None
    if causes:
        lines.append("; ".join(f"{', '.join(who)}: {cause}" for cause, who in causes.items()))
    return lines


def _worst_pair(check: Check, shown: list[Judgement]) -> Difference | None:
    names = {j.output.name for j in shown}
    pairs = [p for p in check.differences if {p.a, p.b} <= names and p.sum_abs is not None]
    return max(pairs, key=lambda p: p.sum_abs or 0.0, default=None)
