"""Does evidence count what neighbouring trees would give, and nothing where they round alike?"""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.orders.arithmetic import Sums
from convcheck.orders.evidence import evidence, largest_part
from convcheck.orders.found import FoundOrders, Order
from convcheck.orders.neighbours import parts_given
from convcheck.orders.products import Products
from convcheck.orders.replay import added_up, replay, same
from convcheck.orders.tree import chain, from_steps

FLOAT32 = Sums("float32", "float32")


def case_of(values, positions=500):
    """Five products for each of many outputs, ``values(shape)`` both operands."""
    x = values((1, positions, 5))
    return Case(ConvSpec.make((1,)), x, values((1, 5, 1)))


def normal(shape):
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


def small_integers(shape):
    return np.random.default_rng(len(shape)).integers(-9, 10, shape).astype(np.float32)


def replayed(case, order):
    products = Products(case)
    out = added_up(products.at(np.arange(products.outputs)), order, FLOAT32)
    found = FoundOrders((order,), np.zeros(products.outputs, np.int32), 0)
    return replay(products, found, out, FLOAT32)


def neighbours(tree_steps, fused):
    """Every tree one rotation or one fused leaf away, from nested tuples."""

    def nested(node):
        return node if node < 5 else tuple(nested(child) for child in tree_steps[node - 5])

    def rotations(tree):
        if isinstance(tree, int):
            return
        for i, (child, other) in enumerate((tree, tree[::-1])):
            for one in rotations(child):
                yield (one, other) if i == 0 else (other, one)
            if not isinstance(child, int):
                a, b = child
                yield ((a, other), b)
                yield ((b, other), a)

    def order(tree, fused):
        steps, leaves = [], []

        def walk(node):
            if isinstance(node, int):
                leaves.append(node)
                return node
            left, right = map(walk, node)
            steps.append((left, right))
            return 4 + len(steps)

        walk(tree)
        return Order(from_steps(range(5), steps), tuple(sorted(fused)))

    whole = nested(4 + len(tree_steps))
    for tree in rotations(whole):
        yield order(tree, fused)
    for leaf in range(5):
        yield order(whole, set(fused) ^ {leaf})


@pytest.mark.parametrize(
    ("steps", "fused"),
    [
        ([(0, 1), (5, 2), (6, 3), (7, 4)], set()),
        ([(0, 1), (2, 3), (5, 6), (7, 4)], {4}),
        ([(0, 1), (5, 2), (3, 4), (6, 7)], {2}),
    ],
)
def test_are_the_parts_those_of_each_neighbour_by_itself(steps, fused):
    case = case_of(normal)
    order = Order(from_steps(range(5), steps), tuple(sorted(fused)))
    at = Products(case).at(np.arange(500))
    right = added_up(at, order, FLOAT32)
    expected = sorted(
        float(same(added_up(at, one, FLOAT32), right).mean()) for one in neighbours(steps, fused)
    )
    assert sorted(parts_given(order, at, FLOAT32).values()) == pytest.approx(expected)


def test_is_there_no_evidence_where_every_order_gives_the_same():
    done = replayed(case_of(small_integers), Order(chain(range(5))))
    assert done.is_whole
    assert evidence(done) == 0


def test_does_evidence_grow_with_the_outputs():
    order = Order(chain(range(5)), (1, 2, 3, 4))
    done = replayed(case_of(normal), order)
    part = largest_part(done, order, np.arange(500))
    assert 0 < part < 1
    assert evidence(done, enough=1e9) == pytest.approx(-500 * log(part))
    few = replayed(case_of(normal, positions=5), order)
    assert evidence(few) < evidence(done)


def test_does_an_output_that_is_not_replayed_speak_for_nothing():
    order = Order(chain(range(5)))
    done = replayed(case_of(normal), order)
    done.equal[:] = False
    assert evidence(done) == 0
