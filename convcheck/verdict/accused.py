"""One output before the judge: the arithmetics it may have been computed in, and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import Band
from convcheck.case.case import Case
from convcheck.results import PASSES, BudgetPart, Judgement, Maps, Output, Status
from convcheck.truth.arithmetic import (
    FLOAT32,
    Arithmetic,
    Format,
    declared,
    format_of,
    rounded,
)
from convcheck.verdict.arithmetics import Explained, hidden_inside, that_holds
from convcheck.verdict.budget import BudgetTally
from convcheck.verdict.sample import Sample
from convcheck.verdict.tally import OutputTally
from convcheck.verdict.truths import Truths

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass
class _Charge:
    """One arithmetic that an output is held to, and its figures so far."""

    arithmetic: Arithmetic
    tally: OutputTally
    budget: BudgetTally

    @property
    def status(self) -> Status:
        return _status(self.tally)[0]


class Accused:
    """An output that can be judged."""

    def __init__(self, output: Output, case: Case, *, maps: bool) -> None:
        assert output.array is not None
        self.output = output
        self.array: Array = output.array
        self.format = format_of(self.array.dtype)
        self._charges = [
            _Charge(arithmetic, OutputTally(self.format, _maps(self.array, maps)), BudgetTally())
            for arithmetic in _possible(output, case, self.format)
        ]

    def needs_exact(self, case: Case) -> bool:
        """Whether float64 with a certified error cannot serve: wide outputs, and casts."""
        return self.format.precision > FLOAT32.precision or any(
            rounded(case, charge.arithmetic) is not case for charge in self._charges
        )

    def update(self, truths: Truths, band: Band) -> None:
        """One band."""
        out = self.array[band.window]
        for charge in self._charges:
            reference, bound = truths.of(charge.arithmetic)
            charge.tally.against_given(out, truths.given, band)
            charge.tally.against_bound(out, reference, bound, band)
            charge.budget.update(out, truths, charge.arithmetic)

    def judgement(self, case: Case, small: Sample | None) -> Judgement:
        """What the figures come to. ``small`` looks for the arithmetic that really ran."""
        charge = self._proved()
        status, message = _status(charge.tally)
        found = self._explained(charge, status, case, small) if small else None
        plain = charge.arithmetic.name if status in PASSES else None
        return Judgement(
            output=self.output,
            status=status,
            declared=charge.arithmetic.name,
            arithmetic=found.name if found else plain,
            error=charge.tally.error(),
            message=message,
            maps=charge.tally.maps,
            departed=charge.tally.which(),
        )

    def stands_for(self, output: Output) -> bool:
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
        return self._proved().budget.parts(name)

    def _proved(self) -> _Charge:
        """The tightest arithmetic that holds, else the one with the widest bound."""
        holding = (charge for charge in self._charges if charge.status in PASSES)
        return next(holding, self._charges[-1])

    def _explained(
        self, charge: _Charge, status: Status, case: Case, small: Sample
    ) -> Explained | None:
        """The arithmetic that ran, where it is not the declared one."""
        if status in PASSES:
            return hidden_inside(small, self.array, charge.arithmetic)
        if status is Status.OUTSIDE_BOUND:
            return that_holds(case, small, self.array, charge.arithmetic)
        return None


def _possible(output: Output, case: Case, stored: Format) -> list[Arithmetic]:
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


def _maps(array: Array, wanted: bool) -> Maps | None:
    if not wanted:
        return None
    return Maps(np.empty(array.shape, np.float32), np.empty(array.shape, np.float32))


def _status(tally: OutputTally) -> tuple[Status, str | None]:
    if tally.non_finite:
        return (
            Status.NON_FINITE,
            f"{tally.non_finite:,} outputs are NaN or infinite where exact is not",
        )
    if tally.outside:
        return (
            Status.OUTSIDE_BOUND,
            f"{tally.outside:,} of {tally.total:,} outputs leave their bound",
        )
    if tally.undecided:
        return (
            Status.UNDECIDED,
            f"no bound exists for {tally.undecided:,} of {tally.total:,} outputs: "
            "too many terms for the accumulator's precision, or it may overflow",
        )
    if tally.correct == tally.total:
        return Status.EXACT, None
    return Status.WITHIN_BOUND, None
