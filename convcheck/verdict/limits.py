"""What a user asks for beyond "the same up to rounding", and what of it a check exceeds.

Standard library, ``errors`` and ``results`` alone, so that the command line may import it at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from convcheck.errors import UsageError
from convcheck.results import PASSES, Difference, Finding, Judgement, Verdict

HARMLESS = ("summation-order",)
"""Causes that ``--strict`` lets pass."""


@dataclass(frozen=True)
class Limits:
    """The limits that a user asks for. Raises UsageError for one that is no limit."""

    identical: bool = False
    """Fail unless every pair is identical."""
    max_sum: float | None = None
    """Fail also if a pair's summed absolute difference exceeds this."""
    strict: bool = False
    """Fail also on a finding or warning inside the bounds, ``summation-order`` aside."""
    accept: tuple[str, ...] = ()
    """Causes, or several joined by ``+``: a difference that they wholly explain does not fail."""

    def __post_init__(self) -> None:
        if self.max_sum is not None and not self.max_sum >= 0:  # nan exceeds nothing
            raise UsageError(f"max_sum is {self.max_sum}; expected a number, 0 or more")

    def exceeded(
        self,
        differences: Sequence[Difference],
        findings: Sequence[Finding],
        warnings: Sequence[str],
    ) -> Iterator[str]:
        """Each limit that is exceeded, in words."""
        for pair in differences:
            who = f"{pair.a} and {pair.b}"
            if self.identical and pair.verdict is not Verdict.IDENTICAL:
                yield f"--identical: {who} are not identical"
            if self.max_sum is not None and not (pair.sum_abs or 0.0) <= self.max_sum:
                yield f"--max-sum {self.max_sum:g}: {who} differ by {pair.sum_abs:.6g} in all"
        if self.strict:
            yield from self._strict_failures(findings, warnings)

    def _strict_failures(
        self, findings: Sequence[Finding], warnings: Sequence[str]
    ) -> Iterator[str]:
        for finding in findings:
            if finding.cause not in HARMLESS and not self.accepted_in(finding):
                yield f"--strict: {finding.implementation}: {finding.cause} ({finding.status})"
        for warning in warnings:
            yield f"--strict: {warning}"

    def accepted_causes(
        self, judgements: Sequence[Judgement], findings: Sequence[Finding]
    ) -> tuple[str, ...]:
        """The accepted causes that wholly explain every difference; () where any is left over."""
        failing = [j for j in judgements if j.status not in PASSES and j.output.array is not None]
        if not self.accept or not failing:
            return ()
        used: list[str] = []
        for judgement in failing:
            about = [
                finding
                for finding in findings
                if finding.implementation == judgement.output.name and finding.departs
            ]
            found = next(filter(None, map(self.accepted_in, about)), None)
            if found is None:
                return ()
            used += found
        return tuple(dict.fromkeys(used))

    def accepted_in(self, finding: Finding) -> tuple[str, ...]:
        """The causes of a finding's first name that is accepted whole; () for none."""
        for name in (finding.cause, *finding.also):
            causes = tuple(name.split("+"))
            taken = name in self.accept or set(causes) <= set(self.accept)
            if finding.status != "unexplained" and taken:
                return causes
        return ()
