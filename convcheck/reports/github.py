"""Workflow commands: GitHub shows them as annotations of a run and of a pull request.

Of one type it shows ten for each step and drops the rest: the ten worst are printed, and the last
of them says how many are left out. A plain line with the verdict is the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from convcheck.reports import outcomes as told
from convcheck.reports.context import Context
from convcheck.reports.harmless import harmless
from convcheck.reports.outcomes.outcome import Outcome, State, worst_first

MOST = 10
"""Annotations of a type that GitHub shows for a step."""
_TYPES = {State.FAILED: "error", State.ERROR: "warning", State.SKIPPED: "warning"}


def render(result: object, context: Context) -> str:
    """Errors for failures, warnings for what is undecided, and one notice where all is well."""
    found = sorted(told.outcomes(result), key=worst_first)
    verdict = told.verdict(result, context)
    sentence = ": ".join(filter(None, (verdict.words, verdict.reading)))
    lines = [*_annotations("error", found), *_annotations("warning", found)]
    if told.exit_code(result) == 0:
        about = dict.fromkeys(one.group for one in found)
        first = (f"{one.name}: {one.message}" for one in found[:MOST])
        message = [verdict.reading or "all of it passed", *about, *first]
        lines.append(_command("notice", f"convcheck: {verdict.words}", message))
    counts = Counter(one.state for one in found)
    numbers = ", ".join(f"{counts[state]:,} {state.value}" for state in State if counts[state])
    lines.append(_plain(f"convcheck: {sentence} ({numbers or 'nothing looked at'})"))
    if context.reproduce:
        lines.append(_plain(f"convcheck: again with {context.reproduce}"))
    return "\n".join(lines)


def data(text: str) -> str:
    """A command's message, escaped."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_value(text: str) -> str:
    """A command's property, escaped."""
    return data(text).replace(":", "%3A").replace(",", "%2C")


def _annotations(kind: str, found: Sequence[Outcome]) -> Iterator[str]:
    mine = [one for one in found if _TYPES.get(one.state) == kind and not one.minor]
    left = len(mine) - MOST
    for i, one in enumerate(mine[:MOST]):
        lines = [one.message, *one.details, f"({one.group})"]
        if left > 0 and i == MOST - 1:
            also = f"{left:,} more {kind}s are left out"
            lines.append(
                f"{also}: GitHub shows {MOST} of a type for each step, these are the worst"
            )
        yield _command(kind, f"convcheck: {one.name}", lines)


def _command(kind: str, title: str, lines: Sequence[str]) -> str:
    return f"::{kind} title={property_value(title)}::{data(chr(10).join(lines))}"


def _plain(text: str) -> str:
    """A line of the log that is no command."""
    return harmless(" ".join(text.splitlines()))
