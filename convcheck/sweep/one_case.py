"""Runs one case of a sweep: judges it, diagnoses it where it fails, tries changes of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.request import Request
from convcheck.check.explain import judge_and_diagnose
from convcheck.check.outcome import verdict_of
from convcheck.check.rerun import Rerun, laid_out
from convcheck.plan import Plan
from convcheck.results import BROKEN, PASSES, Finding, Judgement, Output, Status, Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.sweep.ask import Ask
from convcheck.sweep.changes.change import Change
from convcheck.sweep.changes.properties import RUN_AGAIN, THREADS, properties
from convcheck.sweep.changes.relations import relations
from convcheck.sweep.one_thread import with_threads
from convcheck.sweep.results import (
    EQUAL,
    FAILED,
    HELD,
    OUTSIDE,
    RELATION,
    SKIPPED,
    UNTESTED,
    WITHIN,
    CaseResult,
    Checked,
    Fault,
    Row,
)
from convcheck.verdict.judge import judge

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.implementations.name import Name
    from convcheck.verdict.limits import Limits

_REFUSES = ("NotImplementedError", "ModuleNotFoundError")
_WENT_WRONG = re.compile(r"[A-Za-z_][\w.]*: |\S+ returned ")
"""An exception that Python code raised, or what is no output."""
NON_FINITE = "non-finite"
UNEXPLAINED = "unexplained"
"""The cause, and the status, where no known one was found."""
MORE_RUNS = 3
"""Of both sides of a relation that fails."""
NOT_EXACT = "exact-on-integers"
"""The property of sums that are exact in any order: whoever adds products up gives exact."""


def run_case(request: Request, ask: Ask, runtimes: Runtimes) -> CaseResult:
    """Compute the case with each implementation and judge what they give.

    What an implementation cannot do is left out; a case that none can do is ``skipped``.
    """
    case = build(request)
    outputs = [_as_fault(one) for one in _computed(case, ask.held, runtimes)]
    versions = {output.name: output.versions for output in outputs if output.versions}
    refused = [_refused(output) for output in outputs if output.status is Status.UNAVAILABLE]
    there = [output for output in outputs if output.status is not Status.UNAVAILABLE]
    if not there:
        return CaseResult(SKIPPED, tuple(refused), versions=versions)
    plan = Plan(case, [name for name in ask.held if name.text in {o.name for o in there}])
    judged = judge(case, there)
    verdict = verdict_of(plan, judged.judgements, judged.differences)
    findings: tuple[Finding, ...] = ()
    if verdict is Verdict.DIFFERENT or ask.limits.strict:
        rerun = Rerun(runtimes, ask.held)
        judged, diagnosis, _ = judge_and_diagnose(
            case, there, rerun, seek_pairs=_seeks_pairs(ask.limits)
        )
        verdict = verdict_of(plan, judged.judgements, judged.differences)
        findings = diagnosis.findings
    tried = _Tried(case, ask, runtimes, judged.judgements)
    held = tuple(tried.relations()) if ask.relations else ()
    broken = [one for one in held if one.came == FAILED]
    faults = [*_faults(judged.judgements, findings, verdict), *map(_of_relation, broken)]
    return CaseResult(
        verdict=(Verdict.DIFFERENT if broken else verdict).value,
        rows=(*map(_row, judged.judgements), *refused),
        faults=tuple(faults),
        limits=tuple(ask.limits.exceeded(judged.differences, findings, ())),
        accepted=bool(ask.limits.accepted_causes(judged.judgements, findings)) and not broken,
        relations=held,
        properties=(
            *_exact_on_integers(request, judged.judgements),
            *(tried.properties() if ask.properties else ()),
        ),
        versions=versions,
    )


def _seeks_pairs(limits: Limits) -> bool:
    """Two causes at once take seconds of each case; ``compare`` seeks them of the smallest."""
    return any("+" in cause for cause in limits.accept)


def _computed(case: Case, names: Sequence[Name], runtimes: Runtimes) -> list[Output]:
    outputs = runtimes.outputs(case.gradient or case, names)
    return [laid_out(case, output) for output in outputs]


def _as_fault(output: Output) -> Output:
    """The same; what went wrong in one's own function is a crash, and no refusal.

    It refuses by NotImplementedError, or by parameters that it does not have.
    """
    message = output.message or ""
    kind, _, target = output.name.partition(":")
    own = kind == "python" and output.status is Status.UNAVAILABLE
    absent = f"AttributeError: module '{target.partition(':')[0]}' has no attribute"
    if own and not message.startswith((*_REFUSES, absent)) and _WENT_WRONG.match(message):
        return replace(output, status=Status.CRASHED)
    return output


def _row(judgement: Judgement) -> Row:
    output, error = judgement.output, judgement.error
    return Row(
        output.name,
        judgement.status.value,
        digest=None if output.array is None else digest(output.array),
        over_bound=error.max_over_bound if error else None,
        message=None if judgement.status in PASSES else judgement.message,
    )


def _refused(output: Output) -> Row:
    return Row(output.name, Status.UNAVAILABLE.value, message=output.message)


def digest(array: Array) -> str:
    """Of an array's dtype, shape and every bit."""
    head = f"{array.dtype.name}{array.shape}".encode()
    return hashlib.blake2b(head + array.tobytes(), digest_size=16).hexdigest()


