"""A case, quantized or not. Imports no NumPy: a worker starts without, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from convcheck.case.case import Case

if TYPE_CHECKING:
    from convcheck.quantized.case import QuantizedCase

AnyCase: TypeAlias = "Case | QuantizedCase"
"""What an implementation may be asked to compute."""

SUM_DTYPES = ("int32", "int64")
"""dtypes of an output that is the sums themselves, before any requantization."""


def is_quantized(case: AnyCase) -> bool:
    """Whether its numbers are integers that stand for real ones."""
    return not isinstance(case, Case)


def operands_of(case: AnyCase) -> Case:
    """The arrays and geometry: of a quantized case its integers."""
    return case if isinstance(case, Case) else case.case
