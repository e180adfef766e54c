"""Which numbers of an operand a changed convolution has where.

A gradient by the changed operand is one by the operand itself, rearranged: what a change does to
the numbers 1, 2, 3 … says where each went.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis

if TYPE_CHECKING:
    from convcheck.case.case import Array


@dataclass(frozen=True, eq=False)
class Rearrangement:
    """An operand's numbers in a changed convolution: each of some once, no other number."""

    places: Array | None
    """Shape of the changed operand: the flat index of each number in the operand; None: as it
    is."""

    @property
    def is_identity(self) -> bool:
        """Whether every number stays where it is."""
        return self.places is None

    def applied(self, gradient: Array) -> Array:
        """The gradient by the operand as one by the changed operand.

        Raises ValueError where it is not 0 by a number that the changed convolution does not have.
        """
        if self.places is None:
            return gradient
        flat = gradient.reshape(-1)
        if self.places.size < flat.size:
            left = np.ones(flat.size, bool)
            left[self.places] = False
            if flat[left].any():
                raise ValueError("a number that takes part in no output has a gradient")
        return flat[self.places]


Role = Literal["input", "kernel", "bias"]


def rearrangement(change: Hypothesis, case: Case, role: Role) -> Rearrangement | None:
    """Where a change of the case has the numbers of one of its arrays.

    None where it has some twice, or others: then no gradient by the operand is one by the changed
    operand. Raises SpecError where a case cannot be changed so.
    """
    given = getattr(case, role)
    # float64 as well as integers: a change may compute with them.
    numbers = np.arange(1.0, given.size + 1).reshape(given.shape)
    numbered = {
        "input": lambda: replace(case, input=numbers),
        "kernel": lambda: replace(case, kernel=numbers),
        "bias": lambda: replace(case, bias=numbers),
    }[role]()
    changed = getattr(change.change(numbered), role)
    if changed is None:
        return None
    found = np.asarray(changed)
    if found is numbers or (found.shape == given.shape and np.array_equal(found, numbers)):
        return Rearrangement(None)
    places = found.astype(np.int64) - 1
    known = (places + 1 == found).all() and (places >= 0).all() and (places < given.size).all()
    if not known or len(np.unique(places)) != places.size:
        return None
    return Rearrangement(places)
