"""The outcomes of a sweep: the whole, each limit, each group of failures, each implementation.

Thousands of cases are not listed singly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcheck.reports.content.blocks import GLUE
from convcheck.reports.content.sweep import failures as told
from convcheck.reports.content.sweep.changes import changes_words
from convcheck.reports.content.sweep.implementations import never_ran, status_words
from convcheck.reports.content.sweep.reading import verdict, what_came
from convcheck.reports.content.sweep.words import cases
from convcheck.reports.outcomes.outcome import Outcome, State
from convcheck.results import EXIT_CODES, Status, Verdict
from convcheck.runtimes.hardware import packages

if TYPE_CHECKING:
    from convcheck.sweep.results import Failure, Implementation, SweepCheck

_SILENT = (Status.CRASHED.value, Status.TIMED_OUT.value)


def outcomes(result: SweepCheck) -> Iterator[Outcome]:
    """The sweep as a whole first."""
    yield _whole(result)
    for limit in result.limits:
        name = limit.partition(": ")[0]  # without the number, so that the next run has it too
        yield Outcome("sweep", name, State.FAILED, limit, size=float(result.total))
    if result.changes is not None:
        words = _plain(changes_words(result))
        yield Outcome("sweep", "changes", State.PASSED, words)
    for failure in told.largest_first(result):
        yield _failure(failure, result)
    silent = dict(never_ran(result))
    for name, reason in silent.items():
        yield Outcome("implementations of the sweep", name, State.ERROR, reason)
    for one in result.implementations:
        if one.name not in silent:
            yield _implementation(one, result)


def _whole(result: SweepCheck) -> Outcome:
    state = State.PASSED
    if result.exit_code:
        failed = result.exit_code == EXIT_CODES[Verdict.DIFFERENT]
        state = State.FAILED if failed else State.SKIPPED
    words = verdict(result)
    return Outcome(
        "sweep",
        "every case",
        state,
        _plain(f"{words.words.lower()}; {words.reading}"),
        tuple(_plain(text.plain) for _, text in what_came(result)),
        result.seconds,
        size=float(result.total),
        minor=bool(result.failures or result.limits),  # they say why
        versions=packages(dict(result.versions)),
    )


def _failure(failure: Failure, result: SweepCheck) -> Outcome:
    number = len(failure.numbers)
    message = f"{cases(number)}{told.status(failure)}: {told.summary(failure)}"
    if failure.fault.is_no_output:
        state = State.ERROR if result.exit_code else State.SKIPPED
    else:
        state = State.FAILED
    how = " ".join(
        [*told.other_causes(failure), *told.common_words(failure), told.command_words(failure)]
    )
    details = (_plain(how), told.command(failure))
    name = told.title(failure)
    return Outcome(
        *("failures of the sweep", name, state, _plain(message), details), size=float(number)
    )


def _implementation(one: Implementation, result: SweepCheck) -> Outcome:
    """That it computes; how wrong, the failures say."""
    silent = sum(one.by_status.get(status, 0) for status in _SILENT)
    state = State.ERROR if silent and result.exit_code else State.PASSED
    gave_none = f"no output in {cases(silent)}; " if silent else ""
    return Outcome(
        "implementations of the sweep",
        one.name,
        state,
        _plain(gave_none + status_words(one)),
        size=float(silent),
        versions=packages(dict(one.versions)),
    )


def _plain(text: str) -> str:
    return text.replace(GLUE, " ")
