"""A result as a list of outcomes, from which ``junit`` and ``github`` are made.

The states agree with the exit code: it is 1 where some outcome failed, 3 where none failed but some
is an error or skipped. Where it is 0 nothing is an error, and what is skipped does not count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from convcheck.reports.by_result import file_for
from convcheck.reports.content import content
from convcheck.reports.content.blocks import GLUE, Headline
from convcheck.reports.context import Context
from convcheck.reports.outcomes.outcome import Outcome, State


def outcomes(result: object) -> list[Outcome]:
    """The outcomes in the order of the result. Raises TypeError for what has no report."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for one in file_for(__name__, result).outcomes(result):
        name = one.name
        while seen[one.group, name]:
            seen[one.group, one.name] += 1
            name = f"{one.name} ({seen[one.group, one.name]})"
        seen[one.group, name] += 1
        found.append(replace(one, name=name))
    return found


def verdict(result: object, context: Context) -> Headline:
    """The verdict in capitals and in a sentence, as every report has it."""
    for block in content(result, context):
        if isinstance(block, Headline):
            return replace(block, reading=block.reading.replace(GLUE, " "))
    here = [one.name for one in outcomes(result) if one.state is State.PASSED]
    return Headline("IMPLEMENTATIONS", "", f"{', '.join(here) or 'none'} can run here")


def exit_code(result: object) -> int:
    """The exit code of the command; a mere list has no other than 0."""
    return getattr(result, "exit_code", 0)
