"""One search for the order of an implementation's sums: experiments asked for, and understood.

The search computes no convolution: it says what to compute, and is told the output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from convcheck.orders.classes import (
    BLOCK,
    WRONG,
    Classes,
    Integers,
    Question,
    TooManyClasses,
)
from convcheck.orders.found import NO_SUM, FoundOrders, Order
from convcheck.orders.planning import (
    Guesses,
    Popularity,
    fused_question,
    most_popular,
    resolve,
    size_question,
)
from convcheck.orders.products import Products
from convcheck.orders.tree import Pair, Tree
from convcheck.orders.units import Factors, Formats, Units, factors_for, units_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convcheck.case.case import Array, Case

MOST_GUESSES = 8
"""Trees of other outputs that are tried for a class, the commonest first."""


@dataclass(frozen=True)
class Experiment:
    """A convolution to compute: one number everywhere in the input, and a kernel by leaves."""

    input: float
    kernel: NDArray[np.float64]
    bias: float | None


class Search:
    """The search for one case.

    Compute each of ``experiments()``, and hand its output to ``take`` before the next.
    """

    def __init__(self, case: Case, formats: Formats) -> None:
        self.products = Products(case)
        self._bias = self.products.bias_leaf
        self._classes = Classes(*self.products.by_leaves())
        self._units = units_for(formats, with_bias=self._bias is not None)
        self._factors = factors_for(formats)
        self._output = np.empty(0)
        self.asked = 0
        """Experiments so far."""
        self.problem = ""
        """Why no more can be found, where that is so."""

    def take(self, output: Array) -> None:
        """Hear what the experiment gave that was asked for last."""
        self._output = output.reshape(-1)

    def experiments(self) -> Iterator[Experiment]:
        """Each experiment in turn."""
        try:
            units = yield from self._fitting_units()
            if units is not None:
                yield from self._find_trees(units)
                yield from self._find_fused()
        except TooManyClasses:
            self.problem = "its outputs are added in thousands of different orders"

    @property
    def expected(self) -> int:
        """About how many experiments it takes in all."""
        leaves = self.products.leaves
        in_pieces = len(_pieces(leaves, self._units[0].most))
        return max(leaves * (2 * in_pieces + (self._factors is not None)), self.asked)

    def found(self) -> FoundOrders:
        """What was found, once there are no more experiments."""
        classes = self._classes
        orders: dict[Order, int] = {}
        number = np.full(len(classes) + 1, NO_SUM, np.int32)
        for one in classes.alive:
            if (tree := classes.trees[one]) is not None:
                order = Order(tree, _fused(classes.facts[one]))
                number[one] = orders.setdefault(order, len(orders))
        of = np.empty_like(classes.of)
        for start in range(0, of.size, BLOCK):
            block = slice(start, start + BLOCK)
            of[block] = number[classes.of[block]]
        return FoundOrders(tuple(orders), of, self.asked)

    def _experiment(self, number: float, kernel: NDArray[np.float64]) -> Experiment:
        """The experiment with this input everywhere, and the bias as large as its product would be.

        ``kernel`` has a value for each leaf.
        """
        self.asked += 1
        if self._bias is None:
            return Experiment(number, kernel, None)
        return Experiment(number, kernel[:-1], float(kernel[-1] * number))

    # Trees

    def _fitting_units(self) -> Generator[Experiment, None, Units | None]:
        """The first units whose masks do not overflow."""
        classes = self._classes
        several = [one for one in classes.alive if len(classes.leaves[one]) > 1]
        if not several or len(self._units) == 1:
            return self._units[0]
        i, j = classes.leaves[several[0]][:2]
        masked = np.zeros(len(classes) + 1, bool)
        masked[self._with_both(i, j)] = True
        for units in self._units:
            kernel = np.zeros(self.products.leaves)
            kernel[[i, j]] = units.mask, -units.mask
            yield self._experiment(units.input, kernel)
            if np.isfinite(self._output[masked[classes.of]].astype(np.float64)).all():
                return units
        self.problem = "no numbers of its formats are large enough to hide others"
        return None

    def _find_trees(self, units: Units) -> Iterator[Experiment]:
        while questions := self._size_questions():
            for question in questions:
                yield from self._ask_size(question, units)

    def _size_questions(self) -> list[Question]:
        """What to ask next: of the largest class until it has its tree, then of all at once."""
        classes = self._classes
        questions: dict[Question, None] = {}
        for one in classes.alive:
            if classes.trees[one] is not None:
                continue
            found = resolve(classes.leaves[one], classes.facts[one], self._guesses(one))
            if found is None:
                classes.give_up([one])
            elif isinstance(found, Tree):
                classes.trees[one] = found
            else:
                questions |= dict.fromkeys(size_question(*pair) for pair in found)
                if not any(classes.trees):
                    break
        return list(questions)

    def _guesses(self, one: int) -> Guesses:
        """The commonest trees that have all leaves of this class; rows until there are any."""
        classes = self._classes
        leaves = classes.members[one]
        known = dict.fromkeys(tree for c in classes.alive if (tree := classes.trees[c]) is not None)
        trees = [tree for tree in known if leaves <= tree.place.keys()][:MOST_GUESSES]
        return Guesses(trees, () if known else self._rows(), self._popular())

    def _rows(self) -> list[list[int]]:
        """Leaves with their axes nested in every order; the bias first or last."""
        products = self.products
        leaves = np.arange(products.count).reshape(*products.taps, products.channels)
        turned = (leaves.transpose(order).reshape(-1) for order in permutations(range(leaves.ndim)))
        rows = [list(row) for row in dict.fromkeys(tuple(one.tolist()) for one in turned)]
        if self._bias is None:
            return rows
        return [row for order in rows for row in ([*order, self._bias], [self._bias, *order])]

    def _popular(self) -> Popularity:
        """How many classes have each leaf."""
        counts = Counter(leaf for c in self._classes.alive for leaf in self._classes.leaves[c])
        return np.array([counts[leaf] for leaf in range(self.products.leaves)], np.int64)

    def _with_both(self, i: int, j: int) -> list[int]:
        """Classes that have both leaves, and no tree yet."""
        classes = self._classes
        return [
            one
            for one in classes.alive
            if classes.trees[one] is None and {i, j} <= classes.members[one]
        ]

    def _ask_size(self, question: Question, units: Units) -> Iterator[Experiment]:
        concerned = self._with_both(question.i, question.j)
        if not concerned:  # all were given up meanwhile
            return
        masks = [question.i, question.j]
        others = np.setdiff1d(np.arange(self.products.leaves), masks)
        total = np.zeros(self._classes.of.size, np.int32)
        for piece in _pieces(len(others), units.most):
            kernel = np.zeros(self.products.leaves)
            kernel[others[piece]] = units.unit
            kernel[masks] = units.mask, -units.mask
            yield self._experiment(units.input, kernel)
            _count(self._output, units, total)
        leaves = np.array([len(one) for one in self._classes.leaves])

        def answers(block: slice, of: Integers) -> Integers:
            outside, all_of_it = total[block], leaves[of]
            possible = (outside >= 0) & (outside <= all_of_it - 2)
            return np.where(possible, all_of_it - outside, WRONG).astype(np.int32)

        self._classes.learn(question, concerned, answers)

    # Fused products

    def _find_fused(self) -> Iterator[Experiment]:
        factors = self._factors
        while factors is not None and (pairs := self._fused_pairs()):
            for leaf, other in pairs:
                concerned = self._unanswered(leaf, other)
                if not concerned:  # another experiment has told
                    continue
                kernel = np.zeros(self.products.leaves)
                kernel[leaf], kernel[other] = factors.kernel, -1.0
                yield self._experiment(factors.input, kernel)
                self._learn_fused(leaf, concerned, factors)

    def _fused_pairs(self) -> list[Pair]:
        """Leaves of which it is not known whether they are fused, each with a leaf of its other."""
        classes, popular = self._classes, self._popular()
        pairs: dict[Pair, None] = {}
        for tree in dict.fromkeys(classes.trees[one] for one in classes.alive):
            if tree is not None:
                of_place = popular[list(tree.leaves)]
                for leaf, others in tree.added_to.items():
                    if leaf != self._bias:
                        pairs[leaf, most_popular(tree, others, of_place)] = None
        return [pair for pair in pairs if self._unanswered(*pair)]

    def _unanswered(self, leaf: int, other: int) -> list[int]:
        """Classes that do not know whether this leaf is fused, and where it is added to the other.

        Or to a sum with the other.
        """
        classes = self._classes
        return [
            one
            for one in classes.alive
            if (tree := classes.trees[one]) is not None
            and tree.place.get(other, -1) in tree.added_to.get(leaf, ())
            and fused_question(leaf) not in classes.facts[one]
        ]

    def _learn_fused(self, leaf: int, concerned: Sequence[int], factors: Factors) -> None:
        output = self._output

        def answers(block: slice, of: Integers) -> Integers:
            given = output[block].astype(np.float64)
            rounded, fused = given == factors.rounded, given == factors.fused
            return np.where(fused, 1, np.where(rounded, 0, WRONG)).astype(np.int32)

        self._classes.learn(fused_question(leaf), concerned, answers)


def _pieces(count: int, most: int) -> list[slice]:
    """Places in pieces of as many as can be counted at once; one piece even of none."""
    return [slice(start, start + most) for start in range(0, max(count, 1), most)]


def _count(output: Array, units: Units, total: Integers) -> None:
    """Add to each total how many units the output holds, a very negative number for none."""
    for start in range(0, total.size, BLOCK):
        block = slice(start, start + BLOCK)
        with np.errstate(invalid="ignore", over="ignore"):
            counts = output[block].astype(np.float64) / units.counted
            whole = (counts == np.rint(counts)) & (counts >= 0) & (counts <= units.most)
            total[block] += np.where(whole, counts, WRONG).astype(np.int32)


def _fused(facts: dict[Question, int]) -> tuple[int, ...]:
    return tuple(sorted(q.i for q, answer in facts.items() if q.about == "fused" and answer == 1))
