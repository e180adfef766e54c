"""What fails in a sweep: cases that fail alike, told by the smallest of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from convcheck.reports.content.blocks import glued
from convcheck.reports.content.sweep.words import cases, counted
from convcheck.reports.figures import count

if TYPE_CHECKING:
    from convcheck.sweep.results import Failure, SweepCheck

_SHOWN = 8
"""Groups that are shown without ``-v``, so that the report can be read whole."""
_CONDITIONS = 5
"""Of what all have in common, so many parts."""


def failure_sections(result: SweepCheck, *, verbose: bool) -> Iterator[tuple[str, Text]]:
    """Sections: each group with what its cases have in common and the command to run.

    Where there is no output, nothing is known to be wrong: that is undecided.
    """
    found = largest_first(result)
    shown = found if verbose else found[:_SHOWN]
    for one in shown:
        yield _label(one), _head(one)
        yield "", Text(" ".join([*common_words(one, verbose=verbose), command_words(one)]))
        yield "run", Text(glued(command(one)))  # one line, however long: it is to be copied
    left = found[len(shown) :]
    if left:
        numbers = {number for one in left for number in one.numbers}
        groups = counted(len(left), "more group")
        yield _label(left[0]), Text(f"{groups} of {cases(len(numbers))}; -v shows all")


def largest_first(result: SweepCheck) -> list[Failure]:
    """The groups of cases that fail alike, the largest first; those without an output last."""
    return sorted(result.failures, key=lambda one: (one.fault.is_no_output, -len(one.numbers)))


def title(failure: Failure) -> str:
    """Who fails by what: the same in the next run."""
    return f"{failure.fault.implementation}: {failure.fault.cause}"


def summary(failure: Failure) -> str:
    """What is wrong, in a sentence without its full stop."""
    also = failure.fault.also
    same = f". The same result here: {', '.join(also)}" if also else ""
    return failure.fault.summary.rstrip(".") + same


def status(failure: Failure) -> str:
    """What stands behind a cause, such as `` (proved)``; "" for one that is its own status."""
    fault = failure.fault
    return "" if fault.status == fault.cause else f" ({fault.status})"


def command(failure: Failure) -> str:
    """What to run: the smallest case that fails alike, else one of them."""
    return failure.shrunk.command if failure.shrunk else failure.reproduce


def common_words(failure: Failure, *, verbose: bool = True) -> list[str]:
    """What all of the cases have, and how many have it and pass: a sentence or none."""
    if not failure.common:
        return []
    number = len(failure.numbers)
    shown = failure.common if verbose else failure.common[:_CONDITIONS]
    have = ", ".join(map(glued, shown))
    if left := len(failure.common) - len(shown):
        have += f" and {left} more"
    who = "It has" if number == 1 else f"{'Both' if number == 2 else f'All {count(number)}'} have"
    alike = failure.passing_alike
    if not alike:
        passing = "no case that passes has"
    else:
        passing = f"{cases(alike)} that {'passes has' if alike == 1 else 'pass have'}"
    it = "it too" if len(failure.common) == 1 else "all of it too"
    return [f"{who} {have}; {passing} {it if alike else it.removesuffix(' too')}."]


def command_words(failure: Failure) -> str:
    """What the command is."""
    if failure.shrunk:
        tried = cases(failure.shrunk.tried)
        return f"The smallest that fails alike, of {tried} tried:"
    which = glued(f"Case {failure.number}")
    return f"{which}:" if len(failure.numbers) == 1 else f"{which}, one of them:"


def other_causes(failure: Failure) -> list[str]:
    """What else was found of some of the cases: a sentence or none."""
    others = [cause for cause in failure.causes if cause != failure.fault.cause]
    return [f"Of others of them it is {', '.join(map(glued, others))}."] if others else []


def _label(failure: Failure) -> str:
    return "no output" if failure.fault.is_no_output else "fails"


def _head(failure: Failure) -> Text:
    text = Text(f"{failure.fault.implementation}: ")
    style = "bold yellow" if failure.fault.is_no_output else "bold red"
    text.append(failure.fault.cause, style=style)
    number = cases(len(failure.numbers))
    said = f"{status(failure)}, {number}: {summary(failure)}."
    return text.append(" ".join([said, *other_causes(failure)]), style="")
