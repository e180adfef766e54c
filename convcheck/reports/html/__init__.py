"""The page: one file that opens offline, readable without JavaScript, explorable with it."""

from __future__ import annotations

from convcheck.reports.by_result import file_for
from convcheck.reports.context import Context
from convcheck.reports.html.page import Page
from convcheck.reports.html.templates import write


def render(result: object, context: Context) -> str:
    """The report as one HTML document. Raises TypeError for what has no report."""
    page: Page = file_for("convcheck.reports.html.pages", result).page(result, context)
    return write(page, context)
