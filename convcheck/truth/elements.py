"""The exact results of single outputs: gathers the taps of each and sums its products exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import prod
from operator import or_

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.truth.expansion import rescale
from convcheck.truth.formats import Array, Floats, pair
from convcheck.truth.sums.digits import digit_sums
from convcheck.truth.sums.sliced import SlicedKernel, exact_sums
from convcheck.truth.sums.slices import Slice, span, widths
from convcheck.truth.windows import forward_kernel, tap_reads

CHUNK = 1 << 15
"""Products held at once: a quarter of a megabyte for each array of them, for the cache."""
MOST_PASSES = 100
"""A pass takes about 2 ns for a product, digits take 200 to 500 ns."""

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Taps:
    """What the taps of some outputs read: a row for each output, a column for each tap."""

    rows: slice
    """Which of the outputs asked for."""
    reads: Indices
    """Flat indices into the input, 0 where the tap lies outside."""
    kernel: Indices
    """Flat indices into the forward kernel with its filters first, (O, *taps, C / groups)."""
    valid: NDArray[np.bool_]
    """Whether the tap lies inside the input."""
    filters: Indices
    """The filter of each output."""


def taps_of_outputs(case: Case, flat: Indices) -> Iterator[Taps]:
    """The taps of the outputs with these flat indices, in chunks of about ``CHUNK`` products."""
    inner = case.input.shape[-1] // case.spec.groups
    terms = prod(case.spec.kernel_size) * inner
    step = max(CHUNK // terms, 1)
    for start in range(0, len(flat), step):
        yield _taps(case, slice(start, min(start + step, len(flat))), flat, inner)


def _taps(case: Case, rows: slice, flat: Indices, inner: int) -> Taps:
    image, *position, filters = np.unravel_index(flat[rows], case.output_shape)
    number = len(image)
    index = np.reshape(image, (number, 1))
    valid: Array = np.ones((number, 1), bool)
    for axis, at in zip(case.axes, position, strict=True):
        reads, inside = tap_reads(case, axis, np.asarray(at))
        index = index[:, :, None] * axis.size + np.where(inside, reads, 0)[:, None, :]
        index = index.reshape(number, -1)
        valid = (valid[:, :, None] & inside[:, None, :]).reshape(number, -1)
    channels = case.input.shape[-1]
    group = filters // (case.output_shape[-1] // case.spec.groups)
    channel = group[:, None] * inner + np.arange(inner)
    index = (index[:, :, None] * channels + channel[:, None, :]).reshape(number, -1)
    valid = np.repeat(valid, inner, axis=1)
    terms = index.shape[1]
    kernel = filters[:, None] * terms + np.arange(terms)
    return Taps(rows, np.where(valid, index, 0), kernel, valid, filters)


def exact_elements(
    case: Case, flat: Indices, x: Array, kernel: Array, bias: Array | None
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """(s, hi, lo), as in ``Exact``, of the outputs with these flat indices.

    ``x``, ``kernel`` and ``bias`` stand in for the case's own; all must be finite.
    """
    s = np.zeros(len(flat), np.int64)
    hi, lo = np.zeros(len(flat)), np.zeros(len(flat))
    x_parts = flat_parts(x)
    k_parts = flat_parts(filters_first(case, kernel))
    bias_parts = flat_parts(bias) if bias is not None else []
    for taps in taps_of_outputs(case, flat):
        rows = taps.rows
        xs = [np.where(taps.valid, part[taps.reads], 0.0) for part in x_parts]
        ks = [np.where(taps.valid, part[taps.kernel], 0.0) for part in k_parts]
        added = [part[taps.filters] for part in bias_parts]
        s[rows], hi[rows], lo[rows] = _row_sums(xs, ks, added)
    return s, hi, lo


def exact_fractions(case: Case, flat: Indices) -> list[Fraction]:
    """The exact outputs with these flat indices; the taps that they read must be finite."""
    found: list[Fraction] = []
    x_parts = flat_parts(case.input)
    k_parts = flat_parts(filters_first(case, case.kernel))
    bias_parts = flat_parts(case.bias) if case.bias is not None else []
    for taps in taps_of_outputs(case, flat):
        xs = [np.where(taps.valid, part[taps.reads], 0.0) for part in x_parts]
        ks = [np.where(taps.valid, part[taps.kernel], 0.0) for part in k_parts]
        found += fractions(xs, ks, [part[taps.filters] for part in bias_parts])
    return found


def _row_sums(
    xs: list[Floats], ks: list[Floats], bias: list[Floats]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    columns = SlicedKernel([k.T for k in ks], max(xs[0].shape[1], 1))
    if _passes(xs, columns) > MOST_PASSES:
        return digit_sums(xs, ks, bias)

    def multiply(integers: Floats, slices: Sequence[Slice], bits: int) -> list[Floats]:
        return [np.einsum("nm,nm->m", integers, piece.integers) for piece in slices]

    found = exact_sums([x.T for x in xs], columns, multiply, bias, MOST_PASSES)
    if found is None:
        return digit_sums(xs, ks, bias)
    shape = xs[0].shape[:1]
    exponent = np.broadcast_to(found.exponent, shape)
    return rescale(np.broadcast_to(found.hi, shape), np.broadcast_to(found.lo, shape), exponent)


def _passes(xs: list[Floats], kernel: SlicedKernel) -> int:
    """How many products of slices there may be; fewer where slices between are empty."""
    spans = [found for found in map(span, xs) if found]
    if not spans or kernel.span is None:
        return 0
    x = reduce(or_, spans)
    x_bits, k_bits = widths(x, kernel.span, kernel.terms)
    slices = -(-x.bits // x_bits) * -(-kernel.span.bits // k_bits)
    return slices * len(xs) * len(kernel.parts)


def fractions(xs: list[Floats], ks: list[Floats], bias: list[Floats]) -> Iterator[Fraction]:
    """The exact sum of each row's products, plus its bias, computed in Python's integers.

    x is the sum of the arrays ``xs``, the kernel of ``ks``, the bias of ``bias``.
    """
    pairs = [(_integers(x), _integers(k)) for x in xs for k in ks]
    lowest = -2 * (1074 + 53)
    for row in range(len(xs[0])):
        total = 0
        for (mx, ex), (mk, ek) in pairs:
            terms = zip(
                mx[row].tolist(), ex[row].tolist(), mk[row].tolist(), ek[row].tolist(), strict=True
            )
            total += sum((a * b) << (e + f - lowest) for a, e, b, f in terms if a and b)
        value = Fraction(total) * Fraction(2) ** lowest
        yield value + sum(Fraction(float(part[row])) for part in bias)


def _integers(values: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(m, e) with values = m·2^e and 53-bit integers m."""
    m, e = np.frexp(values)
    return np.ldexp(m, 53).astype(np.int64), e.astype(np.int64) - 53


def filters_first(case: Case, kernel: Array) -> Array:
    """The forward kernel as (O, *taps, C / groups)."""
    return np.ascontiguousarray(np.moveaxis(forward_kernel(case, kernel), -1, 0))


def flat_parts(values: Array) -> list[Floats]:
    """Flat float64 arrays whose sum is exactly the values."""
    hi, lo = pair(values)
    return [hi.ravel()] if lo is None else [hi.ravel(), lo.ravel()]
