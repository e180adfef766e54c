"""What to do after a sweep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from convcheck.results import EXIT_CODES, Verdict

if TYPE_CHECKING:
    from convcheck.sweep.results import SweepCheck

_PROVED = "proved"


def next_steps(result: SweepCheck) -> Iterator[tuple[str, Text]]:
    """Sections: what to run, what it would tell, where every result is."""
    steps = list(_steps(result))
    for i, step in enumerate(steps):
        yield "" if i else "next", Text(step)
    if result.results:
        yield "results", Text(f"every case's are in {result.results}")


def _steps(result: SweepCheck) -> Iterator[str]:
    found = result.failures
    if any(one.shrunk for one in found):
        yield "run a failure's convcheck compare: it exits with 1 by itself and says how to fix it"
    if any(one.fault.status == _PROVED for one in found):
        yield "convcheck explain CAUSE says what a cause is, and how it is proved"
    if result.none_ran:
        yield "convcheck implementations says what to install"
    if result.exit_code == EXIT_CODES[Verdict.IDENTICAL] and not found:
        yield "nothing: no failure was found, though of other cases that proves nothing"
