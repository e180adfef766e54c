"""The outcomes of one case: each implementation, each pair, each limit that is exceeded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from convcheck.reports.content.blocks import GLUE, Line
from convcheck.reports.content.check import case_line, standing
from convcheck.reports.content.findings import told
from convcheck.reports.content.pairs import pair_line
from convcheck.reports.labels import labels
from convcheck.reports.outcomes.outcome import Outcome, State, worst_first
from convcheck.reports.wording import HEADLINES, headline_words
from convcheck.results import BROKEN, PASSES, Check, Difference, Judgement, Status, Verdict
from convcheck.runtimes.hardware import packages

_SILENT = frozenset({Status.CRASHED, Status.TIMED_OUT, Status.UNAVAILABLE})
_RECORDED = " (recorded)"


def outcomes(check: Check) -> Iterator[Outcome]:
    """Each implementation held against exact, each pair, each limit that is exceeded."""
    group = _case(case_line(check.case))
    yield from _outcomes(check, group)
    yield from limits(check, group)


def whole(check: Check, group: str, name: str) -> Iterator[Outcome]:
    """A check as one outcome among others, then each limit that it exceeds."""
    parts = sorted(_outcomes(check, group), key=worst_first)
    shown = [one for one in parts if one.state is not State.PASSED] or parts
    code = replace(check, failures=()).exit_code
    words = headline_words(check.verdict, code).lower()
    first, *rest = dict.fromkeys(f"{one.name}: {one.message}" for one in shown)
    more = dict.fromkeys(line for one in shown for line in one.details)
    yield Outcome(
        group,
        name,
        _state(check),
        f"{words}; {first}",
        (*rest, *more),
        seconds=sum(one.seconds or 0.0 for one in parts),
        size=size_of(check),
        versions={key: text for one in parts for key, text in one.versions.items()},
    )
    yield from limits(check, group, f"{name} ")


def limits(check: Check, group: str, before: str = "") -> Iterator[Outcome]:
    """Each limit that is exceeded, as a failure of its own."""
    for failure in check.failures:
        # Without the figure, so that it has the same name in the next run.
        limit = failure.partition(" differ by ")[0]
        yield Outcome(group, f"{before}{limit}", State.FAILED, failure, size=size_of(check))


def _outcomes(check: Check, group: str) -> Iterator[Outcome]:
    names = labels(check.judgements)
    for judgement in check.judgements:
        yield _implementation(check, judgement, group, names)
    for pair in check.differences:
        yield _pair(check, pair, group, names)


def _implementation(
    check: Check, judgement: Judgement, group: str, names: Mapping[str, str]
) -> Outcome:
    output = judgement.output
    state, why = _standing_counts(check, judgement)
    words = standing(judgement).plain + (f" ({why})" if why else "")
    mine = tuple(one for one in check.findings if one.implementation == output.name)
    details = [line for one in told(replace(check, findings=mine), names) for line in one.lines]
    if judgement.helps:
        details.append(f"fix: {judgement.helps}")
    return Outcome(
        group,
        f"{names[output.name]} against exact",
        state,
        words.replace(GLUE, " "),
        tuple(details),
        None if output.name.endswith(_RECORDED) else output.seconds,
        _distance(judgement),
        minor=state is State.SKIPPED and not check.exit_code,
        versions=packages(output.versions),
    )


def _standing_counts(check: Check, judgement: Judgement) -> tuple[State, str]:
    """What an output's standing means for the check, and why it is no failure where it is wrong."""
    status, name = judgement.status, judgement.output.name
    if status in PASSES:
        return State.PASSED, ""
    if status not in BROKEN:
        # What does not count, such as a recording that is compared with nothing, is no error.
        error = status in _SILENT and check.exit_code
        return State.ERROR if error else State.SKIPPED, ""
    if check.accepted:
        return State.PASSED, f"accepted: {', '.join(check.accepted)}"
    mine = [pair for pair in check.differences if name in (pair.a, pair.b)]
    if mine and all(
        pair.a == pair.b + _RECORDED and pair.verdict is Verdict.IDENTICAL for pair in mine
    ):
        return State.PASSED, "no failure: as it was recorded"
    unpaired = check.differences and not mine and name.endswith(_RECORDED)
    if unpaired or check.verdict is not Verdict.DIFFERENT:
        return State.SKIPPED, "nothing to compare it with"
    return State.FAILED, ""


def _pair(check: Check, pair: Difference, group: str, names: Mapping[str, str]) -> Outcome:
    name = f"{names[pair.a]} and {names[pair.b]}"
    by_name = {one.output.name: one for one in check.judgements}
    rows = (by_name[pair.a], by_name[pair.b])
    words = HEADLINES[pair.verdict].lower()
    state = State.PASSED
    if pair.verdict is Verdict.UNDECIDED:
        state = State.SKIPPED  # what is missing is an error of its own
    elif pair.verdict is Verdict.DIFFERENT:
        state = State.PASSED if check.accepted else State.FAILED
        words = f"accepted ({', '.join(check.accepted)})" if check.accepted else words
    if pair.verdict is not Verdict.IDENTICAL:
        if pair.sum_abs is not None:
            parts = pair_line(check, pair, "").parts[1:]
            words += f": {', '.join(part.plain for part in parts)}"
        elif silent := [one for one in rows if one.error is None]:
            why = (f"{names[one.output.name]} {one.status.value}" for one in silent)
            words += f": {', '.join(why)}"
    size = math.inf if pair.sum_abs is None else _number(pair.sum_abs)
    minor = state is State.SKIPPED and any(one.status in _SILENT for one in rows)
    return Outcome(group, name, state, words.replace(GLUE, " "), size=size, minor=minor)


def _state(check: Check) -> State:
    """The state of a whole check, its limits apart."""
    code = replace(check, failures=()).exit_code
    if code in (0, 1):
        return State.FAILED if code else State.PASSED
    silent = any(one.status in _SILENT for one in check.judgements)
    return State.ERROR if silent else State.SKIPPED


def size_of(check: Check) -> float:
    """How far the worst output is from right; infinite where there is no number."""
    return max(map(_distance, check.judgements), default=0.0)


def _distance(judgement: Judgement) -> float:
    """As ``Judgement.distance``; infinite too where an output holds no numbers to measure."""
    if judgement.status in (Status.NON_FINITE, Status.WRONG_SHAPE):
        return math.inf
    return judgement.distance


def _number(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _case(line: Line) -> str:
    words = " ".join(part.plain for part in line.parts)
    details = f", {line.details.plain}" if line.details else ""
    return " ".join(f"{words}{details}".replace(GLUE, " ").split())
