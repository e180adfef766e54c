"""The outcomes of several cases: each case, and each limit that it exceeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcheck.cases import CasesCheck
from convcheck.reports.outcomes.check import whole
from convcheck.reports.outcomes.outcome import Outcome, State


def outcomes(result: CasesCheck) -> Iterator[Outcome]:
    """Each case with the limits that it exceeds."""
    for case in result.cases:
        for one in whole(case.check, "cases", case.name):
            again = case.reproduce and one.state is not State.PASSED
            more = (f"again: {case.reproduce}",) if again else ()
            yield replace(one, details=(*one.details, *more))
