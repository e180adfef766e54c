"""What the frameworks' gradients have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcheck.case.passes import GRADIENTS
from convcheck.errors import CannotCompute

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.case.passes import Gradient


def place_of(kind: str) -> int:
    """Where what a gradient is by stands among a call's operands: input, kernel, bias."""
    return GRADIENTS.index(kind)


def no_gradient(how: str, asked: Gradient) -> CannotCompute:
    """What to raise where ``how`` gives nothing: frameworks differentiate by real numbers alone."""
    case = asked.forward
    operands: tuple[Array | None, ...] = (case.input, case.kernel, case.bias)
    by: Any = operands[place_of(asked.kind)]
    dtype = case.input.dtype if by is None else by.dtype
    return CannotCompute(f"{how} gives no {asked.kind.replace('-', ' ')} of {dtype.name} numbers")
