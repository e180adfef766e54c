"""Is a tree told as what it is, and the same whatever it was made from?"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from convcheck.orders.found import FoundOrders, NoOrders, Order, from_arrays
from convcheck.orders.planning import by_pivots, side_by_side
from convcheck.orders.tree import Tree, chain, from_steps, tree_of
from convcheck.orders.words import order_words


def random_tree(rng, n):
    nodes, steps = list(range(n)), []
    while len(nodes) > 1:
        a, b = (nodes.pop(int(rng.integers(len(nodes)))) for _ in range(2))
        steps.append((a, b))
        nodes.append(n + len(steps) - 1)
    return from_steps(range(n), steps)


def meetings(tree):
    """L of each pair, from the steps alone."""
    below, found = [{leaf} for leaf in tree.leaves], {}
    for left, right in tree.steps:
        below.append(below[left] | below[right])
        found |= {(min(i, j), max(i, j)): len(below[-1]) for i in below[left] for j in below[right]}
    return found


@pytest.mark.parametrize("seed", range(20))
def test_do_the_sizes_of_pairs_give_the_tree(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 24))
    tree = random_tree(rng, n)
    sizes = meetings(tree)
    assert len(sizes) == n * (n - 1) // 2
    assert all(tree.gaps[tree.meeting(i, j)] == size for (i, j), size in sizes.items())
    assert tree_of(range(n), [(size, i, j) for (i, j), size in sizes.items()]) is None  # a circle
    assert by_pivots(tuple(range(n)), sizes) == tree
    assert side_by_side(tree.leaves, sizes) == tree
    assert tree.holds(sizes.items())
    few = {pair: sizes[tuple(sorted(pair))] for pair in pairwise(tree.leaves)}
    assert tree_of(range(n), [(size, i, j) for (i, j), size in few.items()]) == tree


@pytest.mark.parametrize("seed", range(20))
def test_is_a_part_of_a_tree_what_its_pairs_say(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 20))
    tree = random_tree(rng, n)
    kept = sorted(rng.permutation(n)[: int(rng.integers(1, n))].tolist())
    part = tree.restricted(kept)
    assert sorted(part.leaves) == kept
    # Who meets before whom is left as it was.
    whole = meetings(tree)
    for a, b, c in combinations(kept, 3):
        pairs = [(a, b), (a, c), (b, c)]
        mine = meetings(part)
        first = min(pairs, key=lambda pair: mine[pair])
        assert first == min(pairs, key=lambda pair: whole[pair])


def test_is_a_wrong_size_no_tree():
    assert tree_of([0, 1, 2], [(2, 0, 1), (2, 1, 2)]) is None
    assert tree_of([0, 1, 2], [(2, 0, 1)]) is None
    assert side_by_side([0, 1, 2], {(0, 1): 3, (1, 2): 3}) is None


def test_is_each_shape_told_by_its_name():
    assert order_words(Order(chain([2, 0, 1]))) == "adds 3 products in one chain"
    assert order_words(Order(chain([2, 0, 1]), (0, 1))) == "adds 3 products in one chain, fused"
    with_bias = Order(chain([0, 1, 2]), (1,))
    assert order_words(with_bias, 2) == "adds 2 products and the bias in one chain, fused"
    lanes = from_steps(range(8), [(0, 4), (1, 5), (2, 6), (3, 7), (8, 10), (9, 11), (12, 13)])
    assert order_words(Order(lanes)) == "adds 8 products in 4 partial sums of 2, in pairs"
    one_by_one = from_steps(range(6), [(0, 1), (2, 3), (6, 7), (4, 5), (8, 9)])
    assert (
        order_words(Order(one_by_one, (1,)))
        == "adds 6 products in 3 partial sums of 2, one after another, 1 of them fused"
    )
    odd = from_steps(range(5), [(0, 1), (2, 3), (5, 6), (7, 4)])
    assert order_words(Order(odd)) == "adds 5 products in a tree of height 3"
    uneven = from_steps(range(6), [(0, 1), (6, 2), (3, 4), (7, 8), (9, 5)])
    assert (
        order_words(Order(uneven))
        == "adds 6 products in a tree of height 4 over 2 partial sums of up to 3"
    )
    assert order_words(Order(Tree((3,), ()))) == "adds 1 product"
    assert order_words(Order(Tree((), ()))) == "adds no products"


def test_are_arrays_that_describe_no_order_refused():
    order = Order(chain([0, 2, 1]), (1,))
    found = FoundOrders((order, Order(Tree((), ()))), np.array([0, 1, -1, 0], np.int32), 7)
    back = from_arrays(found.to_arrays(), 7, outputs=4, leaves=3)
    assert back.orders == found.orders
    assert back.of.tolist() == [0, 1, -1, 0]
    for name, value in (
        ("of", [0, 1, 2, 0]),
        ("of", [0, 1]),
        ("counts", [3, -1]),
        ("counts", [4, 0]),
        ("leaves", [0, 2, 2]),
        ("leaves", [0, 2, 3]),
        ("gaps", [2, 2, 0]),
        ("gaps", [3, 3, 0]),
        ("fused", [0, 1]),
    ):
        wrong = {**found.to_arrays(), name: np.array(value, np.int32)}
        with pytest.raises(NoOrders):
            from_arrays(wrong, 7, outputs=4, leaves=3)
    with pytest.raises(NoOrders):
        from_arrays({"of": found.of}, 7, outputs=4, leaves=3)
