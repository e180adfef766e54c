"""A finding as lines of plain text, for messages outside the report."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.results import Finding


def finding_lines(finding: Finding) -> Iterator[str]:
    """The cause and what was found, what else it may be, and what to change."""
    status = "" if finding.status == finding.cause else f" ({finding.status})"
    yield f"{finding.cause}{status}: {finding.summary}"
    if finding.also:
        yield f"the same result here: {', '.join(finding.also)}"
    if finding.fix:
        yield f"fix: {finding.fix}"
