"""The page about a sweep: the blocks of its report, all groups of failures, and a heat map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from convcheck.reports.content import content
from convcheck.reports.content.blocks import GLUE
from convcheck.reports.content.sweep.words import cases
from convcheck.reports.context import Context
from convcheck.reports.html.heat import heat_map
from convcheck.reports.html.page import Page
from convcheck.reports.html.tables import first_headline, without_headline

if TYPE_CHECKING:
    from convcheck.sweep.results import SweepCheck


def page(result: SweepCheck, context: Context) -> Page:
    """The blocks of the report, nothing left out, and the heat map where axes are known."""
    blocks = content(result, replace(context, verbose=True))
    headline = first_headline(blocks)
    words = headline.words if headline else ""
    return Page(
        f"{words}: a sweep of {cases(result.total)}".replace(GLUE, " "),
        headline,
        without_headline(blocks),
        heat=heat_map(result.axes) if result.axes is not None and result.axes.cells else None,
        exit_code=result.exit_code,
    )
