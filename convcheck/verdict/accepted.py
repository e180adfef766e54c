"""What a user accepts, and what ``--strict`` does not let pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcheck.results import PASSES, Finding, Judgement
from convcheck.verdict.judge import Judged

HARMLESS = ("summation-order",)


def accepted(judged: Judged, findings: Sequence[Finding], causes: Sequence[str]) -> tuple[str, ...]:
    """The accepted causes that wholly explain every difference; () where any is left over."""
    departing = [j for j in judged.judgements if _departs(j)]
    if not causes or not departing:
        return ()
    used: list[str] = []
    for judgement in departing:
        names = [_excused(finding, causes) for finding in _about(judgement, findings)]
        if not any(names):
            return ()
        used += next(found for found in names if found)
    return tuple(dict.fromkeys(used))


def _departs(judgement: Judgement) -> bool:
    return judgement.status not in PASSES and judgement.output.array is not None


def _about(judgement: Judgement, findings: Sequence[Finding]) -> Iterator[Finding]:
    for finding in findings:
        if finding.implementation == judgement.output.name and finding.departs:
            yield finding


def _excused(finding: Finding, causes: Sequence[str]) -> tuple[str, ...]:
    """The parts of the first name of a finding that is accepted whole."""
    for name in (finding.cause, *finding.also):
        parts = tuple(name.split("+"))
        if finding.status != "unexplained" and set(parts) <= set(causes):
            return parts
    return ()


def strict_failures(
    findings: Sequence[Finding], warnings: Sequence[str], causes: Sequence[str]
) -> Iterator[str]:
    """What fails under ``--strict`` though every output stays inside its bound."""
    for finding in findings:
        allowed = finding.cause in HARMLESS or _excused(finding, causes)
        if not allowed:
            yield f"--strict: {finding.implementation}: {finding.cause} ({finding.status})"
    for warning in warnings:
        yield f"--strict: {warning}"
