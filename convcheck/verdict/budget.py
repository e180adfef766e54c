"""Where a difference comes from: a - b splits exactly into casts and accumulations.

With y the exact result of the numbers given, y_i of the rounded input, y_r of all rounded
operands:  out - y  =  (y_i - y)  +  (y_r - y_i)  +  (out - y_r)
                        input cast    kernel cast     accumulation
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from convcheck.results import BudgetPart
from convcheck.verdict.references import ReferenceCache
from convcheck.verdict.sums import sum_of, sum_of_sums

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.truth.arithmetic import Arithmetic


@dataclass
class BudgetStatistics:
    """The parts of one output's error, added up band by band."""

    sums: dict[str, list[float]] = field(default_factory=dict)

    def add(self, out: Array, references: ReferenceCache, arithmetic: Arithmetic) -> None:
        """Add one band."""
        for part, size in references.cast_sums(arithmetic).items():
            self.sums.setdefault(part, []).append(size)
        rounded, _ = references.for_arithmetic(arithmetic)
        error = np.abs(rounded.error(out))
        self.sums.setdefault("accumulation", []).append(sum_of(error))

    def parts(self, implementation: str) -> list[BudgetPart]:
        """The parts, casts first."""
        return [
            BudgetPart(implementation, part, sum_of_sums(sums)) for part, sums in self.sums.items()
        ]
