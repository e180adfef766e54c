"""The outcomes of two models: each pair, each segment, what has no partner, each limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convcheck.model.against.results import AgainstCheck, PairCheck, SegmentCheck
from convcheck.reports.content.against.left import unmatched_words
from convcheck.reports.content.against.places import pair_facts
from convcheck.reports.content.against.table import geometry_words
from convcheck.reports.figures import number
from convcheck.reports.outcomes.outcome import Outcome, State
from convcheck.reports.wording import status_words
from convcheck.results import Finding, Verdict
from convcheck.runtimes.hardware import packages

_STATES = {
    Verdict.DIFFERENT: State.FAILED,
    Verdict.UNDECIDED: State.SKIPPED,
    Verdict.ROUNDING: State.PASSED,
    Verdict.IDENTICAL: State.PASSED,
}


def outcomes(result: AgainstCheck) -> Iterator[Outcome]:
    """Pairs, then segments, then what could not be looked at, then limits that are exceeded."""
    group = f"{result.a.path} against {result.b.path}"
    versions: Mapping[str, str] = {**packages(result.a.versions), **packages(result.b.versions)}
    for pair in result.pairs:
        yield Outcome(
            group,
            pair.a if pair.a == pair.b else f"{pair.a} (B: {pair.b})",
            _state(result, pair.verdict),
            _of_pair(pair),
            (*pair_facts(pair), *_why(pair.findings)),
            size=pair.over_bound,
            versions=versions,
        )
    for one in result.segments:
        state, lines = _state(result, one.verdict), tuple(_why(one.findings))
        yield Outcome(
            group, f"before {one.before[0]}", state, _of_segment(one), lines, size=_times(one)
        )
    for letter, names in (("A", result.unmatched_a), ("B", result.unmatched_b)):
        for name in names:
            words = unmatched_words(letter, [name])
            yield Outcome(group, f"{letter}: {name}", State.SKIPPED, words)
    for failure in result.failures:
        yield Outcome(group, failure.partition(":")[0], State.FAILED, failure)
    if not result.pairs:
        state = State.SKIPPED if result.allow_empty else State.ERROR
        words = "nothing to compare: no convolution of A is one of B"
        yield Outcome(group, "convolutions", state, words, minor=result.allow_empty)


def _state(result: AgainstCheck, verdict: Verdict) -> State:
    """What was accepted explains every difference there is."""
    if verdict is Verdict.DIFFERENT and result.accepted:
        return State.PASSED
    return _STATES[verdict]


def _of_pair(pair: PairCheck) -> str:
    return f"{pair.verdict.value}: {geometry_words(pair)}, weights {pair.weights}"


def _of_segment(one: SegmentCheck) -> str:
    limit = f"rounding may reach {number(one.limit)}"
    return f"{one.verdict.value}: {number(one.units)} units of rounding, {limit}"


def _times(one: SegmentCheck) -> float:
    """How many times what rounding may reach."""
    return one.units / max(one.limit, 1.0)


def _why(findings: tuple[Finding, ...]) -> Iterator[str]:
    for one in findings:
        yield f"{one.cause}{status_words(one)}: {one.summary}"
        if one.fix:
            yield f"fix: {one.fix}"
