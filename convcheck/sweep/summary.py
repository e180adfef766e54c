"""The result of a sweep, told from its file: counts, failures in groups, what is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from convcheck.case.request import Request
from convcheck.results import Status
from convcheck.sweep.ask import Ask
from convcheck.sweep.commands import command, only_command, relations_command
from convcheck.sweep.failing.alike import Alike, Failures
from convcheck.sweep.failing.shrink import alone
from convcheck.sweep.failing.simpler import is_made
from convcheck.sweep.results import (
    SKIPPED,
    Axis,
    CaseResult,
    Checked,
    Failure,
    Fault,
    Implementation,
    Kept,
    Shrunk,
    Smallest,
)
from convcheck.sweep.results_file import ResultsFile
from convcheck.testing.space import DEPTHWISE

WORST = ("failed", "outside", "within", "untested")
"""What of a relation or property is shown by an example, the first that there is."""
REFUSALS = 20
"""Different reasons of one implementation that are kept."""


@dataclass
class Summary:
    """Collects what a report tells, result by result."""

    counts: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    failures: Failures = field(default_factory=Failures)
    limits: Counter[str] = field(default_factory=Counter)
    _statuses: dict[str, Counter[str]] = field(default_factory=dict)
    _refused: dict[str, Counter[str]] = field(default_factory=dict)
    _alike: dict[tuple[str, str], str] = field(default_factory=dict)
    _relations: _Tally = field(default_factory=lambda: _Tally())
    _properties: _Tally = field(default_factory=lambda: _Tally())
    _by_axes: dict[tuple[tuple[str, str], ...], Counter[str]] = field(default_factory=dict)

    def add(self, number: int, request: Request, result: CaseResult) -> None:
        """Take one result."""
        for row in result.rows:
            self._statuses.setdefault(row.name, Counter())[row.status] += 1
            if row.status == Status.UNAVAILABLE.value:
                self._refuse(row.name, row.message or "no reason given")
        self._by_axes.setdefault(values_of(request), Counter())[result.verdict] += 1
        if result.verdict == SKIPPED:
            self.skipped += 1
            return
        self.counts[result.verdict] += 1
        # The words of a limit hold the case's own figures.
        self.limits.update({limit.partition(":")[0] for limit in result.limits})
        if not result.accepted:
            self.failures.add(number, request, result)
        self._relations.add(number, result.relations)
        self._properties.add(number, result.properties)

    def _refuse(self, name: str, message: str) -> None:
        """Count a reason; those that differ in their figures alone are one, told by the first."""
        alike = self._alike.setdefault((name, re.sub("[0-9]+", "#", message)), message)
        refused = self._refused.setdefault(name, Counter())
        refused[alike if alike in refused or len(refused) < REFUSALS else "other reasons"] += 1

    def implementations(
        self, versions: Mapping[str, Mapping[str, str]]
    ) -> tuple[Implementation, ...]:
        """Each implementation's part."""
        return tuple(
            Implementation(
                name,
                versions.get(name, {}),
                dict(statuses),
                dict(self._refused.get(name, Counter()).most_common()),
            )
            for name, statuses in self._statuses.items()
        )

    @property
    def none_ran(self) -> tuple[str, ...]:
        """Implementations that computed no case, with the reason."""
        absent = Status.UNAVAILABLE.value
        return tuple(
            f"{name} computes none of the cases: {self._refused[name].most_common(1)[0][0]}"
            for name, statuses in self._statuses.items()
            if set(statuses) == {absent}
        )

    @property
    def relations(self) -> tuple[Kept, ...]:
        return self._relations.kept()

    @property
    def properties(self) -> tuple[Kept, ...]:
        return self._properties.kept()

    def axes(self, names: tuple[str, ...] | None) -> Axis | None:
        """What cases came to over these axes; the two that vary most where nobody says which.

        None where nothing varies.
        """
        chosen = names or self._varied()
        if not chosen:
            return None
        cells: dict[tuple[str, ...], Counter[str]] = {}
        for values, counts in self._by_axes.items():
            of = dict(values)
            cells.setdefault(tuple(of.get(n, "") for n in chosen), Counter()).update(counts)
        return Axis(chosen, {cell: dict(counts) for cell, counts in cells.items()})

    def _varied(self) -> tuple[str, ...]:
        values: dict[str, set[str]] = {}
        for one in self._by_axes:
            for name, value in one:
                values.setdefault(name, set()).add(value)
        # Few values of each: a picture of hundreds of rows shows nothing.
        ranked = sorted(values, key=lambda n: (len(values[n]) > 12, -len(values[n]), n))
        return tuple(sorted(n for n in ranked[:2] if len(values[n]) > 1))


