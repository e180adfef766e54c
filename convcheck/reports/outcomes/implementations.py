"""The outcomes of the list of what can run here: each implementation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcheck.reports.content.implementations import what_is_missing
from convcheck.reports.outcomes.outcome import Outcome, State
from convcheck.results import ImplementationInfo
from convcheck.runtimes.hardware import packages


def outcomes(listed: Sequence[ImplementationInfo]) -> Iterator[Outcome]:
    """Each implementation; one that is not here is skipped, with what to install."""
    for row in listed:
        state = State.PASSED if row.available else State.SKIPPED
        message = row.call if row.available else what_is_missing(row)
        versions = packages(row.versions)
        yield Outcome("implementations", row.name, state, message, minor=True, versions=versions)
