"""Which row of a drawing each convolution of two networks has: a pair shares one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rows:
    """The rows of the two networks' convolutions, from 1: what goes in has row 0."""

    a: Mapping[int, int]
    b: Mapping[int, int]
    """Place among the model's convolutions -> row."""
    end: int
    """The row after all of them, of the first outputs."""


def rows(count_a: int, count_b: int, partners: Mapping[int, int]) -> Rows:
    """A's convolutions in run order; those of B beside their partners, else after the one before.

    ``partners`` are pairs of places, of A and of B.
    """
    taken = set(partners.values())
    order: list[tuple[int | None, int | None]] = [(i, partners.get(i)) for i in range(count_a)]
    for j in range(count_b):
        if j not in taken:
            known = [other for _, other in order]
            place = known.index(j - 1) + 1 if j else 0
            order.insert(place, (None, j))
    return Rows(
        {i: row for row, (i, _) in enumerate(order, start=1) if i is not None},
        {j: row for row, (_, j) in enumerate(order, start=1) if j is not None},
        len(order) + 1,
    )
