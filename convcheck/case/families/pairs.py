"""Pairs of channels, or of taps, that cancel each other; one that is left over joins a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcheck.case.case import Array


@dataclass(frozen=True)
class Pairs:
    """Members that cancel each other, as indices: a pair for each row."""

    first: Array
    second: Array
    third: Array
    """Members that join a first one; none where all have partners."""
    joined: Array
    """The row that each third one joins."""

    @classmethod
    def neighbours(cls, order: Array) -> Pairs:
        """Pairs of neighbours in each row of ``order``; who is left over joins the row's first."""
        rows, each = order.shape
        pairs, odd = each // 2, each % 2
        return cls(
            order[:, 0 : 2 * pairs : 2].ravel(),
            order[:, 1 : 2 * pairs : 2].ravel(),
            order[:, each - odd :].ravel(),
            np.arange(rows * odd) * pairs,
        )

    @property
    def doubled(self) -> Array:
        """By row: what the second one's weight is multiplied by."""
        found = np.ones(len(self.first))
        found[self.joined] = 2.0
        return found

    def place(self, into: Array, first: Array, second: Array) -> Array:
        """``into`` with values of each pair, along the last axis, at its members' places.

        A third one gets what the first one has.
        """
        into[..., self.first] = first
        into[..., self.second] = second
        into[..., self.third] = first[..., self.joined]
        return into
