"""Why specs fail, found by the diagnosis, and which of them fail for the same reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from convcheck.diagnosis.diagnose import diagnose
from convcheck.results import BROKEN, PASSES, Finding, Output
from convcheck.testing.outcome import Alike
from convcheck.testing.suite import Result
from convcheck.verdict.judge import judge


@dataclass
class Failures:
    """The failures of one implementation, collected as they come."""

    implementation: str
    _found: list[tuple[Result, Finding | None]] = field(default_factory=list)

    def add(self, result: Result, output: Output) -> None:
        """Take a result that failed, and find out why."""
        self._found.append((result, _finding(result, output)))

    def alike(self) -> tuple[Alike, ...]:
        """In groups, the largest first.

        A spec may not tell some causes apart: it is counted to the one that most specs have.
        """
        groups = []
        left = list(self._found)
        while left:
            reasons = Counter(reason for one in left for reason in _reasons(*one))
            ((reason, _),) = reasons.most_common(1)
            mine = [one for one in left if reason in _reasons(*one)]
            left = [one for one in left if reason not in _reasons(*one)]
            groups.append(self._group(reason, mine))
        return tuple(groups)

    def _group(self, reason: str, failed: Sequence[tuple[Result, Finding | None]]) -> Alike:
        # The words of one whose first cause it is.
        named = [one for one in failed if one[1] is not None and one[1].cause == reason]
        result, finding = (named or list(failed))[0]
        specs = tuple(one.spec.id for one, _ in failed)
        command = result.spec.command(self.implementation)
        if finding is None:
            cause = "no longer fails" if result.status in PASSES else result.status.value
            return Alike(cause, cause, specs, _words(result), command=command)
        statuses = {one.status for _, one in failed if one is not None}
        status = statuses.pop() if len(statuses) == 1 else "supported"
        return Alike(reason, status, specs, finding.summary, finding.fix, command)


def _finding(result: Result, output: Output) -> Finding | None:
    """Why the output leaves its bound; None where it does not, or nothing was found."""
    if result.status not in BROKEN:
        return None
    case = result.spec.case
    found = diagnose(case, judge(case, [output]), lambda *_: None).findings
    return next((one for one in found if one.departs), None)


def _reasons(result: Result, finding: Finding | None) -> tuple[str, ...]:
    """The causes that it may be, the likeliest first; else what went wrong, without its numbers."""
    if finding is not None:
        return (finding.cause, *finding.also)
    return (f"{result.status.value}: {re.sub('[0-9]+', '#', _words(result))}",)


def _words(result: Result) -> str:
    words = result.message if result.status not in PASSES else result.failure
    return (words or result.status.value).removeprefix(f"{result.spec}: ")
