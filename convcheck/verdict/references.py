"""References and bounds of one case under each arithmetic, computed when first asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.truth.arithmetic import Arithmetic, rounded
from convcheck.truth.bound import Bound, bound
from convcheck.truth.reference import Reference, reference


def prepare_references(case: Case) -> ReferenceCache | None:
    """References of a case, its exact result computed already; None where it is cut into bands."""
    first, *more = bands(case)
    if more:
        return None
    wide = any(dtype.itemsize == 8 for dtype in case.dtypes)
    references = ReferenceCache(first.case, exact_everywhere=wide)
    _ = references.given
    return references


class ReferenceCache:
    """References and bounds of one case, each computed once."""

    def __init__(self, case: Case, *, exact_everywhere: bool) -> None:
        self._case = case
        self._exact = exact_everywhere
        self._of: dict[Arithmetic, tuple[Reference, Bound]] = {}

    def belongs_to(self, case: Case, exact_everywhere: bool) -> bool:
        """Whether these are of that very case, and exact enough."""
        return case == self._case and (self._exact or not exact_everywhere)

    @cached_property
    def given(self) -> Reference:
        """Exact of the numbers given."""
        return reference(self._case, exact_everywhere=self._exact)

    def for_arithmetic(self, arithmetic: Arithmetic) -> tuple[Reference, Bound]:
        """Exact of the operands as this arithmetic rounds them, and how far it may stray."""
        if arithmetic not in self._of:
            case = rounded(self._case, arithmetic)
            same = case is self._case
            exact = self.given if same else reference(case, exact_everywhere=self._exact)
            self._of[arithmetic] = exact, bound(case, arithmetic, exact)
        return self._of[arithmetic]

    def cast_sums(self, arithmetic: Arithmetic) -> dict[str, float]:
        """Summed absolute change that each cast on the way in makes to the exact result."""
        given, case = self._case, rounded(self._case, arithmetic)
        casts = {
            "input cast": case.input is not given.input,
            "kernel cast": case.kernel is not given.kernel,
        }
        if not any(casts.values()):
            return {}
        after, _ = self.for_arithmetic(arithmetic)
        if not all(casts.values()):
            (part,) = (name for name, made in casts.items() if made)
            return {part: _gap(after, self.given)}
        between = reference(replace(given, input=case.input), exact_everywhere=True)
        return {"input cast": _gap(between, self.given), "kernel cast": _gap(after, between)}


def _gap(a: Reference, b: Reference) -> float:
    # hi first: where the two are near, their difference is exact (Sterbenz).
    with np.errstate(invalid="ignore"):
        gap = np.abs((a.value - b.value) + (a.tail - b.tail))
    return float(np.sum(gap[np.isfinite(gap)]))
