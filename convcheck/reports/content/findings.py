"""Findings as reports tell them: the same about several implementations in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from convcheck.reports.content.blocks import GLUE, glued
from convcheck.reports.content.quantized.sides import told_by_sides
from convcheck.reports.figures import number
from convcheck.reports.wording import status_words
from convcheck.results import Check, Finding
from convcheck.results.order import NOT_A_SUM
from convcheck.spelling import listed
from convcheck.verdict.equal import agreeing

Names: TypeAlias = Mapping[str, str]
"""Implementation -> what it is called."""
_RECORDED = " (recorded)"
_ORDER = "summation-order"
_WHO = "\ue001"
"""Stands for the implementation in a sentence about it."""


@dataclass(frozen=True)
class Told:
    """One finding about one implementation, or the same one about several."""

    findings: tuple[Finding, ...]
    summary: str
    """One or two sentences without the last full stop; implementations have their labels."""
    tried: tuple[tuple[str, str], ...]
    """Changes that were tried, each with what it left of the difference."""
    fixes: tuple[str, ...]
    """What to change, tried or not."""

    @property
    def cause(self) -> str:
        """The cause, several joined by ``+``."""
        return self.findings[0].cause

    @property
    def status(self) -> str:
        """What stands behind the cause, such as `` (proved)``."""
        return status_words(self.findings[0])

    @property
    def lines(self) -> Iterator[str]:
        """The cause with what was found, then each fix."""
        yield f"{self.cause}{self.status}: {self.summary}".replace(GLUE, " ")
        for fix in self.fixes:
            yield f"fix: {fix}".replace(GLUE, " ")


def told(check: Check, names: Names) -> list[Told]:
    """The findings of a check in their order, those that say the same as one."""
    together: dict[object, list[Finding]] = {}
    for finding in check.findings:
        together.setdefault(_what(check, finding), []).append(finding)
    return [_told(check, tuple(findings), names) for findings in together.values()]


def with_labels(text: str, names: Names) -> str:
    """The text with the labels of files in place of their whole names."""
    for name in sorted(names, key=len, reverse=True):  # one may begin with another
        if name.startswith("file:"):
            text = text.replace(name, _label(name, names))
    return text


def _what(check: Check, finding: Finding) -> object:
    """What a finding says, whoever it is about."""
    kind = (finding.cause, finding.status, finding.also, finding.departs)
    if finding.sides is not None:
        return kind
    if finding.cause == _ORDER:
        return (*kind, _declared(check, finding))
    return (*kind, _without_call(check, finding.summary, finding))


def _told(check: Check, findings: tuple[Finding, ...], names: Names) -> Told:
    first = findings[0]
    who = [finding.implementation for finding in findings]
    if first.sides is not None:
        summary = told_by_sides(check, findings, names)
    elif first.cause == _ORDER and first.beside is not None:
        summary = _other_order(check, findings, names)
    else:
        summary = _about(_without_call(check, first.summary, first), who, names)
    left = {f.implementation: f.evidence[0].sum_abs for f in findings if f.departs and f.evidence}
    if check.case.quantization is not None and any(left.values()):
        left = {}  # rounding to integers, of which the summary says that a formula gives it
    if left:
        summary += f". Against that convolution the summed error is {each(left, names)}"
    if first.also:
        summary += f". The same result here: {', '.join(first.also)}"
    tried = tuple(_tried(findings, names))
    return Told(findings, summary, tried, tuple(_fixes(check, findings, names)))


def _without_call(check: Check, text: str, finding: Finding) -> str:
    """The text with a sign in place of the call of the finding's implementation."""
    call = _call(check, finding.implementation)
    if call and text.startswith((f"{call} ", f"{call}: ")):
        return _WHO + text[len(call) :]
    return text.replace(f" {call} ", f" {_WHO} ", 1) if call else text


def _about(sentence: str, who: Sequence[str], names: Names) -> str:
    """The sentence about these; as a subject they are each of them, so that its verbs are right."""
    words = [
        _label(name, names) + (" (here and recorded)" if name + _RECORDED in who else "")
        for name in who
        if not (name.endswith(_RECORDED) and name.removesuffix(_RECORDED) in who)
    ]
    with_verb = not sentence.startswith(f"{_WHO}:") and f" what {_WHO} gave" not in sentence
    each = "each of " if with_verb and len(words) > 1 else ""
    return sentence.replace(_WHO, each + listed(words))


def _other_order(check: Check, findings: Sequence[Finding], names: Names) -> str:
    """Which add the same products in another order; those that agree are named together."""
    concerned = {name for f in findings for name in (f.implementation, f.beside)}
    groups = [
        [_label(name, names) for name in group]
        for group in agreeing(check.differences)
        if concerned.intersection(group)
    ]
    sound = f"compute in {_declared(check, findings[0])} and stay inside its bound"
    order = "the same products in another order"
    if findings[0].status == "proved":
        order += ", found by probing and replayed bit for bit"
    orders = [one.order for one in check.judgements if one.output.name in concerned]
    if any(one is not None and one.status == NOT_A_SUM for one in orders):
        order += " or in another way"
    alone = [label for group in groups if len(group) == 1 for label in group]
    equal = [listed(group) for group in groups if len(group) > 1]
    if not equal:
        both, another = ("both", order) if len(alone) == 2 else ("all", f"{order} each")
        return f"{listed(alone)} {both} {sound}: they add {another}"
    agree = ", as do ".join([f"{equal[0]} agree", *equal[1:]])
    if not alone:
        return f"{agree}; they add {order}. All {sound}"
    adds = "adds" if len(alone) == 1 else "each add"
    return f"{agree}; {listed(alone)} {adds} {order}. All {sound}"


def _tried(findings: Sequence[Finding], names: Names) -> Iterator[tuple[str, str]]:
    tried: dict[str, dict[str, float]] = {}
    for finding in findings:
        for one in finding.evidence:
            if one.fix or not (finding.departs or finding.beside):
                change = one.fix or f"tried: {one.experiment}"
                tried.setdefault(change, {})[finding.implementation] = one.sum_abs
    for change, left in tried.items():
        yield change, f"then the sum is {each(left, names)}"


def _fixes(check: Check, findings: Sequence[Finding], names: Names) -> Iterator[str]:
    """Every fix once."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        if finding.fix:
            fix = _without_call(check, finding.fix, finding)
            found.setdefault(fix, []).append(finding.implementation)
    for fix, who in found.items():
        yield _about(fix, who, names)


def each(values: Mapping[str, float], names: Names) -> str:
    """One number where all have the same, else each with its implementation."""
    by_value: dict[str, list[str]] = {}
    for name, value in values.items():
        by_value.setdefault(number(value), []).append(_label(name, names))
    if len(by_value) == 1:
        return next(iter(by_value))
    return ", ".join(f"{value} ({', '.join(who)})" for value, who in by_value.items())


def _declared(check: Check, finding: Finding) -> str:
    """The arithmetic that the finding's implementation says it uses."""
    mine = (j.declared for j in check.judgements if j.output.name == finding.implementation)
    return str(next(mine, None))


def _call(check: Check, name: str) -> str:
    return next((j.output.call for j in check.judgements if j.output.name == name), "")


def _label(name: str, names: Names) -> str:
    return glued(names.get(name, name))
