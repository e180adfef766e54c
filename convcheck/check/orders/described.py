"""What was found of an implementation's sums, as reports tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from convcheck.orders.found import Order
from convcheck.orders.replay import Replay
from convcheck.orders.words import order_words, sums_words
from convcheck.results import SumOrder, TreeShape
from convcheck.results.order import NOT_A_SUM, PARTLY, REPLAYED

MOST_COMPARED = 16
"""Orders, those with the most leaves, that others may be part of."""
PLACES = 8
"""Places that are told of outputs that are left over."""


def described(
    told: SumOrder, done: Replay, shape: tuple[int, ...], *, fused_shows: bool = True
) -> SumOrder:
    """The same with what the replay of an output of this shape came to.

    ``fused_shows`` says whether fused products are worth a word: of exact ones they round alike.
    """
    found, equal = done.found, int(done.equal.sum())
    counts = np.bincount(found.of[found.of >= 0], minlength=len(found.orders))
    status = REPLAYED if equal == told.total else NOT_A_SUM if done.is_no_sum else PARTLY
    told = replace(told, status=status, outputs_equal=equal, probes=found.experiments)
    if not found.orders:
        return told
    orders = found.orders if fused_shows else [replace(one, fused=()) for one in found.orders]
    whole, owners = whole_orders(orders)
    of_whole = Counter[int]()
    for owner, count in zip(owners, counts.tolist(), strict=True):
        of_whole[owner] += count
    (commonest, mostly), *_ = of_whole.most_common(1)
    order = whole[commonest]
    left = np.flatnonzero((found.of >= 0) & ~done.equal)[:PLACES]
    places = np.stack(np.unravel_index(left, shape), axis=1).tolist()
    return replace(
        told,
        trees=len(whole),
        words=order_words(order, done.products.bias_leaf),
        formats=sums_words(done.sums),
        elsewhere=int(counts.sum()) - mostly,
        left_over=tuple(tuple(place) for place in places),
        shape=TreeShape(order.tree.leaves, order.tree.steps, order.fused),
    )


def whole_orders(orders: Sequence[Order]) -> tuple[list[Order], list[int]]:
    """Orders that are not others without some leaves, and which of them each order is part of."""
    whole: list[Order] = []
    owners = [0] * len(orders)
    for number in sorted(range(len(orders)), key=lambda n: -len(orders[n].tree.leaves)):
        order = orders[number]
        leaves = set(order.tree.leaves)
        owner = next(
            (
                place
                for place, one in enumerate(whole[:MOST_COMPARED])
                if leaves <= set(one.tree.leaves) and one.restricted(leaves) == order
            ),
            None,
        )
        if owner is None:
            owner = len(whole)
            whole.append(order)
        owners[number] = owner
    return whole, owners
