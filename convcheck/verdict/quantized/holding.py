"""An integer output against one bound: which elements leave it, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from convcheck.verdict.quantized.meant import Standard
from convcheck.verdict.quantized.quotients import Flags, Floats, allowance, within
from convcheck.verdict.quantized.truth import BlockTruth

if TYPE_CHECKING:
    from convcheck.results import Array, Index

OVER = float(np.nextafter(1.0, 2.0))
"""The smallest ratio of an error that is over its bound."""


@dataclass
class Largest:
    """The largest value met, and where: a flat index."""

    value: float = 0.0
    flat: int = 0

    def update(self, values: Array, first: int) -> None:
        """``values`` of a block whose first output has the flat index ``first``."""
        at = int(np.argmax(values))
        if (value := float(values.flat[at])) > self.value:
            self.value, self.flat = value, first + at

    def index(self, shape: tuple[int, ...]) -> Index:
        """Where, in an array of this shape."""
        return tuple(int(i) for i in np.unravel_index(self.flat, shape))


@dataclass
class Holding:
    """An output against one standard, block by block."""

    standard: Standard
    outside: int = 0
    """Outputs outside."""
    largest: Largest = field(default_factory=Largest)
    """Of e over the bound: above 1 iff an output is outside."""

    def update(self, out: Array, truth: BlockTruth, error: Floats, first: int) -> Flags:
        """Add one block, whose errors are ``error``; return which outputs are outside."""
        ratio, outside = ratios(self.standard, out, truth, error)
        self.largest.update(ratio, first)
        self.outside += int(np.count_nonzero(outside))
        return outside


def ratios(
    standard: Standard, out: Array, truth: BlockTruth, error: Floats
) -> tuple[Floats, Flags]:
    """e over the bound of each output, and which are outside.

    The quotient is float64's; what is in or out is decided without rounding, and the ratio is above
    1 iff the output is outside.
    """
    allowed = allowance(truth.quotients, standard.bound)
    ratio = error / allowed
    if standard.limits == truth.limits:
        # |v - r| is at least e: what is over its bound by more than float64 may be off is outside.
        outside = error > allowed * (1 + 2.0**-40) + 2 * truth.margin
        doubtful = truth.doubtful(error) & ~outside
    else:  # clamped elsewhere: e says nothing
        outside = np.zeros(out.shape, bool)
        doubtful = ~outside
    if doubtful.any():
        held = within(out[doubtful], truth.only(doubtful), standard.bound, standard.limits)
        outside[doubtful] = ~held
    return np.where(outside, np.maximum(ratio, OVER), np.minimum(ratio, 1.0)), outside
