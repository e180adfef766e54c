"""Which convolution of one model is which of another, without names.

Like kernels form clusters. Within a cluster convolutions are told apart by their neighbours
(colour refinement: each round a colour takes in those of the neighbours), then by run order. What
is left over was merged by the converter where it has the weights and the neighbours of a matched
one; else it is paired by its place among matched ones, or listed as unmatched.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from convcheck.model.convolutions.kernels import Likeness, likeness
from convcheck.model.convolutions.layers import Layer
from convcheck.model.network import INPUT, Network

ALIKE = 0.3
"""Kernels nearer than this are taken for the same; unrelated ones lie near √2, int8 within 0.01."""
_ROUNDS = 6


@dataclass(frozen=True)
class Pair:
    """A convolution of A and the one of B that it is."""

    a: int
    b: int
    distance: float
    transform: str
    """What makes B's kernel most like A's: ``same``, ``kernel-flip`` …"""
    how: str
    """How it was found: ``weights`` alone, weights and ``neighbours``, or ``place`` alone."""


@dataclass(frozen=True)
class Matching:
    """All convolutions of two models."""

    pairs: tuple[Pair, ...]
    """In A's run order."""
    merged_a: dict[int, int]
    """A convolution of A that B computes once with another of A -> that other."""
    merged_b: dict[int, int]
    """The same of B."""
    unmatched_a: tuple[int, ...]
    unmatched_b: tuple[int, ...]


_Node = tuple[int, int]
"""(0 for A or 1 for B, place among its layers)."""


class _Matcher:
    def __init__(self, a: Network, b: Network) -> None:
        self.networks = (a, b)
        self.nodes = [(side, i) for side in (0, 1) for i in range(len(self.networks[side].layers))]
        self.like = {
            (i, j): likeness(one, other, ALIKE)
            for i, one in enumerate(a.layers)
            for j, other in enumerate(b.layers)
        }
        self.to_b: dict[int, tuple[int, str]] = {}
        self.to_a: dict[int, int] = {}

    def matching(self) -> Matching:
        clusters = self._clusters()
        colours = [clusters]
        for _ in range(_ROUNDS):
            colours.append(self._refined(colours[-1]))
        sizes = Counter(clusters.values())
        for colour in reversed(colours):  # the finest first
            self._pair_within(colour, clusters, sizes)
        merged = self._merged(0), self._merged(1)
        self._pair_by_place(merged)
        return Matching(
            pairs=tuple(self._pair(i) for i in sorted(self.to_b)),
            merged_a=merged[0],
            merged_b=merged[1],
            unmatched_a=self._left(0, merged[0]),
            unmatched_b=self._left(1, merged[1]),
        )

    def _clusters(self) -> dict[_Node, Hashable]:
        """Node -> its cluster of like kernels, over both models."""
        parent = {node: node for node in self.nodes}

        def root(node: _Node) -> _Node:
            while parent[node] != node:
                node = parent[node]
            return node

        for (i, j), like in self.like.items():
            if like.distance < ALIKE:
                parent[root((1, j))] = root((0, i))
        return {node: root(node) for node in self.nodes}

    def _refined(self, colours: dict[_Node, Hashable]) -> dict[_Node, Hashable]:
        """Colours that also tell apart what has neighbours of different colours."""
        seen: dict[Hashable, int] = {}
        new: dict[_Node, Hashable] = {}
        for side, i in self.nodes:
            around = self.networks[side].neighbours[i]
            before = frozenset(INPUT if p == INPUT else colours[side, p] for p in around.before)
            after = frozenset(colours[side, s] for s in around.after)
            new[side, i] = seen.setdefault((colours[side, i], before, after), len(seen))
        return new

    def _pair_within(
        self,
        colours: dict[_Node, Hashable],
        clusters: dict[_Node, Hashable],
        sizes: Counter[Hashable],
    ) -> None:
        """Pair what has the same colour, in run order."""
        groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, i in self.nodes:
            if i not in (self.to_b, self.to_a)[side]:
                groups[colours[side, i]][side].append(i)
        for ours, theirs in groups.values():
            for i, j in zip(ours, theirs, strict=False):
                if self.like[i, j].distance < ALIKE:
                    alone = sizes[clusters[0, i]] == 2
                    self._take(i, j, "weights" if alone else "neighbours")

    def _take(self, i: int, j: int, how: str) -> None:
        self.to_b[i], self.to_a[j] = (j, how), i

    def _merged(self, side: int) -> dict[int, int]:
        """Left over -> the matched one of the same model that computes the same from the same."""
        network, known = self.networks[side], (self.to_b, self.to_a)[side]
        found = {}
        for layer, around in zip(network.layers, network.neighbours, strict=True):
            if layer.index not in known:
                for i in known:
                    other = network.layers[i]
                    if network.neighbours[i].before == around.before and _equal(layer, other):
                        found[layer.index] = i
                        break
        return found

    def _pair_by_place(self, merged: tuple[dict[int, int], dict[int, int]]) -> None:
        """Pair what is left over where matched neighbours leave one place for it."""
        for i in self._left(0, merged[0]):
            ranked = sorted(self._ranked(i, self._left(1, merged[1])))
            if ranked:
                self._take(i, ranked[0][-1], "place")

    def _ranked(self, i: int, candidates: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """(neighbours that do not agree, distance in run order, candidate) of those that may be."""
        a, b = self.networks
        one, around = a.layers[i], a.neighbours[i]
        before = {self.to_b[p][0] if p in self.to_b else p for p in around.before}
        after = {self.to_b[s][0] for s in around.after if s in self.to_b}
        for j in candidates:
            other, theirs = b.layers[j], b.neighbours[j]
            agree = (before == theirs.before) + bool(after and after <= theirs.after)
            kind = (one.spec.transposed, one.convolution.dense, one.output_shape[-1])
            same_kind = kind == (
                other.spec.transposed,
                other.convolution.dense,
                other.output_shape[-1],
            )
            if agree and same_kind:
                yield -agree, abs(i - j), j

    def _left(self, side: int, merged: dict[int, int]) -> tuple[int, ...]:
        known = (self.to_b, self.to_a)[side]
        count = len(self.networks[side].layers)
        return tuple(i for i in range(count) if i not in known and i not in merged)

    def _pair(self, i: int) -> Pair:
        j, how = self.to_b[i]
        like: Likeness = self.like[i, j]
        if like.distance >= ALIKE:  # passed over, and asked about all the same
            like = likeness(self.networks[0].layers[i], self.networks[1].layers[j])
        return Pair(i, j, like.distance, like.transform, how)


def match(a: Network, b: Network) -> Matching:
    """Pair the convolutions of two models."""
    return _Matcher(a, b).matching()


def _equal(a: Layer, b: Layer) -> bool:
    """Whether two layers are the same convolution."""
    return a.spec == b.spec and np.array_equal(a.kernel, b.kernel)