def _faults(
    judgements: Sequence[Judgement], findings: Iterable[Finding], verdict: Verdict
) -> Iterator[Fault]:
    """The first cause of each output that is wrong, or that there is none; else what of a pair."""
    for judgement in judgements:
        if judgement.status in (Status.CRASHED, Status.TIMED_OUT):
            status = judgement.status.value
            yield Fault(judgement.output.name, status, status, judgement.message or status)
    if verdict is not Verdict.DIFFERENT:
        return
    departing = [finding for finding in findings if finding.departs]
    told = False
    for judgement in judgements:
        if judgement.status not in BROKEN:
            continue
        name, status = judgement.output.name, judgement.status.value
        finding = next((one for one in departing if one.implementation == name), None)
        told = True
        if finding is None:
            yield Fault(name, status, status, judgement.message or status)
        else:
            words = finding.summary
            if finding.status == UNEXPLAINED:
                words += "; two causes at once were not sought"
            yield Fault(name, finding.cause, finding.status, words, finding.also)
    if not told:
        yield from _of_pairs(judgements, findings)


def _of_pairs(judgements: Sequence[Judgement], findings: Iterable[Finding]) -> Iterator[Fault]:
    """Of outputs that are each right for their format, and yet none can stand for the other."""
    told = [one for one in findings if one.cause == NON_FINITE]
    for one in told:
        yield Fault(one.implementation, one.cause, one.status, one.summary, one.also, of_pair=True)
    if not told:
        names = " and ".join(judgement.output.name for judgement in judgements)
        yield Fault(
            names, NON_FINITE, "supported", "one is finite where another is not", of_pair=True
        )


def _of_relation(one: Checked) -> Fault:
    words = f"{one.what}: the output is another, bit for bit, than rounding to nearest gives"
    return Fault(one.implementation, f"{RELATION}{one.what}", "proved", words)


def _exact_on_integers(request: Request, judgements: Sequence[Judgement]) -> Iterator[Checked]:
    if request.input != "integers":
        return
    for one in judgements:
        if one.error is not None:
            came = EQUAL if one.status is Status.EXACT else WITHIN
            came = came if one.status in PASSES else OUTSIDE
            yield Checked(one.output.name, NOT_EXACT, came)


class _Tried:
    """A case changed, computed again by each implementation that gave an output."""

    def __init__(
        self, case: Case, ask: Ask, runtimes: Runtimes, judgements: Sequence[Judgement]
    ) -> None:
        self._case, self._ask, self._runtimes = case, ask, runtimes
        self._outputs = {
            one.output.name: one.output.array
            for one in judgements
            if one.output.array is not None and one.status is not Status.WRONG_SHAPE
        }
        self._names = [name for name in ask.held if name.text in self._outputs]

    @cached_property
    def _again(self) -> tuple[Checked, ...]:
        """Whether each gives the same once more: a property, and what relations rest on."""
        return tuple(self._same_case(RUN_AGAIN, self._names))

    def relations(self) -> Iterator[Checked]:
        """Each relation of each implementation that gives the same twice; else nothing follows."""
        again = {one.implementation: one.came for one in self._again}
        changes = list(relations(self._case))
        for name in self._names:
            for change in changes:
                came = UNTESTED
                if again.get(name.text) == EQUAL:
                    came = self._relation(change, name.text)
                yield Checked(name.text, change.what, came)

    def _relation(self, change: Change, name: str) -> str:
        given = self._outputs[name]
        output = self._run(change.case, name)
        if output is None:
            return UNTESTED
        if _equal(output, change.expected(given)):
            return HELD
        # Of one that gives the same only mostly nothing follows, and it may have been so just now.
        for _ in range(MORE_RUNS):
            for case, before in ((self._case, given), (change.case, output)):
                again = self._run(case, name)
                if again is None or not _equal(again, before):
                    return UNTESTED
        return FAILED

    def properties(self) -> Iterator[Checked]:
        """Each property of each implementation."""
        yield from self._again
        if self._ask.threads == 1:
            yield from self._same_case(THREADS, [with_threads(n, 2) for n in self._ask.names])
        for change in properties(self._case):
            for name in self._names:
                output = self._run(change.case, name.text)
                if output is not None:
                    expected = change.expected(self._outputs[name.text])
                    came = _came(change.case, name.text, output, expected)
                    yield Checked(name.text, change.what, came)

    def _same_case(self, what: str, names: Sequence[Name]) -> Iterator[Checked]:
        for output in _computed(self._case, names, self._runtimes):
            if output.array is not None and output.name in self._outputs:
                expected = self._outputs[output.name]
                came = _came(self._case, output.name, output.array, expected)
                yield Checked(output.name, what, came)

    def _run(self, case: Case, name: str) -> Array | None:
        """None where it gives none, or one of another shape."""
        held = next(one for one in self._names if one.text == name)
        array = laid_out(case, self._runtimes.run(case.gradient or case, held)).array
        return array if array is not None and array.shape == case.output_shape else None


def _equal(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def _came(case: Case, name: str, output: Array, expected: Array) -> str:
    if _equal(output, expected):
        return EQUAL
    (judgement,) = judge(case, [Output(name, name, array=output)]).judgements
    return WITHIN if judgement.status in PASSES else OUTSIDE
