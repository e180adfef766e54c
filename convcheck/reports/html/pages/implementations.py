"""The page about what can run here."""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.reports.content import content
from convcheck.reports.context import Context
from convcheck.reports.html.page import Page
from convcheck.results import ImplementationInfo


def page(listed: Sequence[ImplementationInfo], context: Context) -> Page:
    """The blocks of the report."""
    return Page("What convcheck can run here", None, content(listed, context))
