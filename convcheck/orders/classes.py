"""Outputs that no experiment has told apart yet, and what is known of each such class.

Positions share experiments: one run asks a question of every output at once. Classes begin with the
outputs that have the same leaves and split where answers differ, so that borders and the ends of
blocks fall out of the answers, not of any guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcheck.orders.found import NO_SUM
from convcheck.orders.products import Leaves
from convcheck.orders.tree import Tree

Integers = NDArray[np.int32]
BLOCK = 1 << 20
"""Outputs that are looked at at once, so that memory stays flat."""
WRONG = -(1 << 20)
"""The answer of an output that is none."""


class Question(NamedTuple):
    """What is asked of leaves i and j."""

    about: str
    """``size``: L(i, j). ``fused``: whether leaf i = j enters its sum in one rounding."""
    i: int
    j: int


class TooManyClasses(Exception):
    """Outputs differ in more ways than can be followed."""


class Classes:
    """The classes of all outputs of a case."""

    def __init__(self, leaves: Sequence[Leaves], of: Integers, most: int = 4096) -> None:
        self.of = of
        """The class of each output."""
        self.leaves = list(leaves)
        self.members = [frozenset(one) for one in leaves]
        """The leaves of each class as a set."""
        self.trees: list[Tree | None] = [None] * len(self.leaves)
        """The tree of each class, once it is known; a part of a class has its tree."""
        self.facts: list[dict[Question, int]] = [{} for _ in leaves]
        self.sizes = np.bincount(of, minlength=len(leaves)).tolist()
        """Outputs of each class."""
        self._most = most

    def __len__(self) -> int:
        return len(self.leaves)

    @property
    def alive(self) -> list[int]:
        """Classes that have outputs, the largest first."""
        return sorted((c for c in range(len(self)) if self.sizes[c]), key=lambda c: -self.sizes[c])

    def learn(
        self,
        question: Question,
        concerned: Sequence[int],
        answers: Callable[[slice, Integers], Integers],
    ) -> None:
        """Note the answers of the concerned classes' outputs, and split where they differ.

        ``answers(block, classes)`` gives an answer for each output of a block of the flat output,
        whose classes it is told; ``WRONG`` where a sum would not have given that.
        """
        asked = np.zeros(len(self) + 1, bool)  # the last is that of NO_SUM
        asked[list(concerned)] = True
        first = np.full(len(self) + 1, WRONG - 1, np.int64)
        parts: dict[tuple[int, int], int] = {}
        for start in range(0, self.of.size, BLOCK):
            block = slice(start, min(start + BLOCK, self.of.size))
            of = self.of[block]
            mine = asked[of]
            if not mine.any():
                continue
            answer: NDArray[np.int64] = answers(block, of).astype(np.int64)
            new = mine & (first[of] == WRONG - 1)
            first[of[new]] = answer[new]
            differ = np.flatnonzero(mine & (answer != first[of]))
            if differ.size:
                self._split(of, differ, answer[differ], parts)
        known = {one: int(first[one]) for one in concerned}
        for (parent, other), part in parts.items():
            known[part] = other
            self.sizes[parent] -= self.sizes[part]
        for one, told in known.items():
            self.facts[one][question] = told
        self.give_up([one for one, told in known.items() if told == WRONG])

    def give_up(self, classes: Sequence[int]) -> None:
        """Note that the outputs of these classes are no sums."""
        if not classes:
            return
        given_up = np.zeros(len(self) + 1, bool)
        given_up[list(classes)] = True
        for start in range(0, self.of.size, BLOCK):
            of = self.of[start : start + BLOCK]
            of[given_up[of]] = NO_SUM
        for one in classes:
            self.sizes[one] = 0

    def _split(
        self,
        of: Integers,
        places: NDArray[np.int64],
        answers: NDArray[np.int64],
        parts: dict[tuple[int, int], int],
    ) -> None:
        keys, inverse, counts = np.unique(
            np.stack([of[places], answers], axis=1), axis=0, return_inverse=True, return_counts=True
        )
        targets = np.empty(len(keys), np.int32)
        for k, (parent, answer) in enumerate(keys.tolist()):
            if (parent, answer) not in parts:
                parts[parent, answer] = self._new_part(parent)
            targets[k] = parts[parent, answer]
            self.sizes[targets[k]] += int(counts[k])
        of[places] = targets[inverse.reshape(-1)]

    def _new_part(self, parent: int) -> int:
        if len(self) >= self._most:
            raise TooManyClasses
        self.leaves.append(self.leaves[parent])
        self.members.append(self.members[parent])
        self.trees.append(self.trees[parent])
        self.facts.append(dict(self.facts[parent]))
        self.sizes.append(0)
        return len(self) - 1
