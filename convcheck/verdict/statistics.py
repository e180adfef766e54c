"""Error statistics, added up band by band: an output against exact, two against each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import Band
from convcheck.results import (
    BoundViolations,
    Difference,
    ErrorSummary,
    Index,
    Maps,
    Residuals,
    Verdict,
)
from convcheck.truth.arithmetic import Format, format_of, ulp
from convcheck.verdict.sums import sum_of, sum_of_sums

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.truth.bound import Bound
    from convcheck.truth.reference import Reference


MOST_VIOLATIONS = 1 << 21
"""Most outputs outside whose places are kept; where they are more, a sample shows as much."""


class ErrorMaps:
    """Errors of every output, filled in band by band, for a picture."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.ulps = np.empty(shape, np.float32)
        self.over_bound = np.empty(shape, np.float32)

    def frozen(self) -> Maps:
        """The same, complete."""
        return Maps(self.ulps, self.over_bound)


@dataclass
class _Largest:
    """The largest value met, and where."""

    value: float = 0.0
    index: Index | None = None

    def update(self, values: Array, band: Band) -> None:
        """Values in the shape of the band's outputs; NaN counts as larger than all."""
        if np.isnan(self.value):
            return
        flat = int(np.argmax(np.where(np.isnan(values), np.inf, values)))
        value = float(values.flat[flat])
        if self.index is None or value > self.value or math.isnan(value):
            self.index = tuple(int(i) for i in band.whole(np.unravel_index(flat, values.shape)))
            self.value = value


@dataclass
class ErrorStatistics:
    """Errors of one output against exact."""

    format: Format
    maps: ErrorMaps | None = None
    """Where a picture is asked for."""
    sums: list[float] = field(default_factory=list)
    largest: _Largest = field(default_factory=_Largest)
    ulps: _Largest = field(default_factory=_Largest)
    over_bound: _Largest = field(default_factory=_Largest)
    over_unit: _Largest = field(default_factory=_Largest)
    squares: list[Array] = field(default_factory=list)
    """Sums of squares of errors over U, by channel, of each band."""
    counts: list[Array] = field(default_factory=list)
    """Outputs that they are of."""
    correct: int = 0
    total: int = 0
    outside: int = 0
    undecided: int = 0
    zero_hidden: int = 0
    """Outputs other than 0 whose bound is so wide that a 0 would lie inside it."""
    non_finite: int = 0
    """Outputs that are NaN or infinite where exact allows only a number."""
    held_squares: list[float] = field(default_factory=list)
    """Sums of squares of errors over U, of the outputs that hold their bound."""
    held: int = 0
    _violations: list[tuple[tuple[Array, ...], Array, Array]] = field(default_factory=list)
    """Where outputs outside lie, and their errors over their bounds and over U."""

    def violations(self) -> BoundViolations | None:
        """The outputs outside; None where there are none, or too many to keep."""
        if not self._violations:
            return None
        index, over_bound, over_unit = zip(*self._violations, strict=True)
        axes = zip(*index, strict=True)
        places = tuple(np.concatenate(axis) for axis in axes)
        rms = math.sqrt(sum_of_sums(self.held_squares) / self.held) if self.held else 0.0
        return BoundViolations(places, np.concatenate(over_bound), np.concatenate(over_unit), rms)

    def residuals(self) -> Residuals:
        """Errors in units of about one rounding."""
        squares = np.sum(self.squares, axis=0)
        counts = np.sum(self.counts, axis=0)
        largest = self.over_unit.value if self.over_unit.index is not None else 0.0
        with np.errstate(invalid="ignore"):
            by_channel = np.sqrt(squares / np.maximum(counts, 1))
        return Residuals(by_channel, int(counts.sum()), largest, self.over_unit.index)

    def add_forward_error(self, out: Array, given: Reference, band: Band) -> None:
        """Errors against exact of the numbers given."""
        error = np.abs(given.error(out))
        self.sums.append(sum_of(error))
        self.largest.update(error, band)
        with np.errstate(invalid="ignore", over="ignore"):
            ulps = error / ulp(given.value, self.format)
            if self.maps:
                self.maps.ulps[band.window] = ulps
        self.ulps.update(ulps, band)
        self.correct += int(np.count_nonzero(given.correctly_rounded(out, self.format)))
        self.total += out.size

    def add_bound_ratio(self, out: Array, rounded: Reference, bound: Bound, band: Band) -> None:
        """Errors against exact of the operands as the arithmetic rounds them."""
        error = np.abs(rounded.error(out))
        within = rounded.within(out, bound)
        decided = ~bound.undecidable
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.where(error == 0, 0.0, error / bound.limit)
            units = np.where(error == 0, 0.0, error / bound.unit)
        # The ratio is a float64 quotient; what is in or out was decided without rounding.
        right = np.where(np.isfinite(error), np.fmin(ratio, 1.0), 0.0)  # an infinity that is due
        wrong = np.where(np.isnan(ratio), np.inf, np.fmax(ratio, np.nextafter(1.0, 2.0)))
        ratio = np.where(within, right, wrong)
        self.over_bound.update(np.where(decided, ratio, 0.0), band)
        if self.maps:
            with np.errstate(over="ignore"):
                self.maps.over_bound[band.window] = np.where(decided, ratio, np.nan)
        there = ~within & decided
        self.outside += int(np.count_nonzero(there))
        if self.outside > MOST_VIOLATIONS:
            self._violations.clear()
        elif there.any():
            self._violations.append((band.whole(np.nonzero(there)), ratio[there], units[there]))
        self.undecided += int(np.count_nonzero(bound.undecidable | (bound.weak & within)))
        size = np.abs(rounded.value)
        hidden = (size <= bound.limit) & (size > 0) & np.isfinite(size) & bound.nonzero & decided
        self.zero_hidden += int(np.count_nonzero(hidden))
        broken = ~np.isfinite(out.astype(np.float64)) & np.isfinite(rounded.value)
        self.non_finite += int(np.count_nonzero(broken & ~within & decided))
        nonzero = bound.nonzero & np.isfinite(units)
        held = nonzero & within & decided
        self.held += int(np.count_nonzero(held))
        self.held_squares.append(sum_of(units[held] ** 2))
        axes = tuple(range(units.ndim - 1))
        self.over_unit.update(np.where(nonzero & decided, units, 0.0), band)
        with np.errstate(over="ignore", invalid="ignore"):
            self.squares.append(np.sum(units**2, axis=axes, where=nonzero))
        self.counts.append(np.count_nonzero(nonzero, axis=axes))

    def summary(self) -> ErrorSummary:
        """The figures of a report."""
        counted = int(sum(int(one.sum()) for one in self.counts))
        total = sum_of_sums(float(one.sum()) for one in self.squares)
        rms = math.sqrt(total / counted) if counted else 0.0
        decided = self.undecided < self.total
        return ErrorSummary(
            sum_abs=sum_of_sums(self.sums),
            max_abs=self.largest.value,
            max_ulps=self.ulps.value,
            correctly_rounded=self.correct,
            total=self.total,
            max_over_bound=self.over_bound.value if decided else None,
            rms_over_unit=rms if decided else None,
            worst_index=self.over_bound.index if decided else self.largest.index,
        )


