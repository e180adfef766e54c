"""The text reports: short enough to read whole. The verdict, then why, then what to do."""

from __future__ import annotations

from convcheck.reports.content import content
from convcheck.reports.context import Context
from convcheck.reports.text.terminal import Page


def render(result: object, context: Context) -> str:
    """The report as text, with terminal colours where asked for. Raises TypeError for no result."""
    page = Page(width=context.width, color=context.color)
    for block in content(result, context):
        page.add(block)
    return page.text()
