"""The convolution of the given numbers with no rounding at all.

Any ``ConvSpec``, any float or integer operands, any exponents. The work is done by float64
matrix products of slices (see ``slices``), which are exact; nothing here is approximate but
where it is named so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.truth.approximate import Approximation, approximate
from convcheck.truth.box_filter import is_constant
from convcheck.truth.elements import exact_elements
from convcheck.truth.expansion import rescale
from convcheck.truth.formats import Array, Floats, pair
from convcheck.truth.multiply import Multiplier, multiplier
from convcheck.truth.nonfinite import finite_part, replace_nonfinite
from convcheck.truth.slices import Slice
from convcheck.truth.sums import Kernel, Multiply, exact_sums
from convcheck.truth.windows import (
    Box,
    Part,
    box_limit,
    boxes,
    forward_kernel,
    parts,
    read,
    taps_of,
)

__all__ = ["Approximation", "Exact", "approximate", "exact"]

MOST_PASSES = 400
"""Beyond so many matrix products single elements in integers are faster."""
ROWWISE = 100
"""One output by itself takes about as long as so many in matrix products (40 to 170)."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Exact:
    """y = (hi + lo)·2^s: ``hi`` is y·2^-s rounded to nearest even, ``lo`` the rest rounded.

    All in output shape, or one number for each index asked for. ``s`` is 0, without axes where
    that holds everywhere, except where float64's range does not hold hi or lo. An output that is
    not finite has hi = y, lo = 0.
    """

    s: Ints
    hi: Floats
    lo: Floats


def exact(case: Case, where: Array | None = None) -> Exact:
    """The exact result of a case, everywhere or at flat output indices.

    Raises InexactError if a check of its own fails, which would be a bug here.
    """
    operands, spoiled = finite_part(case)
    if where is not None:
        flat = np.asarray(where, np.int64).ravel()
        if len(flat) * ROWWISE > prod(case.output_shape):
            return _pick(exact(case), flat)
        s, hi, lo = exact_elements(case, flat, *operands)
    else:
        flat = None
        s, hi, lo = _everywhere(case, *operands)
    if spoiled:
        replace_nonfinite(case, flat, s, hi, lo)
    return Exact(s if s.any() else np.zeros((), np.int64), hi, lo)


def _pick(everywhere: Exact, flat: Ints) -> Exact:
    s = everywhere.s.ravel()[flat] if everywhere.s.ndim else everywhere.s
    return Exact(s, everywhere.hi.ravel()[flat], everywhere.lo.ravel()[flat])


def _everywhere(
    case: Case, x: Array, kernel: Array, bias: Array | None
) -> tuple[Ints, Floats, Floats]:
    shape = case.output_shape
    # Outputs that no tap reaches have no part below.
    new = np.zeros if case.spec.transposed else np.empty
    s: Ints = np.zeros((), np.int64)
    hi, lo = new(shape), new(shape)
    full = forward_kernel(case, kernel)
    terms = np.count_nonzero(full, axis=tuple(range(full.ndim - 1))).max()
    sliced = Kernel(_parts(full), int(terms))
    inputs = [x] if x.dtype.kind not in "iu" else _parts(x)
    added = _parts(bias) if bias is not None else []
    if added and case.spec.transposed:
        hi[...], lo[...] = added[0], added[1] if len(added) > 1 else 0.0
    for part in parts(case):
        work = _PartWork(case, part, sliced)
        for box in boxes(part, shape[0], work.per_output, box_limit(full)):
            place = box.place(part)
            blocks = [read(x, part, box) for x in inputs]
            found = exact_sums(blocks, sliced, work.multiply(box), added, MOST_PASSES)
            if found is None:
                flat = _flat_indices(shape, place)
                single = exact_elements(case, flat.ravel(), x, kernel, bias)
                exponent, hi[place], lo[place] = (one.reshape(flat.shape) for one in single)
            else:
                exponent, hi[place], lo[place] = rescale(found.hi, found.lo, found.exponent)
            if exponent.any():
                s = s if s.ndim else np.zeros(shape, np.int64)
                s[place] = exponent
    return s, hi, lo


class _PartWork:
    """What the boxes of a part share: how to multiply, and the kernel's slices laid out for it."""

    def __init__(self, case: Case, part: Part, kernel: Kernel) -> None:
        self.part = part
        self.case = case
        # Slices of equal numbers are equal.
        self._constant = len(kernel.parts) == 1 and is_constant(kernel.parts[0])
        self._ways: dict[int, tuple[Multiplier, Floats]] = {}
        self.per_output = self._way(2).per_output

    def _way(self, slices: int) -> Multiplier:
        channels, filters = self.case.spec.channels(self.case.kernel.shape)
        groups = self.case.spec.groups
        return multiplier(self.part, channels, filters, groups, slices, constant=self._constant)

    def multiply(self, box: Box) -> Multiply:
        def multiply(integers: Floats, slices: Sequence[Slice], bits: int) -> Sequence[Floats]:
            if bits not in self._ways:
                way = self._way(len(slices))
                taken = [taps_of(self.part, piece.integers) for piece in slices]
                self._ways[bits] = way, way.weights(taken)
            way, weights = self._ways[bits]
            return list(way.sums(way.unfold(integers), weights, box.counts))

        return multiply


def _flat_indices(shape: tuple[int, ...], place: tuple[int | slice, ...]) -> Ints:
    axes = [
        np.arange(size)[one] if isinstance(one, slice) else np.array([one])
        for size, one in zip(shape, (*place, slice(None)), strict=True)
    ]
    grid: Ints = np.asarray(np.ravel_multi_index(np.ix_(*axes), shape))[0]
    return grid


def _parts(values: Array) -> list[Floats]:
    hi, lo = pair(values)
    return [hi] if lo is None else [hi, lo]