@dataclass
class DifferenceStatistics:
    """Differences between two outputs of one shape."""

    format: Format
    """The coarser of the two."""
    sums: list[float] = field(default_factory=list)
    largest: _Largest = field(default_factory=_Largest)
    ulps: _Largest = field(default_factory=_Largest)
    unequal: int = 0
    unequal_nonfinite: int = 0
    """NaN or infinite in one, something else in the other."""
    total: int = 0
    largest_output: float = 0.0

    def add(self, a: Array, b: Array, band: Band) -> None:
        """Add one band of both; they may be one and the same."""
        if a is b:
            self.total += a.size
            self._add_magnitudes(_comparable(a))
            return
        a, b = _comparable(a), _comparable(b)
        self._add_magnitudes(a)
        self._add_magnitudes(b)
        with np.errstate(invalid="ignore", over="ignore"):
            gap = np.abs(a - b)
        both_nan = np.isnan(a) & np.isnan(b)
        gap = np.where((a == b) | both_nan, 0.0, gap)
        self.sums.append(sum_of(gap))
        self.largest.update(gap, band)
        with np.errstate(invalid="ignore", over="ignore"):
            self.ulps.update(gap / ulp(np.fmax(np.abs(a), np.abs(b)), self.format), band)
        self.unequal += int(np.count_nonzero(gap != 0))
        nonfinite = ~(np.isfinite(a) & np.isfinite(b))
        self.unequal_nonfinite += int(np.count_nonzero(nonfinite & (gap != 0)))
        self.total += gap.size

    def _add_magnitudes(self, values: Array) -> None:
        sizes = np.abs(values)
        largest = float(np.max(sizes, initial=0.0, where=np.isfinite(sizes)))
        self.largest_output = max(self.largest_output, largest)

    def summary(self, a: str, b: str, verdict: Verdict) -> Difference:
        """The figures of a report, for outputs of these names."""
        return Difference(
            a=a,
            b=b,
            verdict=verdict,
            sum_abs=sum_of_sums(self.sums),
            max_abs=self.largest.value,
            max_ulps=self.ulps.value,
            unequal=self.unequal,
            total=self.total,
            worst_index=self.largest.index if self.unequal else None,
            largest_output=self.largest_output,
        )


def coarser(a: Array, b: Array) -> Format:
    """The format with fewer significant bits."""
    return min(format_of(a.dtype), format_of(b.dtype), key=lambda f: f.precision)


def _comparable(values: Array) -> Array:
    # int64 beyond 2^53 would be rounded by float64; a longer float holds it.
    wide = values.dtype.kind in "iu" and values.dtype.itemsize == 8
    return values.astype(np.longdouble if wide else np.float64)
