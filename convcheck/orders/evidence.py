"""How surely the replay of a case's own operands speaks for the orders that were found.

A wrong tree may round as the right one does. How often that happens is measured with the trees
nearest to it, one rotation or one fused leaf away: if at most a part s of a tree's outputs comes
out of such a neighbour as well, then all N outputs do by chance with s^N. The evidence is the sum
of -ln s over the outputs.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np

from convcheck.orders.neighbours import Change, parts_given

if TYPE_CHECKING:
    from convcheck.orders.found import Order
    from convcheck.orders.products import Flat
    from convcheck.orders.replay import Replay

ENOUGH = 32.0
"""The evidence of a proof: a chance below e^-32, 1e-14."""
MOST_LEAVES = 2048
"""Trees with more have too many neighbours to add up: they count as without evidence."""
LARGEST_SAMPLE = 4096
"""Outputs at which a neighbour rounds as its tree does, if there are as many, to be left out."""


def evidence(replay: Replay, *, enough: float = ENOUGH) -> float:
    """The sum of -ln s over the outputs that are replayed; no more is added once it is enough.

    Neighbours that round alike everywhere are left out: nothing on this case tells them apart. A
    tree of which nothing is left, or that has no neighbours, adds nothing; nor do sums that another
    operation adds a bias to.
    """
    if replay.sums.bias_apart:  # neighbours are added up in one operation
        return 0.0
    found, total = replay.found, 0.0
    counts = np.bincount(found.of[replay.equal], minlength=len(found.orders))
    for number in np.argsort(-counts, kind="stable").tolist():
        if total >= enough or not counts[number]:
            break
        outputs = np.flatnonzero((found.of == number) & replay.equal)
        part = largest_part(replay, found.orders[number], outputs)
        total -= outputs.size * log(part)
    return total


def largest_part(replay: Replay, order: Order, outputs: Flat) -> float:
    """The largest part of these outputs that a neighbour gives too, from samples; 1 if none does.

    Estimated as one more than was seen, of one more.
    """
    leaves = len(order.tree.leaves)
    if leaves > MOST_LEAVES:
        return 1.0
    size = min(max(2**24 // max(leaves, 1) ** 2, 48), 256)
    shuffled = np.random.default_rng(0).permutation(outputs)
    largest = 0.0
    undecided: set[Change] | None = None  # all
    while True:
        some = np.sort(shuffled[:size])
        parts = parts_given(order, replay.products.at(some), replay.sums, undecided)
        for part in parts.values():
            if part < 1:
                largest = max(largest, (part * some.size + 1) / (some.size + 1))
        undecided = {change for change, part in parts.items() if part == 1}
        if not undecided or some.size >= min(outputs.size, LARGEST_SAMPLE):
            return largest or 1.0
        size *= 4
