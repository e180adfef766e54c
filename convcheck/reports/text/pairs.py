"""The differences between outputs, for the text report: a line for one pair, a matrix for many."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from convcheck.reports.figures import count, number
from convcheck.results import Check, Difference, Verdict

_SIGNS = {
    Verdict.IDENTICAL: ("same", "green"),
    Verdict.ROUNDING: ("", ""),
    Verdict.DIFFERENT: ("≠", "red"),
    Verdict.UNDECIDED: ("?", "yellow"),
}


def pairs(check: Check) -> Iterator[RenderableType]:
    """What to print about the pairs, nothing for an implementation alone."""
    rows = len(check.judgements)
    if len(check.differences) == 1:
        yield _line(check.differences[0], "difference")
    elif len(check.differences) < rows * (rows - 1) // 2:  # some pairs were chosen
        yield Text()
        for pair in check.differences:
            yield _line(pair, f"{pair.a} and {pair.b}:")
    elif check.differences:
        yield Text()
        yield Padding(_matrix(check), (0, 0, 0, 2))


def _line(pair: Difference, title: str) -> Text:
    text = Text(f"  {title}   ")
    if pair.sum_abs is None:
        return text.append("could not be taken")
    text.append(f"sum {number(pair.sum_abs, 6)}", style="bold")
    if pair.unequal:
        text.append(f"   largest {number(pair.max_abs, 4)} at {pair.worst_index}")
        if pair.max_ulps is not None and isfinite(pair.max_ulps):
            text.append(f", up to {number(pair.max_ulps)} ULPs")
        text.append(f"   {count(pair.unequal)} of {count(pair.total)} outputs differ")
    return text


def _matrix(check: Check) -> Table:
    names = [judgement.output.name for judgement in check.judgements]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("summed |a - b|", no_wrap=True)
    for name in names[1:]:
        table.add_column(name, justify="right", overflow="fold")
    found = {(pair.a, pair.b): pair for pair in check.differences}
    for i, a in enumerate(names[:-1]):
        cells = [Text() for _ in names[1 : i + 1]]
        cells += [_cell(found[a, b]) for b in names[i + 1 :]]
        table.add_row(a, *cells)
    return table


def _cell(pair: Difference) -> Text:
    sign, style = _SIGNS[pair.verdict]
    figure = "" if pair.sum_abs is None or sign == "same" else number(pair.sum_abs)
    return Text(f"{figure} {sign}".strip(), style=style)
