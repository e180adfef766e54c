"""The text reports: short enough to read whole. The verdict, then why, then what to do."""

from __future__ import annotations

from convcheck.reports.by_result import file_for
from convcheck.reports.context import Context


def render(result: object, context: Context) -> str:
    """The report as text. Raises TypeError for what has no report."""
    text: str = file_for(__name__, result).render(result, context)
    return text
