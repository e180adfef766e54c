"""One output under test: its error statistics under each arithmetic that it may have run in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import Band
from convcheck.case.case import Case
from convcheck.results import PASSES, BudgetPart, Judgement, Output, Status
from convcheck.truth.arithmetic import (
    FLOAT32,
    Arithmetic,
    DetectedArithmetic,
    Format,
    declared,
    format_of,
    rounded,
)
from convcheck.verdict.budget import BudgetStatistics
from convcheck.verdict.references import ReferenceCache
from convcheck.verdict.statistics import ErrorMaps, ErrorStatistics

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass
class CandidateAssessment:
    """One arithmetic that an output is held to, and the statistics so far."""

    arithmetic: Arithmetic
    errors: ErrorStatistics
    budget: BudgetStatistics

    @property
    def status(self) -> Status:
        """What the statistics come to."""
        return _status(self.errors)[0]


class OutputAssessment:
    """An output of the right shape, held against exact band by band."""

    def __init__(self, output: Output, case: Case, *, maps: bool) -> None:
        assert output.array is not None
        self.output = output
        self.array: Array = output.array
        self.format = format_of(self.array.dtype)
        self._candidates = [
            CandidateAssessment(
                arithmetic,
                ErrorStatistics(self.format, ErrorMaps(self.array.shape) if maps else None),
                BudgetStatistics(),
            )
            for arithmetic in candidate_arithmetics(output, case, self.format)
        ]

    def needs_exact(self, case: Case) -> bool:
        """Whether float64 with a certified error cannot serve: wide outputs, and casts."""
        return self.format.precision > FLOAT32.precision or any(
            rounded(case, candidate.arithmetic) is not case for candidate in self._candidates
        )

    def update(self, references: ReferenceCache, band: Band) -> None:
        """Add one band."""
        out = self.array[band.window]
        for candidate in self._candidates:
            reference, bound = references.for_arithmetic(candidate.arithmetic)
            candidate.errors.add_forward_error(out, references.given, band)
            candidate.errors.add_bound_ratio(out, reference, bound, band)
            candidate.budget.add(out, references, candidate.arithmetic)

    def judgement(self, output: Output) -> Judgement:
        """What the statistics come to, for this output or one of the same values."""
        chosen = self._chosen()
        status, message = _status(chosen.errors)
        passes = status in PASSES
        return Judgement(
            output=output,
            status=status,
            declared=chosen.arithmetic,
            arithmetic=DetectedArithmetic(chosen.arithmetic) if passes else None,
            error=chosen.errors.summary(),
            message=message,
            maps=chosen.errors.maps.frozen() if chosen.errors.maps else None,
            violations=chosen.errors.violations(),
            same_values_as=None if output is self.output else self.output.name,
        )

    def same_values_as(self, output: Output) -> bool:
        """Whether judging this one judges that one too: equal values, of equal dtypes."""
        other = output.array
        return (
            other is not None
            and other.dtype == self.array.dtype
            and output.dtypes.compute == self.output.dtypes.compute
            and np.array_equal(self.array, other, equal_nan=not self.format.is_integer)
        )

    def budget(self, name: str) -> list[BudgetPart]:
        """The parts of its error, for an output of this name."""
        return self._chosen().budget.parts(name)

    def _chosen(self) -> CandidateAssessment:
        """The tightest arithmetic that holds, else the one with the widest bound."""
        holding = (one for one in self._candidates if one.status in PASSES)
        return next(holding, self._candidates[-1])


def candidate_arithmetics(output: Output, case: Case, stored: Format) -> list[Arithmetic]:
    """What was declared; for a recorded output that leaves it open, every consistent choice.

    Tightest first: computed in the operands' own precision or in float32 and then stored, or in
    the format in which it is stored.
    """
    compute = output.dtypes.compute
    if compute is not None:
        return [declared(compute, stored.name)]
    operands = max((format_of(dtype) for dtype in case.dtypes), key=lambda f: f.precision)
    choices = {operands, FLOAT32, stored} if not stored.is_integer else {stored}
    formats = [
        fmt
        for fmt in choices
        if not fmt.is_integer and stored.precision <= fmt.precision <= operands.precision
    ]
    formats = sorted(formats, key=lambda f: -f.precision) or [stored]
    return [declared(fmt.name, stored.name) for fmt in formats]


def _status(errors: ErrorStatistics) -> tuple[Status, str | None]:
    if errors.non_finite:
        return (
            Status.NON_FINITE,
            f"{errors.non_finite:,} outputs are NaN or infinite where exact is not",
        )
    if errors.outside:
        return (
            Status.OUTSIDE_BOUND,
            f"{errors.outside:,} of {errors.total:,} outputs leave their bound",
        )
    if errors.undecided:
        return (
            Status.UNDECIDED,
            f"no bound exists for {errors.undecided:,} of {errors.total:,} outputs: "
            "too many terms for the accumulator's precision, or it may overflow",
        )
    if errors.correct == errors.total:
        return Status.EXACT, None
    return Status.WITHIN_BOUND, None
