"""The result of checking several cases: frozen dataclasses, standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from convcheck.results import EXIT_CODES, Check, Verdict, worst

_WORST_FIRST = tuple(dict.fromkeys(EXIT_CODES[verdict] for verdict in Verdict))


@dataclass(frozen=True)
class NamedCheck:
    """One of the cases."""

    name: str
    """Of verify the bundle's file as typed, of compare the case's name in its file."""
    check: Check
    reproduce: str = ""
    """The command line that checks it alone."""
    own: tuple[str, ...] = ()
    """Options that it sets for itself, such as ``--strides``: no settings hold for these."""


@dataclass(frozen=True)
class CasesCheck:
    """The result of checking several cases, in their order."""

    cases: tuple[NamedCheck, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the cases'."""
        return worst([case.check.verdict for case in self.cases])

    @property
    def exit_code(self) -> int:
        """The worst of the cases': different or a limit exceeded, undecided, the same."""
        return worst_exit_code(case.check.exit_code for case in self.cases)


def without_arrays(check: Check) -> Check:
    """The figures alone, so that a case's arrays are freed before the next one's arrive."""
    return replace(
        check,
        judgements=tuple(
            replace(one, output=replace(one.output, array=None), maps=None, violations=None)
            for one in check.judgements
        ),
    )


def worst_exit_code(codes: Iterable[int]) -> int:
    """The exit code that counts among several: 1, else 3, else 0."""
    return min(codes, key=rank, default=0)


def rank(exit_code: int) -> int:
    """Where an exit code stands among others, the worst first: 1, 3, 0."""
    return _WORST_FIRST.index(exit_code)
