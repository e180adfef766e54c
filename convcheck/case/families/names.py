"""The names of the families, and what was typed after one. Imports no NumPy."""

from __future__ import annotations

import math
from dataclasses import dataclass

from convcheck.errors import UsageError
from convcheck.untrusted.text import clean

INTEGERS, CANCELLATION, WIDE, SUBNORMAL, OVERFLOW = FAMILIES = (
    "integers",
    "cancellation",
    "wide",
    "subnormal",
    "overflow",
)
SHOWN = tuple(f"{name}:C" if name == CANCELLATION else name for name in FAMILIES)
"""As help and suggestions write them."""
TYPED = tuple(f"{name}:1e6" if name == CANCELLATION else name for name in FAMILIES)
"""As a shell completes them: each a value that is taken."""


@dataclass(frozen=True)
class Family:
    """One of ``FAMILIES``, with the condition that ``cancellation`` is asked for; else 1."""

    name: str
    condition: float = 1.0


def names_family(text: str) -> bool:
    """Whether this stands for a family, rightly typed or not, and so for no file."""
    return text.partition(":")[0] in FAMILIES


def family_of(text: str) -> Family | None:
    """The family that was typed, None for anything else.

    Raises UsageError for ``cancellation`` without a finite number of at least 1, and for another
    family with one.
    """
    if not names_family(text):
        return None
    name, colon, number = text.partition(":")
    if name != CANCELLATION:
        if colon:
            raise UsageError(f"'{clean(text, 60)}': {name} takes no number; write --input {name}")
        return Family(name)
    try:
        condition = float(number)
    except ValueError:
        condition = math.nan
    if not 1 <= condition < math.inf:
        raise UsageError(
            f"'{clean(text, 60)}': after cancellation comes how many times an output's products "
            "exceed it, a finite number from 1 on, such as --input cancellation:1e6"
        )
    return Family(name, condition)
