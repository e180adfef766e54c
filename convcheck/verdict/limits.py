"""What a check must hold besides "the same up to rounding". Standard library alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a user asks for beyond "the same up to rounding"."""

    identical: bool = False
    max_sum: float | None = None
    strict: bool = False
    """Fail also on a finding or warning inside the bounds, ``summation-order`` aside."""
    accept: tuple[str, ...] = ()
    """Causes: a difference that they wholly explain does not fail."""
