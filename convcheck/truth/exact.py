"""The exact result of a case: the convolution of the given numbers with no rounding at all.

It takes any ``ConvSpec``, float or integer operands and exponents. The work is done by float64
matrix products of slices (see ``slices``), which are exact.
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
from convcheck.truth.matmul import Multiplier, multiplier
from convcheck.truth.nonfinite import finite_part, replace_nonfinite
from convcheck.truth.sums.sliced import Multiply, SlicedKernel, exact_sums
from convcheck.truth.sums.slices import Slice
from convcheck.truth.windows import (
    Phase,
    Tile,
    forward_kernel,
    phases,
    read_tile,
    taps_of,
    tile_limit,
    tiles,
)

__all__ = ["Approximation", "Exact", "approximate", "exact"]

MOST_PASSES = 400
"""Matrix products for one tile; beyond so many, single elements in digits are faster."""
ROWWISE = 100
"""One output by itself takes about as long as so many in matrix products (measured: 40 to 170)."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Exact:
    """y = (hi + lo)·2^s: ``hi`` is y·2^-s rounded to nearest even, ``lo`` the rest rounded.

    Arrays have the output's shape, or one number for each index that was asked for. ``s`` is 0
    except where float64's range does not hold hi or lo; it has no axes where it is 0 everywhere.
    An output that is not finite has hi = y and lo = 0.
    """

    s: Ints
    hi: Floats
    lo: Floats


def exact(case: Case, where: Array | None = None) -> Exact:
    """The exact result of a case: everywhere, or at the flat output indices ``where``.

    Raises InexactError if one of its own checks fails, which would be a bug here.
    """
    operands, any_nonfinite = finite_part(case)
    if where is not None:
        flat = np.asarray(where, np.int64).ravel()
        if len(flat) * ROWWISE > prod(case.output_shape):
            return _pick(exact(case), flat)
        s, hi, lo = exact_elements(case, flat, *operands)
    else:
        flat = None
        s, hi, lo = _everywhere(case, *operands)
    if any_nonfinite:
        replace_nonfinite(case, flat, s, hi, lo)
    return Exact(s if s.any() else np.zeros((), np.int64), hi, lo)


def _pick(everywhere: Exact, flat: Ints) -> Exact:
    s = everywhere.s.ravel()[flat] if everywhere.s.ndim else everywhere.s
    return Exact(s, everywhere.hi.ravel()[flat], everywhere.lo.ravel()[flat])


def _everywhere(
    case: Case, x: Array, kernel: Array, bias: Array | None
) -> tuple[Ints, Floats, Floats]:
    shape = case.output_shape
    # Outputs that no tap reaches have no phase below.
    new = np.zeros if case.spec.transposed else np.empty
    s: Ints = np.zeros((), np.int64)
    hi, lo = new(shape), new(shape)
    full = forward_kernel(case, kernel)
    terms = np.count_nonzero(full, axis=tuple(range(full.ndim - 1))).max()
    sliced = SlicedKernel(_parts(full), int(terms))
    inputs = [x] if x.dtype.kind not in "iu" else _parts(x)
    added = _parts(bias) if bias is not None else []
    if added and case.spec.transposed:
        hi[...], lo[...] = added[0], added[1] if len(added) > 1 else 0.0
    for phase in phases(case):
        products = _PhaseProducts(case, phase, sliced)
        for tile in tiles(phase, shape[0], products.per_output, tile_limit(full)):
            place = tile.place(phase)
            blocks = [read_tile(x, phase, tile) for x in inputs]
            found = exact_sums(blocks, sliced, products.multiply(tile), added, MOST_PASSES)
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


class _PhaseProducts:
    """What the tiles of a phase share: the method to multiply, and the slices laid out for it."""

    def __init__(self, case: Case, phase: Phase, kernel: SlicedKernel) -> None:
        self.phase = phase
        self.case = case
        # Slices of equal numbers are equal.
        self._constant = len(kernel.parts) == 1 and is_constant(kernel.parts[0])
        self._by_bits: dict[int, tuple[Multiplier, Floats]] = {}
        self.per_output = self._multiplier(2).per_output

    def _multiplier(self, slices: int) -> Multiplier:
        return multiplier(self.case, self.phase, slices, constant=self._constant)

    def multiply(self, tile: Tile) -> Multiply:
        """A function for ``exact_sums`` that multiplies slices of this tile's block."""

        def multiply(integers: Floats, slices: Sequence[Slice], bits: int) -> Sequence[Floats]:
            if bits not in self._by_bits:
                method = self._multiplier(len(slices))
                taken = [taps_of(self.phase, piece.integers) for piece in slices]
                self._by_bits[bits] = method, method.weights(taken)
            method, weights = self._by_bits[bits]
            return list(method.sums(method.unfold(integers), weights, tile.counts))

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
