"""What the reports say of several cases: a line for each, what stands out, why, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.text import Text

from convcheck.cases import CasesCheck
from convcheck.reports.content.blocks import Block, Gap, Sections, Table, glued
from convcheck.reports.content.findings import with_labels
from convcheck.reports.content.headline import COLORS, headline
from convcheck.reports.content.pairs import sum_words
from convcheck.reports.content.settings import settings_section
from convcheck.reports.content.several import causes, some_of
from convcheck.reports.context import Context
from convcheck.reports.labels import labels
from convcheck.reports.versions import version_changes
from convcheck.reports.wording import NO_OUTPUT, headline_words
from convcheck.results import Check, Difference, Finding, Verdict


def content(result: CasesCheck, context: Context) -> Iterator[Block]:
    """A row for each case, the verdict over all, then what the cases share."""
    table = Table(["case", "verdict", glued("worst pair"), "cause"], indent=0)
    for case in result.cases:
        code, verdict = case.check.exit_code, case.check.verdict
        words = Text(glued(headline_words(verdict, code).lower()), style=COLORS[verdict])
        table.add(glued(case.name), words, *map(glued, (_worst(case.check), _cause(case.check))))
    yield table
    yield Gap()
    failing = sum(case.check.exit_code != 0 for case in result.cases)
    of = f"{failing} of " if failing else ""
    yield headline(result.verdict, result.exit_code, f"{of}{counted(result)}")
    yield Sections([*_sections(result), *settings_section(context.settings)])


def counted(result: CasesCheck) -> str:
    """How many cases there are, in words."""
    return f"{len(result.cases)} case" + ("" if len(result.cases) == 1 else "s")


def _worst(check: Check) -> str:
    """The pair that differs most, by its second member, and by how much."""
    if not check.differences:
        return ""
    order = list(Verdict)
    pair = min(check.differences, key=lambda one: (order.index(one.verdict), -(one.sum_abs or 0)))
    return f"{pair.b}: {_size(check, pair)}"


def _size(check: Check, pair: Difference) -> str:
    if pair.verdict is Verdict.IDENTICAL:
        return "the same"
    return "not compared" if pair.sum_abs is None else sum_words(check, pair)


def _cause(check: Check) -> str:
    found = list(dict.fromkeys(finding.cause for finding in _findings(check)))
    if found:
        return ", ".join(found)
    names = labels(check.judgements)
    silent = (j for j in check.judgements if j.status in NO_OUTPUT)
    return next((f"{names[j.output.name]} {j.status.value}" for j in silent), "")


def _findings(check: Check) -> list[Finding]:
    """What is worth reporting: the order of a sum is every sound case's."""
    if check.verdict is Verdict.IDENTICAL:
        return []
    return [finding for finding in check.findings if finding.cause != "summation-order"]


def _sections(result: CasesCheck) -> Iterator[tuple[str, Text]]:
    for failure, names in _collected(result, lambda one: _with_labels(one, one.failures)).items():
        yield "fails", Text(f"{_some(names, result)}{failure}", style="red")
    yield from causes([(case.name, case.check) for case in result.cases], _findings)
    for message, names in _collected(result, _messages).items():
        yield "note", Text(f"{_some(names, result)}{message}", style="yellow")
    together: dict[str, list[str]] = {}
    for version, names in _collected(result, version_changes).items():
        together.setdefault(_some(names, result), []).append(glued(version))
    for who, versions in together.items():
        yield "versions", Text(who + ", ".join(versions))
    for warning, names in _collected(result, lambda one: _with_labels(one, one.warnings)).items():
        yield "note", Text(f"{_some(names, result)}{warning}", style="yellow")


def _with_labels(check: Check, texts: Iterable[str]) -> list[str]:
    names = labels(check.judgements)
    return [with_labels(text, names) for text in texts]


def _messages(check: Check) -> Iterator[str]:
    names = labels(check.judgements)
    for judgement in check.judgements:
        if judgement.message and judgement.status in NO_OUTPUT:
            yield f"{names[judgement.output.name]}: {judgement.message}"


def _collected(result: CasesCheck, texts: Callable[[Check], Iterable[str]]) -> dict[str, list[str]]:
    """Text -> the cases that have it, in order."""
    found: dict[str, list[str]] = {}
    for case in result.cases:
        for text in texts(case.check):
            found.setdefault(text, []).append(case.name)
    return found


def _some(names: Sequence[str], result: CasesCheck) -> str:
    """Which cases, and a colon; nothing where it is all of them."""
    return "" if len(names) == len(result.cases) else f"{some_of(names)}: "
