"""The outcomes of the conformance suite: each spec of each implementation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcheck.reports.outcomes.outcome import Outcome, State
from convcheck.results import BROKEN, PASSES, Status
from convcheck.runtimes.hardware import packages

if TYPE_CHECKING:
    from convcheck.testing.outcome import Alike, ConformanceCheck, SpecResult, SuiteResult


def outcomes(result: ConformanceCheck) -> Iterator[Outcome]:
    """Each spec; one outcome for an implementation that computes none."""
    for one in result.tested:
        group = f"conformance of {one.name}"
        if one.none_ran is not None:
            state = State.ERROR if result.exit_code else State.SKIPPED
            minor = state is State.SKIPPED
            yield Outcome(group, "every spec", state, one.none_ran, minor=minor)
        else:
            yield from _specs(one, group)
    if result.stopped:
        words = "stopped at the first failure (-x): specs are left"
        yield Outcome("conformance", "what is left", State.SKIPPED, words)


def _specs(one: SuiteResult, group: str) -> Iterator[Outcome]:
    known = {spec: f"{k.cause}: {k.text} {k.link}".strip() for k in one.known for spec in k.specs}
    alike = {spec: reason for reason in one.failures for spec in reason.specs}
    versions = packages(dict(one.versions))
    for spec in one.results:
        state, message = _state(spec), _message(spec, known.get(spec.name))
        details = tuple(_details(alike[spec.name])) if spec.name in alike else ()
        size = math.inf if spec.status in ("non-finite", "wrong-shape") else spec.over_bound or 0.0
        minor = not spec.failure  # refused, or known to fail
        yield Outcome(
            group, spec.name, state, message, details, None, size, minor=minor, versions=versions
        )


def _state(spec: SpecResult) -> State:
    status = Status(spec.status)
    if spec.failure:
        if status is Status.UNDECIDED:
            return State.SKIPPED
        return State.FAILED if status in BROKEN else State.ERROR
    return State.PASSED if status in PASSES else State.SKIPPED


def _message(spec: SpecResult, known: str | None) -> str:
    if spec.failure:
        return spec.failure.removeprefix(f"{spec.name}: ")
    words = spec.status if spec.message is None else f"{spec.status}: {spec.message}"
    return f"{words}; expected, {known}" if known else words


def _details(reason: Alike) -> Iterator[str]:
    if reason.cause != reason.status:
        yield f"{reason.cause} ({reason.status}): {reason.summary}"
    if reason.fix:
        yield f"fix: {reason.fix}"
    if reason.command:
        yield f"{'one of them ' if len(reason.specs) > 1 else ''}again: {reason.command}"
