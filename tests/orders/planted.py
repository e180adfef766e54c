"""Convolutions that add in an order of our own choice, one output at a time.

Independent of what is tested: trees are nested tuples, and a fused multiply-add is the C library's.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcheck.case.case import Case

Nested = int | tuple[Any, Any]
_LIBM = ctypes.CDLL(ctypes.util.find_library("m"))
_FMA = {np.dtype("float32"): _LIBM.fmaf, np.dtype("float64"): _LIBM.fma}
for _dtype, _kind in (("float32", ctypes.c_float), ("float64", ctypes.c_double)):
    _FMA[np.dtype(_dtype)].argtypes = [_kind] * 3
    _FMA[np.dtype(_dtype)].restype = _kind


def fma(x: Any, k: Any, a: Any) -> Any:
    """x · k + a, rounded once."""
    return a.dtype.type(_FMA[a.dtype](x, k, a))


@dataclass
class Planted:
    """An order: its tree, and which leaves are fused into what they are added to."""

    tree: Nested
    fused: frozenset[int] = frozenset()

    def add(self, x: np.ndarray, k: np.ndarray) -> Any:
        """The sum of the products x[leaf] · k[leaf]; leaves outside the input have x = 0."""
        return self._sum(self.tree, x, k)

    def _sum(self, tree: Nested, x: np.ndarray, k: np.ndarray) -> Any:
        if isinstance(tree, int):
            return x[tree] * k[tree]
        left, right = tree
        for leaf, other in ((right, left), (left, right)):
            if isinstance(leaf, int) and leaf in self.fused:
                return fma(x[leaf], k[leaf], self._sum(other, x, k))
        return self._sum(left, x, k) + self._sum(right, x, k)

    def with_leaves(self, kept: set[int]) -> Planted | None:
        """The order of an output that has these leaves alone; None without any."""
        fused: set[int] = set()

        def cut(tree: Nested) -> Nested | None:
            if isinstance(tree, int):
                return tree if tree in kept else None
            left, right = map(cut, tree)
            if left is None or right is None:  # nothing is added: a product is rounded by itself
                return right if left is None else left
            for leaf, was in ((right, tree[1]), (left, tree[0])):
                if isinstance(was, int) and was in self.fused:
                    fused.add(leaf)
                    break
            return left, right

        tree = cut(self.tree)
        return None if tree is None else Planted(tree, frozenset(fused))

    @property
    def form(self) -> Any:
        """What does not depend on which child stands left."""

        def sides(tree: Nested) -> Any:
            if isinstance(tree, int):
                return tree
            return frozenset(map(sides, tree))

        return sides(self.tree), self.fused


def random_order(rng: np.random.Generator, leaves: int, *, fused: float = 0.0) -> Planted:
    """A random tree, each leaf fused with this probability."""
    kind = rng.integers(3)
    nodes: list[Nested] = [int(leaf) for leaf in rng.permutation(leaves)]
    while len(nodes) > 1:
        if kind == 0:  # anything
            a, b = rng.choice(len(nodes), 2, replace=False)
        elif kind == 1:  # neighbours, as partial sums are
            a = int(rng.integers(len(nodes) - 1))
            b = a + 1
        else:  # a chain
            a, b = 0, 1
        together = (nodes[a], nodes[b])
        nodes = [node for t, node in enumerate(nodes) if t not in (a, b)]
        nodes.insert(0, together)
    chosen = frozenset(np.flatnonzero(rng.random(leaves) < fused).tolist())
    return Planted(nodes[0], chosen)


def windows(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, valid, k) of a forward convolution: (positions, groups, leaves) twice, (leaves, O)."""
    spec, (batch, *_, channels) = case.spec, case.input.shape
    padded = np.pad(case.input, ((0, 0), *case_pads(case), (0, 0)))
    inside = np.pad(np.ones(case.input.shape, bool), ((0, 0), *case_pads(case), (0, 0)))
    found, valid = [], []
    for image in range(batch):
        for place in np.ndindex(*case.output_shape[1:-1]):
            cut = tuple(
                slice(o * s, o * s + (k - 1) * d + 1, d)
                for o, s, k, d in zip(
                    place, spec.strides, spec.kernel_size, spec.dilations, strict=True
                )
            )
            for array, to in ((padded, found), (inside, valid)):
                window = array[(image, *cut)].reshape(-1, spec.groups, channels // spec.groups)
                to.append(np.moveaxis(window, 1, 0).reshape(spec.groups, -1))
    return np.stack(found), np.stack(valid), case.kernel.reshape(case.terms, -1)


def case_pads(case: Case) -> tuple[tuple[int, int], ...]:
    """The zeros around the input."""
    return case.pads


def convolve(case: Case, order_of: Any, sums: Any = None) -> np.ndarray:
    """The convolution, output by output; ``order_of(position, filter)`` says how each is added.

    ``sums`` is the dtype of products and sums, where that is another than the input's.
    """
    x, _, k = windows(case)
    if sums is not None:
        x, k = x.astype(sums), k.astype(sums)
    filters = k.shape[1]
    out = np.empty((len(x), filters), case.input.dtype)
    for position in range(len(x)):
        for o in range(filters):
            group = o // (filters // case.spec.groups)
            order = order_of(position, o)
            if case.bias is None:
                out[position, o] = order.add(x[position, group], k[:, o])
            else:
                one = x.dtype.type(1)
                out[position, o] = order.add(
                    np.append(x[position, group], one),
                    np.append(k[:, o], k.dtype.type(case.bias[o])),
                )
    return out.reshape(case.output_shape)
