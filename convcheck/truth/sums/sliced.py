"""Exact sums of products of one block of inputs and a kernel, plus a bias.

Both are split into slices (see ``slices``); each pass multiplies two slices, exactly, and adds
the result to bins (see ``expansion``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from convcheck.truth.expansion import Bins
from convcheck.truth.formats import Floats
from convcheck.truth.sums.slices import (
    Slice,
    Span,
    check_products,
    count_slices,
    span,
    split,
    widths,
)

MOST_BITS = 900
"""Sums of a block that span more bits are left to integers: float64's range would not hold bins."""


@dataclass
class ScaledPair:
    """The numbers (hi + lo)·2^exponent; exponents broadcast along the filters (the last axis)."""

    hi: Floats
    lo: Floats
    exponent: NDArray[np.int64]


@dataclass
class SlicedKernel:
    """A kernel and its slices, its filters (last axis) scaled by powers of two to one size."""

    parts: list[Floats]
    """float64 arrays (..., O) whose sum is the kernel; one, but for large 64-bit integers."""
    terms: int
    """Products that one output adds at most."""
    exponents: NDArray[np.int64] = field(init=False)
    """The exponent of the power of two that was taken out of each filter."""
    span: Span | None = field(init=False)
    _sliced: dict[int, list[Slice]] = field(default_factory=dict)
    _largest: dict[int, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = self.parts[0]
        largest = np.abs(first).reshape(-1, first.shape[-1]).max(axis=0)
        exponents = np.frexp(largest)[1].astype(np.int64)
        with np.errstate(over="ignore", under="ignore"):
            # Twice by half the exponent: 2^exponent itself may be no float64.
            once, again = np.ldexp(1.0, exponents // 2), np.ldexp(1.0, exponents - exponents // 2)
            scaled = [part * (1.0 / once) * (1.0 / again) for part in self.parts]
            back = [part * once * again for part in scaled]
        if all(np.array_equal(a, b) for a, b in zip(self.parts, back, strict=True)):
            self.parts, self.exponents = scaled, exponents
        else:  # float64's range does not hold the scaled ones
            self.exponents = np.zeros_like(exponents)
        self.span = _union(self.parts)

    def slices(self, bits: int) -> tuple[list[Slice], list[float]]:
        """The slices of ``bits`` bits, and for each its filters' largest sum of magnitudes."""
        if bits not in self._sliced:
            assert self.span is not None
            found = [piece for part in self.parts for piece in split(part, bits, self.span.low)]
            self._sliced[bits] = found
            self._largest[bits] = [_largest_sum(piece.integers) for piece in found]
        return self._sliced[bits], self._largest[bits]


Multiply = Callable[[Floats, Sequence[Slice], int], Sequence[Floats]]
"""(integers of a slice of the block, slices of the kernel, their bits) -> a sum for each."""


def exact_sums(
    blocks: Sequence[Floats],
    kernel: SlicedKernel,
    multiply: Multiply,
    bias: Sequence[Floats],
    most_passes: int,
) -> ScaledPair | None:
    """Exact sums of products of a block (the sum of ``blocks``) and a kernel, plus the bias.

    None where that would take more than ``most_passes`` passes, or bins wider than ``MOST_BITS``.
    The result's arrays broadcast to the outputs of the block.
    """
    scaled = _scaled_bias(bias, kernel.exponents)
    if scaled is None:
        return None
    x_span, bias_span = _union(blocks), _union(scaled)
    spans = [bias_span] if bias_span else []
    passes = 0
    if x_span and kernel.span:
        spans.append(
            Span(
                x_span.low + kernel.span.low,
                x_span.high + kernel.span.high + kernel.terms.bit_length(),
            )
        )
        x_bits, k_bits = widths(x_span, kernel.span, kernel.terms)
        k_slices, k_sums = kernel.slices(k_bits)
        x_slices = -(-x_span.bits // x_bits) * len(blocks)
        if x_slices * len(k_slices) > most_passes:
            enough = most_passes // len(k_slices) + 1
            x_slices = sum(count_slices(b, x_bits, x_span.low, enough) for b in blocks)
        passes = x_slices * len(k_slices)
    if not spans:
        return ScaledPair(np.zeros(()), np.zeros(()), np.zeros((), np.int64))
    low, high = min(s.low for s in spans), max(s.high for s in spans)
    if passes > most_passes or high - low > MOST_BITS:
        return None
    bins = Bins(passes + 60)
    for part in scaled:
        for piece in split(part, 53):
            _add(bins, piece, low)
    if passes and x_span:
        for block in blocks:
            for piece in split(block, x_bits, x_span.low):
                for total in k_sums:
                    check_products(piece.largest, total)
                results = multiply(piece.integers, k_slices, k_bits)
                for result, other, total in zip(results, k_slices, k_sums, strict=True):
                    bits = int(np.frexp(piece.largest * total)[1])
                    bins.add(result, piece.exponent + other.exponent - low, bits)
    hi, lo = bins.pair()
    return ScaledPair(hi, lo, kernel.exponents + low)


def _add(bins: Bins, piece: Slice, low: int) -> None:
    shift = piece.exponent - low
    integers = piece.integers
    if shift < 0:  # the last slice reaches below the lowest bit, where it has only zeros
        integers, shift = np.ldexp(integers, shift), 0
    bins.add(integers, shift)


def _scaled_bias(bias: Sequence[Floats], exponents: NDArray[np.int64]) -> list[Floats] | None:
    with np.errstate(over="ignore", under="ignore"):
        scaled = [np.ldexp(part, -exponents) for part in bias]
        back = [np.ldexp(part, exponents) for part in scaled]
    same = all(np.array_equal(a, b) for a, b in zip(bias, back, strict=True))
    return scaled if same else None


def _union(arrays: Sequence[Floats]) -> Span | None:
    found: Span | None = None
    for array in arrays:
        one = span(array)
        if one:
            found = found | one if found else one
    return found


def _largest_sum(integers: Floats) -> float:
    """The largest sum of magnitudes over a filter; rounding cannot hide one above 2^53."""
    return float(np.abs(integers).reshape(-1, integers.shape[-1]).sum(axis=0).max())