def values_of(request: Request) -> tuple[tuple[str, str], ...]:
    """The value of each of ``testing.space.AXES``, as it would be typed."""
    shape = request.input_shape or ()
    channels = str(shape[-1]) if shape else "the file's"
    depthwise = bool(shape) and request.groups == shape[-1] > 1
    padding = request.padding if isinstance(request.padding, str) else "in numbers"
    return (
        ("kernel_size", _text(request.kernel_size or (7,))),
        ("strides", _text(request.strides)),
        ("padding", padding),
        ("dilations", _text(request.dilations)),
        ("groups", DEPTHWISE if depthwise else str(request.groups)),
        ("transposed", "yes" if request.transposed else "no"),
        ("rank", str(request.rank or max(len(shape) - 2, 0) or 2)),
        ("dtype", request.input_dtype or "its own"),
        ("pass", request.pass_),
        ("data_format", request.data_format),
        ("bias", request.bias),
        ("input", request.input),
        ("batch", str(shape[0]) if shape else "1"),
        ("channels", channels),
        ("filters", str(request.filters or request.groups)),
    )


def _text(values: Iterable[int]) -> str:
    numbers = tuple(values)
    return str(numbers[0]) if len(set(numbers)) == 1 else ",".join(map(str, numbers))


@dataclass
class _Tally:
    """What came of relations or properties, by implementation."""

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    examples: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def add(self, number: int, checked: Iterable[Checked]) -> None:
        for one in checked:
            self.counts.setdefault((one.implementation, one.what), Counter())[one.came] += 1
            self.examples.setdefault((one.implementation, one.what, one.came), number)

    def kept(self) -> tuple[Kept, ...]:
        return tuple(
            Kept(name, what, dict(counts), self._example(name, what))
            for (name, what), counts in self.counts.items()
        )

    def _example(self, name: str, what: str) -> int | None:
        found = (self.examples.get((name, what, came)) for came in WORST[:-1])
        return next((number for number in found if number is not None), None)


def failures_of(
    groups: Iterable[Alike],
    file: ResultsFile,
    ask: Ask,
) -> Iterator[Failure]:
    """Yield each group with its smallest case, shrunk where that was found."""
    known = file.smallest()
    for one in groups:
        names = alone(one.first.fault, ask)
        found = known.get(one.kind)
        yield Failure(
            fault=_as_it_came_again(one, known),
            number=one.first.number,
            numbers=one.numbers,
            causes=one.causes,
            reproduce=_reproduce(one, file, ask),
            shrunk=Shrunk(command(found.request, names, ask), found.tried) if found else None,
            common=one.common,
            passing_alike=one.passing_alike,
        )


def _as_it_came_again(one: Alike, known: Mapping[tuple[str, str], Smallest | None]) -> Fault:
    """The fault; it says so where the case was run again and did not fail."""
    first = one.first
    gone = one.kind in known and known[one.kind] is None and is_made(first.request)
    words = "; run again by itself, the case did not fail"
    return replace(first.fault, summary=first.fault.summary + words) if gone else first.fault


def _reproduce(one: Alike, file: ResultsFile, ask: Ask) -> str:
    """The command that runs the case by itself; of a relation a sweep, since no other tries it."""
    first = one.first
    if not first.fault.is_of_relation:
        return command(first.request, ask.names, ask)
    if file.is_temporary:
        return relations_command(first.request, alone(first.fault, ask))
    return only_command(first.number, file.path, [first.fault.implementation])
