"""One integer output, held block by block against the real numbers and the bounds it may have."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from convcheck.quantized.activation import real_limits
from convcheck.quantized.blocks import Block
from convcheck.quantized.parameters import Parameters
from convcheck.results import BoundViolations, ErrorSummary, Maps, Status
from convcheck.verdict.quantized.bounds import nearest
from convcheck.verdict.quantized.holding import Holding, Largest, ratios
from convcheck.verdict.quantized.meant import Meant, Standard
from convcheck.verdict.quantized.truth import BlockTruth
from convcheck.verdict.statistics import MOST_VIOLATIONS
from convcheck.verdict.sums import sum_of, sum_of_sums

if TYPE_CHECKING:
    from convcheck.results import Array


class IntegerAssessment:
    """An output of the right shape and dtype, held against what it may be held to."""

    def __init__(self, array: Array, p: Parameters, meant: Meant) -> None:
        self._shape = array.shape
        self._p = p
        self._out = array.reshape(-1, array.shape[-1])
        self._sums: list[float] = []
        self._largest = Largest()
        self._nearest = Holding(Standard((), nearest(array.shape[-1]), real_limits(p)))
        self._names = meant.names
        self._others = [Holding(one) for one in meant.standards]
        self.excess = 0
        """Σ |out - zo - n| in steps, n being the integer nearest to ρ, at a tie the nearer one."""

    def update(self, truth: BlockTruth) -> None:
        """Add one block."""
        places = truth.block.places
        out, first = self._out[places], places.start * self._shape[-1]
        error = truth.errors(out)
        self._sums.append(sum_of(error))
        self._largest.update(error, first)
        wrong = self._nearest.update(out, truth, error, first)
        if wrong.any():
            steps = np.ceil(error[wrong] - 0.5 - truth.margin)
            self.excess += int(np.maximum(steps, 1).sum())
        for holding in self._others:
            holding.update(out, truth, error, first)

    @property
    def status(self) -> Status:
        """``exact``, else ``within-bound`` where one bound that may be meant holds everything."""
        if not self._nearest.outside:
            return Status.EXACT
        return Status.OUTSIDE_BOUND if self._chosen.outside else Status.WITHIN_BOUND

    @property
    def within(self) -> tuple[str, ...]:
        """The formulas within whose bound every output is."""
        held = {n for one in self._others if not one.outside for n in one.standard.names}
        return tuple(name for name in self._names if name in held)

    @property
    def outside(self) -> int:
        """Outputs outside the bound of ``summary``."""
        return self._chosen.outside

    @property
    def total(self) -> int:
        """All outputs."""
        return self._out.size

    @property
    def largest_error(self) -> float:
        """The largest e."""
        return self._largest.value

    def summary(self) -> ErrorSummary:
        """In steps of the output; ``max_over_bound`` of the tightest bound that holds everything.

        Where none does, of the one that the fewest outputs leave.
        """
        chosen = self._chosen
        return ErrorSummary(
            sum_abs=sum_of_sums(self._sums),
            max_abs=self._largest.value,
            max_ulps=self._largest.value,
            correctly_rounded=self._out.size - self._nearest.outside,
            total=self._out.size,
            max_over_bound=chosen.largest.value,
            rms_over_unit=None,
            worst_index=chosen.largest.index(self._shape),
        )

    @property
    def _chosen(self) -> Holding:
        """The tightest of those that hold everything, else the one that the fewest leave."""
        if not self._nearest.outside or not self._others:
            return self._nearest
        held = [one for one in self._others if not one.outside]
        if held:
            return max(held, key=lambda one: one.largest.value)
        return min(self._others, key=lambda one: (one.outside, one.largest.value))

    def violations(self, blocks: Iterable[Block]) -> BoundViolations | None:
        """The outputs outside the bound of ``summary``; None where none is, or too many to keep.

        A unit is half a step, what one rounding may make.
        """
        chosen = self._chosen
        if not 0 < chosen.outside <= MOST_VIOLATIONS:
            return None
        places, over, errors, squares = [], [], [], []
        for block in blocks:
            ratio, outside, error = self._of(block, chosen.standard)
            first = block.places.start * self._shape[-1]
            places.append(np.flatnonzero(outside) + first)
            over.append(ratio[outside])
            errors.append(error[outside])
            squares.append(sum_of(error[~outside] ** 2))
        held = self._out.size - chosen.outside
        return BoundViolations(
            index=tuple(np.unravel_index(np.concatenate(places), self._shape)),
            over_bound=np.concatenate(over),
            over_unit=2 * np.concatenate(errors),
            rms_of_others=2 * math.sqrt(sum_of_sums(squares) / held) if held else 0.0,
        )

    def maps(self, blocks: Iterable[Block]) -> Maps:
        """e of every output, and e over the bound of ``summary``."""
        steps, over = (np.empty(self._out.shape, np.float32) for _ in range(2))
        for block in blocks:
            over[block.places], _, steps[block.places] = self._of(block, self._chosen.standard)
        return Maps(steps.reshape(self._shape), over.reshape(self._shape))

    def _of(self, block: Block, standard: Standard) -> tuple[Array, Array, Array]:
        """(e over the bound, which are outside, e) of a block."""
        truth = BlockTruth(block, self._p)
        out = self._out[block.places]
        error = truth.errors(out)
        return *ratios(standard, out, truth, error), error
