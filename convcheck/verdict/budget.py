"""Where a difference comes from: a - b splits exactly into casts and accumulations.

With y the exact result of the numbers given, y_i of the rounded input, y_r of all rounded
operands:  out - y  =  (y_i - y)  +  (y_r - y_i)  +  (out - y_r)
                        input cast    kernel cast     accumulation
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from convcheck.results import BudgetPart
from convcheck.verdict.truths import Truths

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.truth.arithmetic import Arithmetic


@dataclass
class BudgetTally:
    """The parts of one output's error, gathered band by band."""

    sums: dict[str, list[float]] = field(default_factory=dict)

    def update(self, out: Array, truths: Truths, arithmetic: Arithmetic) -> None:
        """One band."""
        for part, size in truths.cast_sums(arithmetic).items():
            self.sums.setdefault(part, []).append(size)
        rounded, _ = truths.of(arithmetic)
        error = np.abs(rounded.error(out))
        self.sums.setdefault("accumulation", []).append(float(np.sum(error)))

    def parts(self, implementation: str) -> list[BudgetPart]:
        """The parts, casts first."""
        return [
            BudgetPart(implementation, part, math.fsum(sums)) for part, sums in self.sums.items()
        ]
