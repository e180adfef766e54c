"""The outcome of a sweep in plain words, and its cases by verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from convcheck.reports.content.blocks import Headline, glued
from convcheck.reports.content.headline import headline
from convcheck.reports.content.sweep.words import cases, counted
from convcheck.reports.figures import count
from convcheck.reports.wording import ACCEPTED, HEADLINES, headline_words
from convcheck.results import EXIT_CODES, Verdict

if TYPE_CHECKING:
    from convcheck.sweep.results import SweepCheck


def what_was_swept(result: SweepCheck) -> str:
    """``2,000 random cases, seed 0``; ``a grid of 24 combinations: 20 cases``."""
    has_number = result.source.startswith(f"{count(result.total)} ")
    return result.source if has_number else f"{result.source}: {cases(result.total)}"


def verdict(result: SweepCheck) -> Headline:
    """What came out, in capitals and in a sentence."""
    return headline(result.verdict, result.exit_code, _reading(result))


def what_came(result: SweepCheck) -> Iterator[tuple[str, Text]]:
    """Sections: cases by verdict, limits that are exceeded, what is missing."""
    by_verdict = [
        glued(f"{count(result.counts[one.value])} {HEADLINES[one].lower()}")
        for one in reversed(Verdict)
        if result.counts.get(one.value)
    ]
    words = [", ".join(by_verdict)] if by_verdict else []
    if result.skipped:
        them = "it" if result.skipped == 1 else "them"
        words.append(f"{count(result.skipped)} skipped: no implementation can do {them}")
    if result.impossible:
        are = "is" if result.impossible == 1 else "are"
        which = f"{counted(result.impossible, 'combination')} that {are} no convolution"
        words.append(f"{which} {are} not among them")
    if words:
        yield "cases", Text("; ".join(words))
    for limit in result.limits:
        yield "fails", Text(limit, style="red")
    for reason in result.none_ran:
        yield "note", Text(reason, style="yellow")
    if result.unfinished:
        have = "has" if result.unfinished == 1 else "have"
        text = f"{cases(result.unfinished)} {have} no result yet: the same command again goes on"
        yield "note", Text(text, style="yellow")


def _reading(result: SweepCheck) -> str:
    judged = sum(result.counts.values())
    groups = [one for one in result.failures if not one.fault.is_no_output]
    failing = len({number for one in groups for number in one.numbers})
    if result.exit_code == EXIT_CODES[Verdict.DIFFERENT]:
        if not failing:
            return f"{cases(judged)}, a limit that was asked for is exceeded"
        ways = len(groups)
        fail = "fails" if failing == 1 else "fail"
        in_ways = f", in {counted(ways, 'way')}" if ways > 1 else ""
        return f"{count(failing)} of {cases(judged)} {fail}{in_ways}"
    if not judged:
        return "no case could be judged"
    if result.exit_code == 0:
        if headline_words(result.verdict, 0) == ACCEPTED:
            differ = result.counts[result.verdict.value]
            return f"no failure: what {count(differ)} of {cases(judged)} differ by was accepted"
        return f"no failure in {cases(judged)}"
    return f"no failure in {cases(judged)}, but {_what_is_open(result)}"


def _what_is_open(result: SweepCheck) -> str:
    """Why nobody can say that all is well, though nothing failed."""
    undecided = result.counts.get(Verdict.UNDECIDED.value, 0)
    words = []
    if undecided:
        words.append(f"{count(undecided)} {'is' if undecided == 1 else 'are'} undecided")
    if result.none_ran:
        words.append(f"{counted(len(result.none_ran), 'implementation')} computed none")
    if result.unfinished:
        have = "has" if result.unfinished == 1 else "have"
        words.append(f"{count(result.unfinished)} {have} no result yet")
    return " and ".join(words)
