"""Which cases fail alike: by what they have in common, else by the cause that was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

from convcheck.case.request import Request
from convcheck.results import Status
from convcheck.sweep.failing.features import features, in_common
from convcheck.sweep.results import CaseResult, Fault

FEW = 3
"""From so many failures on, what they have in common tells something."""


@dataclass(frozen=True)
class Failing:
    """A case and one fault of it."""

    number: int
    request: Request
    fault: Fault

    @property
    def reasons(self) -> tuple[str, ...]:
        """The causes that it may be, the likeliest first."""
        return self.fault.cause, *self.fault.also

    @property
    def is_proved(self) -> bool:
        return self.fault.status == "proved"


@dataclass(frozen=True)
class Alike:
    """Failures of one implementation that have one reason, as far as can be told."""

    cause: str
    first: Failing
    """The smallest case, of those whose first cause it is, and where it is proved if anywhere."""
    numbers: tuple[int, ...]
    causes: tuple[str, ...]
    """All that were found of them, the commonest first."""
    common: tuple[str, ...]
    passing_alike: int

    @property
    def kind(self) -> tuple[str, str]:
        """By what it is kept."""
        return self.first.fault.implementation, self.cause


@dataclass
class Failures:
    """Collects the failures of a sweep, result by result."""

    _failing: dict[str, list[Failing]] = field(default_factory=dict)
    _passing: dict[str, list[frozenset[str]]] = field(default_factory=dict)

    def add(self, number: int, request: Request, result: CaseResult) -> None:
        """Take a result, of a case that fails or not."""
        faulty = {fault.implementation for fault in result.faults}
        for fault in result.faults:
            self._failing.setdefault(fault.implementation, []).append(
                Failing(number, request, fault)
            )
        found = features(request) if result.rows else frozenset()
        for row in result.rows:
            if row.name not in faulty and row.status != Status.UNAVAILABLE.value:
                self._passing.setdefault(row.name, []).append(found)

    def alike(self) -> list[Alike]:
        """In groups: wrong outputs before crashes, the largest group first."""
        groups = [one for name in self._failing for one in self._of(name)]
        return sorted(
            groups,
            key=lambda one: (one.first.fault.is_no_output, -len(one.numbers), one.first.number),
        )

    def _of(self, name: str) -> Iterator[Alike]:
        every, passing = self._failing[name], self._passing.get(name, [])
        for no_output in (False, True):
            mine = [one for one in every if one.fault.is_no_output is no_output]
            if mine:
                yield from _grouped(mine, passing)


def _grouped(left: list[Failing], passing: Sequence[frozenset[str]]) -> Iterator[Alike]:
    """All in one where that explains them, else by cause."""
    # One property that all have and no case that passes: that is one fault, however it shows.
    whole = _alike(left, passing)
    if len({one.number for one in left}) >= FEW and whole.common and not whole.passing_alike:
        yield whole
        return
    while left:
        reasons = Counter(reason for one in left for reason in one.reasons)
        # Of equally common ones that which is the first of more.
        firsts = Counter(one.fault.cause for one in left)
        best = max(reasons, key=lambda reason: (reasons[reason], firsts[reason]))
        yield _alike([one for one in left if best in one.reasons], passing, best)
        left = [one for one in left if best not in one.reasons]


def _alike(
    failing: Sequence[Failing], passing: Sequence[frozenset[str]], cause: str | None = None
) -> Alike:
    causes = Counter(one.fault.cause for one in failing)
    cause = cause or causes.most_common(1)[0][0]
    named = [one for one in failing if one.fault.cause == cause] or list(failing)
    common, others = in_common([features(one.request) for one in failing], passing)
    return Alike(
        cause=cause,
        # What is proved of one is said of all: of the smallest it may be a guess.
        first=min(named, key=lambda one: (not one.is_proved, _size(one.request), one.number)),
        numbers=tuple(dict.fromkeys(one.number for one in failing)),
        causes=tuple(name for name, _ in causes.most_common()),
        common=common if len(failing) >= FEW else (),
        passing_alike=others if len(failing) >= FEW else 0,
    )


def _size(request: Request) -> int:
    """About how much a case computes."""
    taps = prod(request.kernel_size or (7,))
    return prod(request.input_shape or (1 << 20,)) * taps * (request.filters or 1)
