"""Is the order found in which a convolution really adds, everywhere, and replayed bit for bit?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.spec import ConvSpec
from convcheck.orders.arithmetic import Sums
from convcheck.orders.evidence import evidence
from convcheck.orders.products import Products
from convcheck.orders.replay import replay
from convcheck.orders.search import Search
from convcheck.orders.tree import Tree
from convcheck.orders.units import Formats
from tests.orders.planted import Planted, convolve, random_order, windows

FLOAT32 = Formats(("float32",), ("float32",), "float32", "float32")


def searched(case, order_of, formats=FLOAT32, sums=None):
    search = Search(case, formats)
    for experiment in search.experiments():
        changed = replace(
            case,
            input=np.full(case.input.shape, experiment.input, case.input.dtype),
            kernel=search.products.kernel_of(experiment.kernel),
            bias=None
            if case.bias is None
            else np.full(case.bias.shape, experiment.bias, case.bias.dtype),
        )
        with np.errstate(over="ignore", invalid="ignore"):  # masks may be too large for sums
            search.take(convolve(changed, order_of, sums))
    assert not search.problem
    return search.found()


def nested(tree: Tree):
    nodes = list(tree.leaves)
    for left, right in tree.steps:
        nodes.append((nodes[left], nodes[right]))
    return nodes[-1]


def random_case(rng, dtype=np.float32):
    rank = int(rng.integers(1, 3))
    groups = int(rng.choice([1, 1, 2]))
    channels, filters = groups * int(rng.integers(1, 4)), groups * int(rng.integers(1, 3))
    kernel_size = tuple(rng.integers(1, 4, rank).tolist())
    spec = ConvSpec.make(
        kernel_size,
        padding=str(rng.choice(["same", "valid"])),
        strides=int(rng.integers(1, 3)),
        dilations=int(rng.integers(1, 3)),
        groups=groups,
    )
    shape = (int(rng.integers(1, 3)), *rng.integers(5, 8, rank).tolist(), channels)
    x = rng.standard_normal(shape).astype(dtype)
    kernel = rng.standard_normal((*kernel_size, channels // groups, filters)).astype(dtype)
    bias = rng.standard_normal(filters).astype(dtype) if rng.random() < 0.3 else None
    return Case(spec, x, kernel, bias)


def check_planted(seed, dtype=np.float32):
    """Plants orders, often several: by row, by filter, at random; and expects just these."""
    rng = np.random.default_rng(seed)
    case = random_case(rng, dtype)
    leaves = case.terms + (case.bias is not None)
    fused = float(rng.choice([0.0, 0.5, 1.0]))
    several = [random_order(rng, leaves, fused=fused) for _ in range(int(rng.integers(1, 4)))]
    if case.bias is not None:  # it is no product
        several = [Planted(p.tree, p.fused - {case.terms}) for p in several]
    positions, filters = int(np.prod(case.output_shape[:-1])), case.output_shape[-1]
    chosen = rng.integers(len(several), size=(positions, filters))

    def order_of(position, o):
        return several[chosen[position, o]]

    name = np.dtype(dtype).name
    found = searched(case, order_of, Formats((name,), (name,), name, name))
    _, valid, _ = windows(case)
    for flat, number in enumerate(found.of.tolist()):
        position, o = divmod(flat, filters)
        kept = set(np.flatnonzero(valid[position, o // (filters // case.spec.groups)]).tolist())
        if case.bias is not None:
            kept.add(case.terms)
        expected = order_of(position, o).with_leaves(kept)
        order = found.orders[number]
        if expected is None:
            assert order.tree.leaves == ()
        else:
            assert Planted(nested(order.tree), frozenset(order.fused)).form == expected.form
    assert replay(Products(case), found, convolve(case, order_of), Sums(name, name)).is_whole


@pytest.mark.parametrize("seed", range(10))
def test_is_each_planted_order_found_and_replayed(seed):
    check_planted(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_are_a_hundred_planted_orders_found(seed):
    check_planted(seed)


@pytest.mark.parametrize("seed", range(200, 205))
def test_is_a_planted_order_found_in_float64(seed):
    check_planted(seed, np.float64)


@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize(
    ("operands", "sums"),
    [("bfloat16", "float32"), ("float16", "float32"), ("float16", "float16"),
     ("bfloat16", "bfloat16"), ("float32", "float64")],
)  # fmt: skip
def test_is_a_planted_order_found_in_other_formats(operands, sums, with_bias):
    """Whatever is declared, float32: that sums are kept narrower shows in the replay."""
    rng = np.random.default_rng(7)
    case = random_case(rng)
    narrow = {
        role: getattr(case, role).astype(dtype_named(operands)) for role in ("input", "kernel")
    }
    bias = rng.standard_normal(case.kernel.shape[-1]).astype(dtype_named(operands))
    case = replace(case, **narrow, bias=bias if with_bias else None)
    order = random_order(rng, case.terms + with_bias)
    formats = Formats((operands,), (operands,), "float32", operands)
    dtype = dtype_named(sums)
    found = searched(case, lambda *_: order, formats, dtype)
    out = convolve(case, lambda *_: order, dtype)
    assert replay(Products(case), found, out, Sums(sums, operands)).is_whole
    _, valid, _ = windows(case)
    whole = max(found.orders, key=lambda one: len(one.tree.leaves))
    kept = set(whole.tree.leaves)
    assert len(kept) == valid.sum(-1).max() + with_bias
    assert Planted(nested(whole.tree)).form == order.with_leaves(kept).form


def test_are_more_products_counted_than_the_output_can_say():
    """bfloat16 has no 257: then some of the products are counted at a time."""
    rng = np.random.default_rng(3)
    n = 300
    x = rng.standard_normal((1, n + 1, 1)).astype(dtype_named("bfloat16"))
    kernel = rng.standard_normal((n, 1, 1)).astype(dtype_named("bfloat16"))
    case = Case(ConvSpec.make((n,), padding="valid"), x, kernel)
    lanes = [chain_of(range(lane, n, 4)) for lane in range(4)]
    order = Planted(((lanes[0], lanes[1]), (lanes[2], lanes[3])))
    formats = Formats(("bfloat16",), ("bfloat16",), "float32", "bfloat16")
    found = searched(case, lambda *_: order, formats, np.float32)
    (only,) = found.orders
    assert Planted(nested(only.tree)).form == order.form
    assert found.experiments > 2 * n


def chain_of(leaves):
    tree, *rest = leaves
    for leaf in rest:
        tree = (tree, leaf)
    return tree


@pytest.mark.parametrize("operands", ["float16", "bfloat16"])
def test_is_a_bias_replayed_that_another_operation_adds(operands):
    """As frameworks have it: sums in float32, rounded, and then the bias in the output's format."""
    rng = np.random.default_rng(5)
    dtype = dtype_named(operands)
    x, kernel = rng.standard_normal((1, 40, 3)), rng.standard_normal((3, 3, 2))
    bias = rng.standard_normal(2).astype(dtype)
    case = Case(ConvSpec.make((3,)), x.astype(dtype), kernel.astype(dtype), bias)
    order = random_order(rng, case.terms)

    def compute(given):
        sums = convolve(replace(given, bias=None), lambda *_: order, np.float32)
        return sums + given.bias

    search = Search(case, Formats((operands,), (operands,), "float32", operands))
    for experiment in search.experiments():
        changed = replace(
            case,
            input=np.full(x.shape, experiment.input, dtype),
            kernel=search.products.kernel_of(experiment.kernel),
            bias=np.full(2, experiment.bias, dtype),
        )
        with np.errstate(over="ignore", invalid="ignore"):
            search.take(compute(changed))
    found, out = search.found(), compute(case)
    apart = replay(Products(case), found, out, Sums("float32", operands, bias_apart=True))
    assert apart.is_whole
    assert not replay(Products(case), found, out, Sums("float32", operands)).is_whole
    assert evidence(apart) == 0
