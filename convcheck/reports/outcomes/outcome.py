"""One thing that a check looked at, as test reports and annotations tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class State(str, Enum):
    """What became of it. Worst first."""

    FAILED = "failed"
    """Different, or over a limit that was asked for: the exit code is 1."""
    ERROR = "in error"
    """It crashed, took too long or is not here."""
    SKIPPED = "skipped"
    """Nobody can say: there is no bound, or nothing to compare with."""
    PASSED = "passed"


@dataclass(frozen=True)
class Outcome:
    """One thing that a check looked at: an implementation, a pair, a layer, a case, a spec."""

    group: str
    """What it belongs to, such as the case or the model's file."""
    name: str
    """Unique within its group."""
    state: State
    message: str
    """What came out, in a line."""
    details: tuple[str, ...] = ()
    """Lines that say more: why, and what to do."""
    seconds: float | None = None
    size: float = 0.0
    """How far it is from right, to put the worst first."""
    minor: bool = False
    """Whether annotations leave it out: it is expected, or another outcome says why."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Package -> version of what computed it."""


def worst_first(outcome: Outcome) -> tuple[int, float]:
    """A key to sort by."""
    return list(State).index(outcome.state), -outcome.size
