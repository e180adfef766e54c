"""A binary tree over the products of an output: the order in which they are added.

A tree is held as its leaves from left to right, and between each two neighbours the *gap*: how many
leaves the smallest subtree has that holds both. That is the whole tree: each inner node lies in one
gap, and of two nodes the one with the smaller gap comes first. Of two children the one with the
smallest leaf stands left, so that equal trees are equal as data.

Why a few sizes are enough. Let L(i, j) be the number of leaves of the smallest subtree with leaves
i and j. Suppose that n - 1 pairs, taken in ascending L, join n leaves into one cluster, and that
each time L is what both clusters have together. Then no other tree has these L: by induction each
cluster is a subtree, and the smallest subtree with a leaf of either holds both whole, so with that
many leaves it holds nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]
Join = tuple[int, int, int]
"""(L, i, j): the leaves i and j meet in a subtree of L leaves."""


@dataclass(frozen=True)
class Tree:
    """A binary tree; made by ``tree_of``, ``chain`` and the like, which keep its leaves' order."""

    leaves: tuple[int, ...]
    """From left to right."""
    gaps: tuple[int, ...]
    """Leaves of the smallest subtree that holds leaf t and leaf t + 1."""

    @cached_property
    def steps(self) -> tuple[Pair, ...]:
        """The additions in an order that gives each its operands: pairs of nodes.

        Node t < n is the leaf at place t, node n + s the sum of step s. Left to right, the sums
        that wait for their right operand are a stack.
        """
        n, done = len(self.leaves), []
        waiting: list[tuple[int, float]] = []
        for place in range(n):
            node, gap = place, self.gaps[place] if place < n - 1 else float("inf")
            while waiting and waiting[-1][1] < gap:
                done.append((waiting.pop()[0], node))
                node = n + len(done) - 1
            waiting.append((node, gap))
        return tuple(done)

    @cached_property
    def height(self) -> int:
        """Additions on the longest way from a leaf to the root."""
        heights = [0] * len(self.leaves)
        for left, right in self.steps:
            heights.append(1 + max(heights[left], heights[right]))
        return heights[-1] if heights else 0

    @cached_property
    def nodes(self) -> tuple[tuple[range, range], ...]:
        """The places of the leaves of either child, for the node in each gap."""
        count = len(self.gaps)
        start, end = list(range(count)), [count + 1] * count
        waiting: list[int] = []  # gaps whose nodes may reach further
        for gap, size in enumerate(self.gaps):
            while waiting and self.gaps[waiting[-1]] < size:
                inner = waiting.pop()
                start[gap], end[inner] = start[inner], gap + 1
            waiting.append(gap)
        return tuple(
            (range(a, gap + 1), range(gap + 1, b))
            for gap, (a, b) in enumerate(zip(start, end, strict=True))
        )

    @cached_property
    def added_to(self) -> dict[int, range]:
        """Leaf -> the places of the leaves of what it is added to; none of a single leaf."""
        found = {}
        for left, right in self.nodes:
            for leaf, other in ((left, right), (right, left)):
                if len(leaf) == 1:
                    found[self.leaves[leaf[0]]] = other
        return found

    @cached_property
    def place(self) -> dict[int, int]:
        """Leaf -> where it stands."""
        return {leaf: t for t, leaf in enumerate(self.leaves)}

    def restricted(self, leaves: Iterable[int]) -> Tree:
        """What is left of the tree with these leaves alone: the others add nothing."""
        kept = set(leaves)
        pairs: list[Join] = []
        last, widest = -1, 0
        for leaf, gap in zip(self.leaves, (*self.gaps, 0), strict=True):
            if leaf in kept:
                if last >= 0:
                    pairs.append((widest, last, leaf))
                last, widest = leaf, 0
            widest = max(widest, gap)
        tree = _merged(sorted(kept), sorted(pairs), check=False)
        assert tree is not None
        return tree

    def meeting(self, i: int, j: int) -> int:
        """The gap that holds the node in which two leaves meet."""
        a, b = sorted((self.place[i], self.place[j]))
        return a + int(self._gaps[a:b].argmax())

    def holds(self, sizes: Iterable[tuple[Pair, int]]) -> bool:
        """Whether L of these pairs of its leaves is what is said."""
        return all(self.gaps[self.meeting(i, j)] == size for (i, j), size in sizes)

    @cached_property
    def _gaps(self) -> NDArray[np.int64]:
        return np.array(self.gaps, np.int64)


def tree_of(leaves: Sequence[int], joins: Iterable[Join]) -> Tree | None:
    """The one tree in which each join's leaves meet in a subtree of its size; None for no tree."""
    return _merged(leaves, sorted(joins), check=True)


def chain(leaves: Sequence[int]) -> Tree:
    """The leaves added one after another."""
    joins = [(size, leaves[0], leaf) for size, leaf in enumerate(leaves[1:], 2)]
    tree = tree_of(leaves, joins)
    assert tree is not None
    return tree


def from_steps(leaves: Sequence[int], steps: Iterable[Pair]) -> Tree:
    """The tree of these additions, numbered as ``Tree.steps`` are."""
    first, sizes, joins = list(leaves), [1] * len(leaves), []
    for left, right in steps:
        first.append(first[left])
        sizes.append(sizes[left] + sizes[right])
        joins.append((sizes[-1], first[left], first[right]))
    tree = tree_of(leaves, joins)
    assert tree is not None
    return tree


def _merged(leaves: Sequence[int], joins: Iterable[Join], *, check: bool) -> Tree | None:
    """Clusters joined one after another, each a list of leaves linked from left to right.

    With ``check`` None, unless each join's size is what both clusters have together.
    """
    owner = {leaf: leaf for leaf in leaves}
    ends, counts = {leaf: (leaf, leaf) for leaf in leaves}, dict.fromkeys(leaves, 1)
    after: dict[int, Pair] = {}

    def cluster(leaf: int) -> int:
        while owner[leaf] != leaf:
            owner[leaf] = owner[owner[leaf]]
            leaf = owner[leaf]
        return leaf

    for size, i, j in joins:
        a, b = sorted((cluster(i), cluster(j)))  # a cluster's name is its smallest leaf
        together = counts[a] + counts[b]
        if a == b or (check and together != size):
            return None
        owner[b] = a
        after[ends[a][1]] = (ends[b][0], together)
        ends[a], counts[a] = (ends[a][0], ends[b][1]), together
    if not leaves:
        return Tree((), ())
    root = cluster(leaves[0])
    if counts[root] != len(leaves):
        return None
    leaf, order, gaps = ends[root][0], [ends[root][0]], []
    while leaf in after:
        leaf, gap = after[leaf]
        order.append(leaf)
        gaps.append(gap)
    return Tree(tuple(order), tuple(gaps))
