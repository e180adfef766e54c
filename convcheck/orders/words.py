"""An order in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.orders.arithmetic import Sums
    from convcheck.orders.found import Order
    from convcheck.orders.tree import Tree


def sums_words(sums: Sums) -> str:
    """Accumulator and output, such as ``float32/bfloat16``."""
    apart = ", bias added to the output" if sums.bias_apart else ""
    return f"{sums.accumulator}/{sums.output}{apart}"


def order_words(order: Order, bias: int | None = None) -> str:
    """How the products are added, such as ``adds 147 products in one chain, fused``.

    ``bias`` is the leaf that is no product.
    """
    tree = order.tree
    n = len(tree.leaves) - (bias in tree.leaves)
    what = "no products" if not n else f"{n} product{'s' if n > 1 else ''}"
    if bias in tree.leaves:
        what += " and the bias"
    if not tree.steps:
        return f"adds {what}"
    chains, together = partial_sums(tree)
    if len(chains) == 1:
        words = f"adds {what} in one chain"
    elif together is None:
        words = f"adds {what} in a tree of height {tree.height}"
        if max(chains) > 2:
            longer = sum(size > 1 for size in chains)
            words += f" over {longer} partial sums of up to {max(chains)}"
    else:
        few, many = min(chains), max(chains)
        each = f"{few}" if few == many else f"{few} to {many}"
        words = f"adds {what} in {len(chains)} partial sums of {each}, {together}"
    return words + _fused_words(order, bias)


def _fused_words(order: Order, bias: int | None) -> str:
    """Which products are fused: all that can be, some, or none."""
    tree = order.tree
    products = [place for place, leaf in enumerate(tree.leaves) if leaf != bias]
    # Of two products that are added to each other one is rounded by itself.
    most = sum(not set(products).isdisjoint(pair) for pair in tree.steps)
    if not order.fused:
        return ""
    return ", fused" if len(order.fused) == most else f", {len(order.fused)} of them fused"


def partial_sums(tree: Tree) -> tuple[list[int], str | None]:
    """Products in each chain that the tree is made of, and how the chains are added.

    A chain adds one product after another to a sum. None where chains are added to single products,
    or neither in pairs nor one after another.
    """
    n = len(tree.leaves)
    chain_of = [1] * n  # products of a node that is a chain, 0 of other nodes
    heights = [0] * n  # additions from a node down to its chains
    top: list[tuple[int, int]] = []
    for left, right in tree.steps:
        single = [node for node in (left, right) if node < n]
        rest = [node for node in (left, right) if node >= n]
        if len(single) == 2 or (single and chain_of[rest[0]]):
            chain_of.append(sum(chain_of[node] for node in (left, right)))
            heights.append(0)
        else:
            top.append((left, right))
            chain_of.append(0)
            heights.append(1 + max(heights[left], heights[right]))
    if not top:
        return [n], None
    chains = [chain_of[node] for pair in top for node in pair if chain_of[node]]
    if min(chains) == 1:
        return chains, None
    if heights[-1] == len(top):
        return chains, "one after another" if len(top) > 1 else "added to each other"
    if heights[-1] == (len(chains) - 1).bit_length():
        return chains, "in pairs"
    return chains, None
