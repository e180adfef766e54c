"""The outcomes of several cases: each case, and each limit that it exceeds."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.cases import CasesCheck
from convcheck.reports.outcomes.check import whole
from convcheck.reports.outcomes.outcome import Outcome


def outcomes(result: CasesCheck) -> Iterator[Outcome]:
    """Each case with the limits that it exceeds."""
    for case in result.cases:
        yield from whole(case.check, "cases", case.name)
