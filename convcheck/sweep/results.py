"""What a sweep gives: frozen dataclasses. Loads no NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from convcheck.case.request import Request
from convcheck.results import EXIT_CODES, Verdict

SKIPPED = "skipped"
"""In place of a verdict: no implementation can do the case."""
HELD, FAILED, UNTESTED = "held", "failed", "untested"
"""Of a relation: bitwise so, not so, or not to be told there."""
EQUAL, WITHIN, OUTSIDE = "equal", "within", "outside"
"""Of a property: bitwise equal, within the bound of its own, or not."""


RELATION = "relation:"
"""What the cause of a case that fails a relation alone begins with; its name follows."""
NO_OUTPUT = ("crashed", "timed-out")
"""Statuses that stand in place of a cause where there is no output."""


@dataclass(frozen=True)
class Row:
    """What one implementation gave for one case."""

    name: str
    status: str
    """A ``results.Status`` by its value."""
    digest: str | None = None
    """Of dtype, shape and every bit of the output."""
    over_bound: float | None = None
    """Largest error over its bound."""
    message: str | None = None


@dataclass(frozen=True)
class Fault:
    """Why a case fails: a finding about one implementation, or what stands in its place."""

    implementation: str
    cause: str
    """A cause of the catalogue, ``relation:NAME``, or the status of a row that is none."""
    status: str
    """``proved``, ``supported``, ``unexplained``; else as ``cause``."""
    summary: str
    also: tuple[str, ...] = ()
    of_pair: bool = False
    """Whether it shows beside others alone: each output is right for its own format."""

    @property
    def is_no_output(self) -> bool:
        """Whether it crashed or took too long: nothing can be said of what it computes."""
        return self.cause in NO_OUTPUT

    @property
    def is_of_relation(self) -> bool:
        """Whether a relation fails, which a sweep alone tries."""
        return self.cause.startswith(RELATION)


@dataclass(frozen=True)
class Checked:
    """One relation or property of one implementation, tried on one case."""

    implementation: str
    what: str
    came: str
    """``held``, ``failed`` or ``untested``; of a property ``equal``, ``within``, ``outside``."""


@dataclass(frozen=True)
class CaseResult:
    """What was found about one case of a sweep."""

    verdict: str
    """A ``Verdict`` by its value, or ``skipped``."""
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()
    limits: tuple[str, ...] = ()
    """Limits asked for that are exceeded."""
    accepted: bool = False
    """Whether causes that were accepted explain all."""
    relations: tuple[Checked, ...] = ()
    properties: tuple[Checked, ...] = ()
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By implementation."""

    @property
    def fails(self) -> bool:
        """Whether it makes a sweep end with 1."""
        different = self.verdict == Verdict.DIFFERENT.value and not self.accepted
        return different or bool(self.limits)


@dataclass(frozen=True)
class Smallest:
    """The smallest case that fails alike, as it is kept: a command in a file could be anyone's."""

    request: Request
    tried: int


@dataclass(frozen=True)
class Shrunk:
    """The smallest case that fails alike."""

    command: str
    """A ``convcheck compare`` that exits with 1 by itself."""
    tried: int
    """Cases that were run to find it."""


@dataclass(frozen=True)
class Failure:
    """Cases that fail alike, told by the smallest of them."""

    fault: Fault
    number: int
    """Of the case, in the results."""
    numbers: tuple[int, ...]
    """Of all of them."""
    reproduce: str
    """The command that runs the case alone."""
    causes: tuple[str, ...] = ()
    """All that were found of them, the commonest first."""
    shrunk: Shrunk | None = None
    common: tuple[str, ...] = ()
    """What all of them have: ``stride > kernel``."""
    passing_alike: int = 0
    """Cases that have it too and pass."""


@dataclass(frozen=True)
class Implementation:
    """One implementation's part of a sweep."""

    name: str
    versions: Mapping[str, str]
    by_status: Mapping[str, int]
    refused: Mapping[str, int] = field(default_factory=dict)
    """Why it cannot do cases, and how many."""


@dataclass(frozen=True)
class Kept:
    """How often an implementation kept a relation or a property."""

    implementation: str
    what: str
    counts: Mapping[str, int]
    """By what came of it."""
    example: int | None = None
    """A case that fails it most."""


@dataclass(frozen=True)
class Change:
    """A case that another file has otherwise."""

    number: int
    implementation: str
    before: str
    """Status, or verdict, there."""
    after: str
    bitwise_only: bool
    """Whether the bits changed and what is said of them did not."""
    reproduce: str


@dataclass(frozen=True)
class Axis:
    """What cases came to by the value of one axis or of two, for a picture."""

    names: tuple[str, ...]
    cells: Mapping[tuple[str, ...], Mapping[str, int]]
    """Values -> counts by verdict."""


@dataclass(frozen=True)
class SweepCheck:
    """The result of a sweep."""

    source: str
    """What was swept: ``a random sample``, ``a grid``, a file."""
    total: int
    """Cases."""
    counts: Mapping[str, int]
    """By verdict."""
    skipped: int = 0
    """Cases that no implementation can do; not in ``counts``."""
    impossible: int = 0
    """Combinations of a grid that are no convolution, left out."""
    failures: tuple[Failure, ...] = ()
    implementations: tuple[Implementation, ...] = ()
    relations: tuple[Kept, ...] = ()
    properties: tuple[Kept, ...] = ()
    changes: tuple[Change, ...] | None = None
    """Against another file; None where none is."""
    against: str | None = None
    axes: Axis | None = None
    results: str | None = None
    """The file that holds every result."""
    limits: tuple[str, ...] = ()
    """Limits exceeded, with how many cases."""
    none_ran: tuple[str, ...] = ()
    """Implementations that computed no case, each with its reason."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of what judged."""
    seconds: float = 0.0
    unfinished: int = 0
    """Cases without a result."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the cases'."""
        order = (Verdict.DIFFERENT, Verdict.UNDECIDED, Verdict.ROUNDING, Verdict.IDENTICAL)
        return next((v for v in order if self.counts.get(v.value)), Verdict.UNDECIDED)

    @property
    def exit_code(self) -> int:
        """1 where a case fails, 3 where one is undecided or an implementation never ran, else 0."""
        if self.limits or any(not one.fault.is_no_output for one in self.failures):
            return EXIT_CODES[Verdict.DIFFERENT]
        left = self.none_ran or self.unfinished or not any(self.counts.values())
        undecided = self.counts.get(Verdict.UNDECIDED.value) or left
        return EXIT_CODES[Verdict.UNDECIDED] if undecided else 0
