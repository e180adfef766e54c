"""The page about the conformance suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcheck.reports.content import content
from convcheck.reports.context import Context
from convcheck.reports.html.page import Page
from convcheck.reports.html.tables import first_headline, without_headline

if TYPE_CHECKING:
    from convcheck.testing.outcome import ConformanceCheck


def page(result: ConformanceCheck, context: Context) -> Page:
    """The blocks of the report."""
    blocks = content(result, context)
    headline = first_headline(blocks)
    who = ", ".join(one.name for one in result.tested)
    title = f"{headline.words if headline else ''}: the conformance suite on {who}"
    return Page(title, headline, without_headline(blocks), exit_code=result.exit_code)
