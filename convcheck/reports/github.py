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
    """An error for each failure, a warning for what is not judged, or one notice that all is well."""
    found = sorted(told.outcomes(result), key=worst_first)
    verdict = told.verdict(result, context)
    sentence = ": ".join(filter(None, (verdict.words, verdict.reading)))
    if told.exit_code(result) == 0:
        lines = [_notice(verdict.words, verdict.reading, found)]
    else:
        lines = [*_annotations("error", found), *_annotations("warning", found)]
    counts = Counter(one.state for one in found)
    numbers = ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
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
    mine = [one for one in found if _TYPES.get(one.state) == kind]
    left = len(mine) - MOST
    for i, one in enumerate(mine[:MOST]):
        lines = [one.message, *one.details, f"({one.group})"]
        if left > 0 and i == MOST - 1:
            also = f"{left:,} more {kind}s are left out"
            lines.append(
                f"{also}: GitHub shows {MOST} of a type for each step, these are the worst"
            )
        yield _command(kind, f"convcheck: {one.name}", lines)


def _notice(title: str, reading: str, found: Sequence[Outcome]) -> str:
    """One for all that is well, and for what did not count."""
    groups = list(dict.fromkeys(one.group for one in found))
    skipped = [one for one in found if one.state is State.SKIPPED]
    lines = [reading or title.lower(), *groups[:MOST]]
    lines += [f"skipped: {one.name}: {one.message}" for one in skipped[:MOST]]
    if len(skipped) > MOST:
        lines.append(f"{len(skipped) - MOST:,} more are skipped")
    return _command("notice", f"convcheck: {title}", lines)


def _command(kind: str, title: str, lines: Sequence[str]) -> str:
    return f"::{kind} title={property_value(title)}::{data(chr(10).join(lines))}"


def _plain(text: str) -> str:
    """A line of the log that is no command."""
    return harmless(" ".join(text.splitlines()))
