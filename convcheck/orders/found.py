"""What a search found: the order of each output."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from convcheck.errors import ConvcheckError
from convcheck.orders.tree import Join, Tree, tree_of

NO_SUM = -1
"""In place of the order of an output that is no sum of its products, or of which none was found."""


class NoOrders(ConvcheckError):
    """Arrays that describe no orders."""


@dataclass(frozen=True)
class Order:
    """How an output is added up."""

    tree: Tree
    fused: tuple[int, ...] = ()
    """Leaves whose product enters its sum in one rounding, ascending."""

    def restricted(self, leaves: Collection[int]) -> Order:
        """What is left with these leaves alone, the others being 0.

        A product that nothing is left to be added to is rounded by itself, and so no longer fused.
        """
        kept, tree = set(leaves), self.tree
        before = [0, *accumulate(leaf in kept for leaf in tree.leaves)]  # kept ones up to a place
        still = []
        for leaf in self.fused:
            others = tree.added_to[leaf]
            if leaf in kept and before[others.stop] > before[others.start]:
                still.append(leaf)
        return Order(tree.restricted(kept), tuple(still))


@dataclass(frozen=True, eq=False)
class FoundOrders:
    """The orders of a case's outputs."""

    orders: tuple[Order, ...]
    of: NDArray[np.int32]
    """The order of each output, in the flat output."""
    experiments: int
    """Convolutions that were computed to find them."""

    def to_arrays(self) -> dict[str, NDArray[np.int32]]:
        """The same as arrays."""
        leaves = [leaf for order in self.orders for leaf in order.tree.leaves]
        gaps = [gap for order in self.orders for gap in _one_for_each_leaf(order.tree)]
        fused = [leaf in set(order.fused) for order in self.orders for leaf in order.tree.leaves]
        counts = [len(order.tree.leaves) for order in self.orders]
        return {
            "of": self.of,
            "counts": np.array(counts, np.int32),
            "leaves": np.array(leaves, np.int32),
            "gaps": np.array(gaps, np.int32),
            "fused": np.array(fused, np.int32),
        }


def _one_for_each_leaf(tree: Tree) -> tuple[int, ...]:
    """The gaps after each leaf, 0 after the last."""
    return (*tree.gaps, 0) if tree.leaves else ()


def from_arrays(
    arrays: dict[str, NDArray[np.int32]], experiments: int, outputs: int, leaves: int
) -> FoundOrders:
    """The orders that these arrays describe, of so many outputs with at most so many leaves.

    Raises NoOrders for anything else: whatever runs in a worker may have written them.
    """
    names = ("of", "counts", "leaves", "gaps", "fused")
    if sorted(arrays) != sorted(names) or any(
        a.dtype != np.int32 or a.ndim != 1 for a in arrays.values()
    ):
        raise NoOrders("no arrays of orders")
    of, counts = arrays["of"], arrays["counts"]
    total = int(counts.sum(dtype=np.int64)) if counts.size and counts.min() >= 0 else 0
    if of.size != outputs or {arrays[name].size for name in names[2:]} != {total}:
        raise NoOrders("arrays of orders that do not fit together")
    if of.size and not (of.min() >= -1 and of.max() < len(counts)):
        raise NoOrders("outputs of no order")
    orders, start = [], 0
    for count in counts.tolist():
        piece = slice(start, start + count)
        start += count
        orders.append(_order(*(arrays[name][piece].tolist() for name in names[2:]), most=leaves))
    return FoundOrders(tuple(orders), of, experiments)


def _order(leaves: list[int], gaps: list[int], fused: list[int], *, most: int) -> Order:
    known = set(leaves)
    if len(known) != len(leaves) or not all(0 <= leaf < most for leaf in leaves):
        raise NoOrders("a tree with other leaves")
    joins: list[Join] = list(zip(gaps, leaves, leaves[1:], strict=False))
    tree = tree_of(leaves, joins)
    if tree is None or (leaves and tree.leaves != tuple(leaves)):
        raise NoOrders("something that is no tree")
    return Order(tree, tuple(sorted(leaf for leaf, one in zip(leaves, fused, strict=True) if one)))
