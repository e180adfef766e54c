"""Which pairs of leaves to ask of next, so that few experiments give the trees of all outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from convcheck.orders.classes import Question
from convcheck.orders.products import Leaves
from convcheck.orders.tree import Join, Pair, Tree, tree_of

Facts = Mapping[Question, int]
Popularity = NDArray[np.int64]
FIRST_GUESSES = 8
"""Pairs that are asked of for a guess that nothing speaks for yet; then as many as speak for it."""

FIRST_OF_ROW = 2
"""The same for a row, of which there are many: two neighbours with the same L refute it."""


@dataclass(frozen=True)
class Guesses:
    """What may save experiments: every guess is confirmed or refuted by them."""

    trees: Sequence[Tree]
    """Trees of other outputs: borders mostly have that of the inside without what lies outside."""
    rows: Sequence[Sequence[int]]
    """Orders of leaves in which each subtree may be leaves side by side."""
    popular: Popularity
    """Classes that have each leaf: an experiment with popular leaves answers for most."""


def size_question(i: int, j: int) -> Question:
    """The question of L(i, j), the same for L(j, i)."""
    return Question("size", min(i, j), max(i, j))


def fused_question(leaf: int) -> Question:
    """The question whether a leaf enters its sum in one rounding."""
    return Question("fused", leaf, leaf)


def resolve(leaves: Leaves, facts: Facts, guesses: Guesses) -> Tree | list[Pair] | None:
    """The tree that the facts give; else pairs to ask of; None where no tree gives these facts."""
    known = {(q.i, q.j): size for q, size in facts.items() if q.about == "size"}
    for tree in guesses.trees:
        found = confirmed(_restricted(tree, leaves), known, guesses.popular)
        if found is not None:
            return found
    for row in () if guesses.trees else guesses.rows:
        found = side_by_side([leaf for leaf in row if leaf in set(leaves)], known)
        if found is not None:
            return found
    found = by_pivots(leaves, known)
    if isinstance(found, Tree) and not found.holds(known.items()):
        return None
    return found


@lru_cache(maxsize=1024)
def _restricted(tree: Tree, leaves: Leaves) -> Tree:
    """The same for all classes with these leaves, each time that they are looked at."""
    return tree.restricted(leaves)


def confirmed(
    tree: Tree, known: Mapping[Pair, int], popular: Popularity
) -> Tree | list[Pair] | None:
    """The tree where a pair of each of its nodes is known; else pairs to ask of; None if refuted.

    Any pair of leaves that meets in a node serves: the most popular on either side.
    """
    if not tree.holds(known.items()):
        return None
    met = {tree.meeting(i, j) for i, j in known}
    missing = [node for gap, node in enumerate(tree.nodes) if gap not in met]
    if not missing:
        return tree
    of_place = popular[list(tree.leaves)]
    pairs = [
        (most_popular(tree, left, of_place), most_popular(tree, right, of_place))
        for left, right in missing
    ]
    return pairs[: max(FIRST_GUESSES, len(met))]


def most_popular(tree: Tree, places: range, of_place: Popularity) -> int:
    """The leaf at one of these places that most classes have."""
    return tree.leaves[places.start + int(of_place[places.start : places.stop].argmax())]


def side_by_side(row: Sequence[int], known: Mapping[Pair, int]) -> Tree | list[Pair] | None:
    """The tree whose subtrees are leaves side by side in a row; else pairs to ask of.

    None where there is no such tree: the sizes of neighbours are then no tree's gaps.
    """
    sizes = [known.get((min(pair), max(pair))) for pair in pairwise(row)]
    at = sizes.index(None) if None in sizes else len(sizes)
    gaps = [size for size in sizes[:at] if size is not None]
    if not _may_begin(gaps):
        return None
    if at == len(sizes):
        joins: list[Join] = list(zip(gaps, row, row[1:], strict=False))
        tree = tree_of(sorted(row), joins)
        return tree if tree is not None and tree.holds(known.items()) else None
    left = [pair for pair, size in zip(pairwise(row), sizes, strict=True) if size is None]
    return left[: max(FIRST_OF_ROW, at)]


def _may_begin(gaps: Sequence[int]) -> bool:
    """Whether these may be the first gaps of a tree: a subtree that ends has as many leaves."""
    waiting: list[tuple[int, int]] = []  # (where a subtree begins, the gap within it)
    for place, gap in enumerate(gaps):
        begin = place
        while waiting and waiting[-1][1] <= gap:
            begin, size = waiting.pop()
            if size == gap or size != place + 1 - begin:
                return False
        waiting.append((begin, gap))
    return True


def by_pivots(leaves: Leaves, known: Mapping[Pair, int]) -> Tree | list[Pair] | None:
    """The tree by pivots, as FPRev finds it (arXiv:2411.00442); else pairs to ask of.

    A pivot's L with all others sorts them into the subtrees that are added to its own one after
    another; each of these has a pivot of its own.
    """
    partners: dict[int, set[int]] = {}
    for i, j in known:
        partners.setdefault(i, set()).add(j)
        partners.setdefault(j, set()).add(i)
    missing: list[Pair] = []
    joins: list[Join] = []
    groups: list[tuple[Sequence[int], bool]] = [(leaves, False)]
    while groups:
        group, peeled = groups.pop()
        if len(group) < 2:
            continue
        pivot = _pivot(group, partners, last=peeled)
        others = [leaf for leaf in group if leaf != pivot]
        left = [(pivot, j) for j in others if j not in partners.get(pivot, ())]
        if left:
            missing += left
            continue
        by_size: dict[int, list[int]] = {}
        for j in others:
            by_size.setdefault(known[min(pivot, j), max(pivot, j)], []).append(j)
        for size, subtree in by_size.items():
            joins.append((size, pivot, subtree[0]))
            groups.append((subtree, len(by_size) == 1))
    return missing or tree_of(leaves, joins)


def _pivot(group: Sequence[int], partners: Mapping[int, set[int]], *, last: bool) -> int:
    """The leaf of which most is known here; else the first, or the last.

    In a chain the leaf that is added first sorts all others at once, and one that is added last
    none: then the other end is tried.
    """
    members = set(group)
    known, leaf = max(
        ((len(members & partners[leaf]), -leaf) for leaf in members & partners.keys()),
        default=(0, 0),
    )
    if 2 * known >= len(group) - 1:
        return -leaf
    return group[-1] if last else group[0]
