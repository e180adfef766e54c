"""The search for explanations: all on few outputs, what is left on more, then on the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.arithmetic import Arithmetic
from convcheck.truth.exact import Exact, exact
from convcheck.verdict.explanations.catalogue import CATALOGUE
from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.glimpse import PLAIN, Spots, see, spots
from convcheck.verdict.proof import Confirmed, changed_case, confirm

if TYPE_CHECKING:
    from convcheck.results import Array, Index

FEW = (20, 4)
"""Places and filters of the first look."""
MORE = (384, 16)
"""Places and filters of the second."""
SOME = 256
"""Outputs at which two arrangements are compared."""


@dataclass
class Suspect:
    """An output that departs from its case, and where it was looked at."""

    case: Case
    out: Array
    arithmetic: Arithmetic
    worst: Sequence[Index | None] = ()

    def __post_init__(self) -> None:
        self._spots: dict[tuple[object, ...], Spots] = {}
        self._confirmed: list[tuple[Variant, Confirmed]] = []

    @property
    def computable(self) -> bool:
        """Whether the arithmetic has the case's numbers: an integer one may not."""
        kinds = {dtype.kind for dtype in self.case.dtypes}
        return not self.arithmetic.is_integer or kinds <= set("iu")

    def spots(self, case: Case, size: tuple[int, int]) -> Spots:
        """Places of a changed case; the same for all that have this output shape."""
        key = (case.output_shape, size)
        if key not in self._spots:
            self._spots[key] = spots(case, *size, self.worst)
        return self._spots[key]

    def survives(self, variant: Variant, size: tuple[int, int]) -> bool:
        """Whether every output looked at may be the variant's."""
        fits = changed_case(self.case, variant, self.out)
        if fits is None:
            return False
        return self.holds(*fits, variant, size)

    def confirm(self, variant: Variant) -> Confirmed:
        """The variant held against every output, once."""
        for known, found in self._confirmed:
            if known is variant:
                return found
        found = confirm(self.case, variant, self.out, self.arithmetic)
        self._confirmed.append((variant, found))
        return found

    def holds(self, changed: Case, shown: Array, variant: Variant, size: tuple[int, int]) -> bool:
        """The same of a case that is changed already, and the output as it would have it."""
        if shown.shape != changed.output_shape:
            return False
        where = self.spots(changed, size)
        try:
            found = see(changed, where, self.arithmetic, variant)
        except ValueError:  # numbers that an integer arithmetic does not have
            return False
        return bool(found.holds(where.of(shown)).all())


def variants(case: Case, shape: tuple[int, ...]) -> Iterator[Variant]:
    """Every changed convolution of the catalogue, commonest causes first."""
    for explanation in CATALOGUE:
        if explanation.applies(case):
            yield from explanation.variants(case, shape)


def single(suspect: Suspect) -> list[Variant]:
    """The changed convolutions that every sampled output may be of."""
    few = [
        variant
        for variant in variants(suspect.case, suspect.out.shape)
        if suspect.survives(variant, FEW)
    ]
    return [variant for variant in few if suspect.survives(variant, MORE)]


def equal(suspect: Suspect, a: Variant, b: Variant) -> bool:
    """Whether two explanations give the same exact result."""
    first, second = a.change(suspect.case), b.change(suspect.case)
    if a.view is None and b.view is None and a.order == b.order:
        same_shape = first.output_shape == second.output_shape
        return same_shape and same_result((first, a), (second, b), suspect.spots(first, MORE))
    if a.step or b.step:
        return False
    return _same_rearranged((first, a), (second, b), suspect.out.shape)


def same_result(a: tuple[Case, Variant], b: tuple[Case, Variant], where: Spots) -> bool:
    """Whether two changed cases give the same exact result, as far as float64 can tell there."""
    one, other = (see(case, where, PLAIN, variant) for case, variant in (a, b))
    return bool((np.abs(one.value - other.value) <= one.radius + other.radius).all())


def _same_rearranged(
    a: tuple[Case, Variant], b: tuple[Case, Variant], shape: tuple[int, ...]
) -> bool:
    """Whether two changed cases, each output arranged as it is seen, give the same exact result."""
    size = prod(shape)
    few = np.random.default_rng(0).permutation(size)[:SOME]
    flat = np.arange(size)

    def at_few(case: Case, variant: Variant) -> Exact:
        # Where each output stands in the changed case's own arrangement.
        stands = np.empty_like(flat)
        stands[variant.seen(flat.reshape(shape)).ravel()] = flat
        return exact(case, stands[few])

    one, two = at_few(*a), at_few(*b)
    return bool(
        np.array_equal(one.s, two.s)
        and np.array_equal(one.hi, two.hi)
        and np.array_equal(one.lo, two.lo)
    )
