"""Which formulas give every element of an output: the strongest thing that can be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.quantized.blocks import Block
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS

if TYPE_CHECKING:
    from convcheck.results import Array


class Reproduction:
    """The formulas that have given every element so far, for several outputs block by block.

    A formula is computed for as long as it may still reproduce an output, once for all of them.
    """

    def __init__(
        self, outputs: Sequence[Array], p: Parameters, names: Sequence[str] = tuple(FORMULAS)
    ) -> None:
        """``outputs``: each in output shape; ``names``: the formulas to try."""
        self._p = p
        self._outputs = [array.reshape(-1, array.shape[-1]) for array in outputs]
        self._left = [[n for n in FORMULAS if n in names] for _ in outputs]

    def update(self, block: Block) -> None:
        """Compare one block of the sums with the same outputs."""
        wanted = set().union(*self._left)
        for name in FORMULAS:
            if name not in wanted:
                continue
            expected = FORMULAS[name].output(block.sums, self._p)
            for array, left in zip(self._outputs, self._left, strict=True):
                if name in left and not np.array_equal(array[block.places], expected):
                    left.remove(name)

    @property
    def names(self) -> list[tuple[str, ...]]:
        """For each output the formulas that gave every element, in the catalogue's order."""
        return [tuple(left) for left in self._left]
