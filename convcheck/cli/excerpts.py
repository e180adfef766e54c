"""What a page shows of the arrays of a command's cases, taken while they are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.excerpt.data import Excerpt
    from convcheck.results import Check

_ONE, _SEVERAL = 2_300_000, 2_500_000
"""Bytes of numbers in a page of one case, and of several."""
_PIXELS_OF_SEVERAL = 96
_SHARES_OF_FAILING = 4


def of_one(case: Case, check: Check) -> dict[str, Excerpt]:
    """The excerpt of a page about one case."""
    from convcheck.excerpt.take import take  # here: it loads NumPy

    found = take(case, check, _ONE)
    return {} if found is None else {"": found}


@dataclass
class Excerpts:
    """Excerpts of several cases, one after another, which share what a page may hold."""

    found: dict[str, Excerpt] = field(default_factory=dict)
    """Number of the case, from "0" on -> its excerpt."""
    _left: float = _SEVERAL
    _seen: int = 0
    _shares: int = 0

    def add(self, case: Case, check: Check, remaining: int) -> None:
        """Take what there is of a case; ``remaining`` cases are left, this one counted.

        One that fails gets as much room as several of the others.
        """
        from convcheck.excerpt.take import take  # here: it loads NumPy

        shares = _SHARES_OF_FAILING if check.exit_code else 1
        self._shares += shares
        expected = self._shares / (self._seen + 1)  # of each that is to come: as those so far
        most = self._left * shares / (shares + (remaining - 1) * expected)
        excerpt = take(case, check, int(most), pixels=_PIXELS_OF_SEVERAL)
        if excerpt is not None:
            self.found[str(self._seen)] = excerpt
            self._left -= excerpt.numbers.size if excerpt.numbers else 0
        self._seen += 1
