"""What a block of outputs should be: the real numbers, and where float64 knows them surely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcheck.quantized.activation import Limits, real_limits
from convcheck.quantized.blocks import Block
from convcheck.quantized.parameters import Parameters
from convcheck.verdict.quantized.quotients import ROUNDINGS, Flags, Floats, Quotients


@dataclass(frozen=True, eq=False)
class BlockTruth:
    """The real numbers of a block, in steps of the output."""

    block: Block
    p: Parameters

    @cached_property
    def limits(self) -> Limits:
        """The integers that the real numbers are clamped to."""
        return real_limits(self.p)

    @cached_property
    def quotients(self) -> Quotients:
        """r."""
        return Quotients(self.block.sums, self.p)

    @cached_property
    def clamped(self) -> Floats:
        """ρ, r clamped to the output's range."""
        low, high = (limit - self.p.output_zero_point for limit in self.limits)
        return np.clip(self.quotients.value, low, high)

    @cached_property
    def margin(self) -> float:
        """How far ρ, and its distance to an integer of the output's range, may be off."""
        largest = max(abs(limit - self.p.output_zero_point) for limit in self.limits)
        return float(self.quotients.margin.max()) + ROUNDINGS * (2 * largest + 1)

    def errors(self, out: NDArray[Any]) -> Floats:
        """e = |out - zo - ρ| of a block of outputs."""
        found = out.astype(np.float64)
        found -= self.p.output_zero_point
        found -= self.clamped
        return np.abs(found, out=found)

    def doubtful(self, error: Floats) -> Flags:
        """Which outputs float64 does not surely show to be nearest; ``error``: their e.

        The others have e <= 1/2: they lie within every bound that is clamped to these limits.
        """
        return error > 0.5 - self.margin

    def only(self, where: Flags) -> Quotients:
        """r of some of the outputs."""
        return Quotients(self.block.sums, self.p, where)
