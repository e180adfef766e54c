"""A finding as lines of plain text, for messages outside the report."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.reports.wording import status_words
from convcheck.results import Finding


def finding_lines(finding: Finding) -> Iterator[str]:
    """The cause and what was found, what else it may be, and what to change."""
    yield f"{finding.cause}{status_words(finding)}: {finding.summary}"
    if finding.also:
        yield f"the same result here: {', '.join(finding.also)}"
    if finding.fix:
        yield f"fix: {finding.fix}"
