"""An output held against exact, and two held against each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.results.order import SumOrder
from convcheck.results.output import Index, Output
from convcheck.results.standing import Status, Verdict

if TYPE_CHECKING:
    from convcheck.results.output import Array
    from convcheck.truth.arithmetic import Arithmetic, DetectedArithmetic


@dataclass(frozen=True)
class ErrorSummary:
    """How far an output is from exact; of a quantized case in steps of the output.

    Where that holds the sums themselves, in units of the sum.
    """

    sum_abs: float
    max_abs: float
    max_ulps: float
    """In ULPs of the output's format; of integers the same as ``max_abs``."""
    correctly_rounded: int
    """Elements that equal exact rounded to nearest in the output's format, or to an integer."""
    total: int
    max_over_bound: float | None
    """Largest error over its bound, against exact of the operands as the arithmetic rounds them."""
    rms_over_unit: float | None
    """None of integers."""
    worst_index: Index | None
    """Where error over bound is largest."""


@dataclass(frozen=True)
class Maps:
    """Errors of every output, for a picture; kept only when one is asked for."""

    ulps: Array
    """Error against exact in ULPs of the output's format; of integers as in ``ErrorSummary``."""
    over_bound: Array


@dataclass(frozen=True)
class BoundViolations:
    """Outputs that left their bound."""

    index: tuple[Array, ...]
    """Where they are, an array for each axis."""
    over_bound: Array
    """|out - y| / B, above 1; infinite where B is 0."""
    over_unit: Array
    """|out - y| / U, in roundings; infinite where U is 0."""
    rms_of_others: float
    """Root mean square of |out - y| / U over the outputs that hold their bound."""


@dataclass(frozen=True)
class Residuals:
    """Errors of an output in units of U, about one rounding."""

    rms_by_channel: Array
    counted: int
    """Outputs that they are of."""
    largest: float
    worst_index: Index | None
    """Where the largest is."""


@dataclass(frozen=True)
class Requantization:
    """How the output of a quantized case stands to its exact integer sums."""

    reproduced_by: tuple[str, ...]
    """The formulas that give every element, in the catalogue's order."""
    largest_error: float
    """The largest distance from the real number in steps of the output, or of a sum from exact."""
    within: tuple[str, ...] = ()
    """Formulas within whose bound every element is, of those that may be meant."""
    wrapped: tuple[str, ...] = ()
    """Formulas, of those that may be meant, of which a sum or a shift wraps."""
    holds_sums: bool = False
    """Whether the output is the sums themselves (int32 or int64), not requantized."""


@dataclass(frozen=True)
class Judgement:
    """An output held against exact."""

    output: Output
    status: Status
    declared: Arithmetic | None = None
    """The arithmetic that the implementation says it uses: operands/accumulator/output.

    With the Winograd algorithm that it was held to, where a footprint showed its tiles.
    """
    arithmetic: DetectedArithmetic | None = None
    """The tightest arithmetic that explains the output."""
    error: ErrorSummary | None = None
    message: str | None = None
    """Why nothing could be judged, or where it left its bound."""
    maps: Maps | None = None
    violations: BoundViolations | None = None
    """None where no output left its bound, or too many to keep."""
    residuals: Residuals | None = None
    undetectable: float = 0.0
    """Share of the outputs whose bound is so wide that a 0 in their place would lie inside it."""
    same_values_as: str | None = None
    """An earlier output of the same values and dtypes: what was found for it holds here."""
    helps: str | None = None
    """Options with which an implementation that refused has run."""
    requantization: Requantization | None = None
    """Of a quantized case."""
    order: SumOrder | None = None
    """In which order its products are added; None where that has no meaning."""

    @property
    def distance(self) -> float:
        """How far from right it is, to find the worst: in bounds, else in steps of integers.

        0 where nothing was measured; infinite where that is NaN, which is worse than any figure.
        """
        over = self.error.max_over_bound if self.error else None
        if over is None and self.requantization is not None:
            over = self.requantization.largest_error
        return math.inf if over is not None and math.isnan(over) else over or 0.0


@dataclass(frozen=True)
class Difference:
    """Two outputs held against each other; of a quantized case in steps of the output.

    Where both hold the sums themselves, in units of the sum.
    """

    a: str
    b: str
    verdict: Verdict
    sum_abs: float | None = None
    max_abs: float | None = None
    max_ulps: float | None = None
    """In ULPs of the coarser of the two formats; of integers the same as ``max_abs``."""
    unequal: int | None = None
    total: int | None = None
    worst_index: Index | None = None
    """Where |a - b| is largest."""
    largest_output: float | None = None
    """The largest finite magnitude in either output."""
