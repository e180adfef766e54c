"""What may be asked for: a case, quantized or not, or a gradient. Imports no NumPy.

A worker starts without, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from convcheck.case.case import Case
from convcheck.case.passes import Gradient

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.quantized.case import QuantizedCase

AnyCase: TypeAlias = "Case | QuantizedCase"
"""A convolution forward."""
Asked: TypeAlias = "Case | QuantizedCase | Gradient"
"""What an implementation may be asked to compute."""

SUM_DTYPES = ("int32", "int64")
"""dtypes of an output that is the sums themselves, before any requantization."""


def is_quantized(case: Asked) -> bool:
    """Whether its numbers are integers that stand for real ones."""
    return not isinstance(case, (Case, Gradient))


def operands_of(case: Asked) -> Case:
    """The arrays and geometry: of a quantized case its integers, of a gradient the forward case."""
    if isinstance(case, Gradient):
        return case.forward
    return case if isinstance(case, Case) else case.case


def arrays_of(case: Asked) -> dict[str, Array | None]:
    """The arrays of numbers that an implementation is given, by name."""
    operands = operands_of(case)
    arrays = {"input": operands.input, "kernel": operands.kernel, "bias": operands.bias}
    if isinstance(case, Gradient):
        arrays["output_gradient"] = case.output_gradient
    return arrays


def wanted_shape(case: Asked) -> tuple[int, ...]:
    """The shape of what is to be computed."""
    return case.shape if isinstance(case, Gradient) else operands_of(case).output_shape
