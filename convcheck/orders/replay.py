"""Adds up a case's own products as an order says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from convcheck.orders.arithmetic import Sums
from convcheck.orders.found import FoundOrders, Order
from convcheck.orders.products import Products, ProductsAt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convcheck.case.case import Array
    from convcheck.orders.products import Flat

BLOCK = 1 << 14
"""Outputs that are added up at once: their sums stay in the cache."""


@dataclass(frozen=True, eq=False)
class Replay:
    """A case's own operands, added up in the orders that were found for an implementation."""

    products: Products
    """Of the operands as the operation rounds them."""
    found: FoundOrders
    sums: Sums
    """The formats that it adds in."""
    equal: NDArray[np.bool_]
    """For each output, in the flat output, whether its order gives exactly what came out."""

    @property
    def is_whole(self) -> bool:
        """Whether every output is replayed."""
        return bool(self.equal.all())

    @property
    def is_no_sum(self) -> bool:
        """Whether more outputs are no sums of their products than are replayed."""
        return int((self.found.of < 0).sum()) > int(self.equal.sum())


def replay(products: Products, found: FoundOrders, out: Array, sums: Sums) -> Replay:
    """Add up every output that has an order, and hold it against what came out.

    NaN is NaN, and -0 is 0.
    """
    flat = out.reshape(-1)
    equal = np.zeros(flat.size, bool)
    by_order = np.argsort(found.of, kind="stable")
    ends = np.searchsorted(found.of[by_order], np.arange(len(found.orders) + 1))
    for start, end in pairwise(ends.tolist()):
        equal_at(equal, by_order[start:end], products, found, flat, sums)
    return Replay(products, found, sums, equal)


def share_replayed(
    products: Products, found: FoundOrders, out: Array, sums: Sums, outputs: Flat
) -> float:
    """The part of these outputs that their orders give exactly in these formats."""
    flat, equal = out.reshape(-1), np.zeros(out.size, bool)
    for number in np.unique(found.of[outputs]).tolist():
        if number >= 0:
            some = outputs[found.of[outputs] == number]
            equal_at(equal, some, products, found, flat, sums)
    return float(equal[outputs].mean()) if outputs.size else 0.0


def equal_at(
    equal: NDArray[np.bool_],
    outputs: Flat,
    products: Products,
    found: FoundOrders,
    flat: Array,
    sums: Sums,
) -> None:
    """Note in ``equal`` which of these outputs, all of one order, are what it gives."""
    for start in range(0, outputs.size, BLOCK):
        some = outputs[start : start + BLOCK]
        order = found.orders[found.of[some[0]]]
        equal[some] = same(added_up(products.at(some), order, sums), flat[some])


def same(a: Array, b: Array) -> NDArray[np.bool_]:
    """Where two arrays hold the same number, NaN being one."""
    wide = a.astype(np.float64), b.astype(np.float64)
    return np.asarray((wide[0] == wide[1]) | (np.isnan(wide[0]) & np.isnan(wide[1])))


def added_up(at: ProductsAt, order: Order, sums: Sums) -> Array:
    """What the order gives at these outputs, in the output's format."""
    leaves, steps = order.tree.leaves, order.tree.steps
    if not leaves:
        return sums.given(np.zeros(at.count, sums.carrier))
    waiting: dict[int, Array] = {}  # sums that are not yet added to another
    fused = frozenset(order.fused)

    def value(node: int) -> Array:
        if node < len(leaves):
            return sums.product(*at.operands(leaves[node]))
        return waiting.pop(node)

    def final(node: int) -> Array:
        """A sum as the operation gives it, for another that adds the bias."""
        is_bias = node < len(leaves) and leaves[node] == at.bias_leaf
        total = value(node)
        return total if is_bias else sums.given(total).astype(sums.carrier)

    with np.errstate(over="ignore", invalid="ignore"):
        for step, (left, right) in enumerate(steps):
            if sums.bias_apart and step == len(steps) - 1:
                given = Sums(sums.output, sums.output)
                return given.given(given.add(final(left), final(right)))
            waiting[len(leaves) + step] = add(left, right, leaves, fused, at, sums, value)
        return sums.given(value(len(leaves) + len(steps) - 1))


def add(
    left: int,
    right: int,
    leaves: tuple[int, ...],
    fused: frozenset[int],
    at: ProductsAt,
    sums: Sums,
    value: Callable[[int], Array],
) -> Array:
    """The sum of two nodes of a tree with these leaves; ``value`` gives that of one of them."""
    for node, other in ((right, left), (left, right)):
        if node < len(leaves) and leaves[node] in fused:
            return sums.fused(value(other), *at.operands(leaves[node]))
    return sums.add(value(left), value(right))
