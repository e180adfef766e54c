"""The result of a run of the suite as reports show it: plain, frozen, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Alike:
    """Specs that fail for one reason."""

    cause: str
    """A cause of the catalogue; else the status that they have."""
    status: str
    """``proved``, ``supported`` or ``unexplained`` for a cause; else as ``cause``."""
    specs: tuple[str, ...]
    summary: str
    """In the words of the first of them."""
    fix: str | None = None
    command: str = ""
    """The command line that compares the first of them."""


@dataclass(frozen=True)
class Known:
    """A failure that the suite expects, where it was met."""

    cause: str
    text: str
    link: str
    specs: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """Specs that an implementation cannot compute, by its own reason."""

    reason: str
    specs: tuple[str, ...]


@dataclass(frozen=True)
class SpecResult:
    """What became of one spec."""

    name: str
    status: str
    message: str | None
    over_bound: float | None
    """Largest error over its bound."""
    failure: str | None
    """Why the suite does not accept it."""


@dataclass(frozen=True)
class SuiteResult:
    """One implementation's results."""

    name: str
    versions: Mapping[str, str]
    counts: Mapping[str, int]
    """Specs, and how many of them are within their bounds, exact, unavailable, outside."""
    exit_code: int
    failures: tuple[Alike, ...] = ()
    """The largest group first."""
    none_ran: str | None = None
    """Why it computes none of the specs."""
    known: tuple[Known, ...] = ()
    refused: tuple[Refused, ...] = ()
    results: tuple[SpecResult, ...] = ()


@dataclass(frozen=True)
class ConformanceCheck:
    """The results of all implementations that were tested."""

    tested: tuple[SuiteResult, ...]
    exit_code: int = 0
    patterns: tuple[str, ...] = ()
    """Of the names of specs; () for all of them."""
    stopped: bool = False
    """Whether it ended at the first failure, with specs left."""
    reasons: bool = False
    """Whether a report for people lists every reason for which a spec is unavailable."""
