"""Trees one rotation or one fused leaf away from a tree, all added up together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcheck.orders.arithmetic import Sums
from convcheck.orders.found import Order
from convcheck.orders.products import ProductsAt
from convcheck.orders.replay import same

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convcheck.case.case import Array


class Change(NamedTuple):
    """What makes a tree its neighbour."""

    step: int
    """The addition whose result is the first to be another."""
    node: int
    """Fused: the leaf that is, or no longer is. Rotated: the node that loses one of its two."""
    lost: int
    """The node that is added later; -1 where a leaf is fused or not."""


def parts_given(
    order: Order, at: ProductsAt, sums: Sums, only: Collection[Change] | None = None
) -> dict[Change, float]:
    """For each neighbour the part of these outputs at which it gives what the order gives.

    ``only`` are the neighbours that are wanted; None for all.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _Sweep(order, at, sums, only).parts()


class _Sweep:
    """One walk from the leaves to the root that carries every neighbour's sums along."""

    def __init__(
        self, order: Order, at: ProductsAt, sums: Sums, only: Collection[Change] | None
    ) -> None:
        self._only = only
        self._tree, self._sums, self._at = order.tree, sums, at
        self._leaves = len(order.tree.leaves)
        self._fused = {t for t, leaf in enumerate(order.tree.leaves) if leaf in set(order.fused)}
        self._operands = [at.operands(leaf) for leaf in order.tree.leaves]
        self._values = [sums.product(x, k) for x, k in self._operands]

    def parts(self) -> dict[Change, float]:
        steps = self._tree.steps
        alike: dict[Change, float] = {}
        carried: dict[int, tuple[list[Change], Array]] = {}
        for left, right in steps:
            self._values.append(self._add(left, right))
        for step, pair in enumerate(steps):
            node = self._leaves + step
            changes, rows = [], []
            for child, other in (pair, pair[::-1]):
                if child in carried:
                    old, sums = carried.pop(child)
                    changes += old
                    rows.append(self._add(child, other, instead=sums))
            for change, row in self._changes(step, *pair):
                changes.append(change)
                rows.append(row[None])
            if not changes:
                continue
            every = np.concatenate(rows)
            differ: NDArray[np.bool_] = np.any(~same(every, self._values[node]), axis=1)
            # What is the same here is the same to the root.
            alike |= {c: 1.0 for c, one in zip(changes, differ, strict=True) if not one}
            left_over = [c for c, one in zip(changes, differ, strict=True) if one]
            carried[node] = left_over, every[differ]
        if not carried:
            return alike
        ((changes, rows_at_root),) = carried.values()
        given = self._sums.given
        equal = same(given(rows_at_root), given(self._values[-1])).mean(axis=1)
        return alike | dict(zip(changes, equal.tolist(), strict=True))

    def _changes(self, step: int, left: int, right: int) -> Iterator[tuple[Change, Array]]:
        """The neighbours whose first other sum is this one."""
        for child, other in ((left, right), (right, left)):
            if child < self._leaves:
                fused = self._fused ^ {child}
                if child in fused:
                    fused -= {other}  # of two leaves one product is rounded by itself
                change = Change(step, child, -1)
                if self._is_wanted(change):
                    yield change, self._add(child, other, fused=fused)
                continue
            for kept, lost in self._both_ways(child):
                change = Change(step, child, lost)
                if self._is_wanted(change):
                    inner = self._add(kept, other)
                    yield change, self._add(-1, lost, instead=inner)

    def _is_wanted(self, change: Change) -> bool:
        return self._only is None or change in self._only

    def _both_ways(self, node: int) -> tuple[tuple[int, int], tuple[int, int]]:
        left, right = self._tree.steps[node - self._leaves]
        return (left, right), (right, left)

    def _add(
        self, a: int, b: int, *, instead: Array | None = None, fused: set[int] | None = None
    ) -> Array:
        """The sum of nodes a and b; ``instead`` are sums in a's place."""
        fused = self._fused if fused is None else fused
        of_a = self._values[a] if instead is None else instead
        if b in fused:
            return self._sums.fused(of_a, *self._operands[b])
        if instead is None and a in fused:
            return self._sums.fused(self._values[b], *self._operands[a])
        return self._sums.add(of_a, self._values[b])
