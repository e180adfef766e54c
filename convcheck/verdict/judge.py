"""Every output against exact, every pair of outputs, in one walk over the case's bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import Band, bands
from convcheck.case.case import Case
from convcheck.results import (
    PASSES,
    BudgetPart,
    Difference,
    Judgement,
    Maps,
    Output,
    Status,
    Verdict,
)
from convcheck.truth.arithmetic import Arithmetic, declared, format_of, rounded
from convcheck.verdict.arithmetics import Explained, hidden_inside, that_holds
from convcheck.verdict.budget import BudgetTally
from convcheck.verdict.sample import Sample, sample
from convcheck.verdict.tally import OutputTally, PairTally, coarser
from convcheck.verdict.truths import Truths

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True)
class Judged:
    """What judging a case gives."""

    judgements: tuple[Judgement, ...]
    differences: tuple[Difference, ...]
    budget: tuple[BudgetPart, ...]


@dataclass
class _Accused:
    """An output that can be judged, and its figures so far."""

    output: Output
    arithmetic: Arithmetic
    tally: OutputTally
    budget: BudgetTally

    @property
    def array(self) -> Array:
        """What came out."""
        assert self.output.array is not None
        return self.output.array

    def needs_exact(self, case: Case) -> bool:
        """Whether float64 with a certified error cannot serve: wide outputs, and casts."""
        return self.tally.format.precision > 24 or rounded(case, self.arithmetic) is not case

    def update(self, truths: Truths, band: Band) -> None:
        out = self.array[band.window]
        rounded, bound = truths.of(self.arithmetic)
        self.tally.against_given(out, truths.given, band)
        self.tally.against_bound(out, rounded, bound, band)
        self.budget.update(out, truths, self.arithmetic)

    def judgement(self, case: Case, small: Sample | None) -> Judgement:
        status, message = _status(self.tally)
        found = self._explained(status, case, small) if small else None
        tightest = found.name if found else (self.arithmetic.name if status in PASSES else None)
        return Judgement(
            output=self.output,
            status=status,
            declared=self.arithmetic.name,
            arithmetic=tightest,
            error=self.tally.error(),
            message=message,
            maps=self.tally.maps,
        )

    def _explained(self, status: Status, case: Case, small: Sample) -> Explained | None:
        """The arithmetic that ran, where it is not the declared one."""
        if status in PASSES:
            return hidden_inside(small, self.array, self.arithmetic)
        if status is Status.OUTSIDE_BOUND:
            return that_holds(case, small, self.array, self.arithmetic)
        return None


def judge(
    case: Case,
    outputs: Sequence[Output],
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    prepared: Truths | None = None,
    maps: bool = False,
    formats: bool = True,
) -> Judged:
    """Hold each output against exact and each pair against each other, in the order given.

    ``pairs`` are the names to compare, each with each unless given; ``prepared`` are truths of
    the case that are known already; ``maps`` keeps the errors of every
    element, for a picture; ``formats`` looks for the arithmetic that really ran.
    """
    accused = {o.name: _accuse(o, maps) for o in outputs if _fits(o, case)}
    chosen = list(combinations([o.name for o in outputs], 2)) if pairs is None else list(pairs)
    tallies = [
        PairTally(a, b, coarser(accused[a].array, accused[b].array))
        for a, b in chosen
        if a in accused and b in accused
    ]
    for band in bands(case) if accused else ():
        exact = any(one.needs_exact(band.case) for one in accused.values())
        known = prepared is not None and prepared.serves(band.case, exact)
        truths = prepared if known and prepared else Truths(band.case, exact_everywhere=exact)
        for one in accused.values():
            one.update(truths, band)
        for tally in tallies:
            tally.update(
                accused[tally.a].array[band.window], accused[tally.b].array[band.window], band
            )
    small = sample(case) if accused and formats else None
    judged = {name: one.judgement(case, small) for name, one in accused.items()}
    by_name = {o.name: judged.get(o.name) or _unjudged(o, case) for o in outputs}
    return Judged(
        tuple(by_name.values()),
        tuple(_difference(by_name[a], by_name[b], tallies) for a, b in chosen),
        tuple(part for one in accused.values() for part in one.budget.parts(one.output.name)),
    )


def _accuse(output: Output, maps: bool) -> _Accused:
    assert output.array is not None
    shape = output.array.shape
    kept = Maps(np.empty(shape, np.float32), np.empty(shape, np.float32)) if maps else None
    came_out = output.array.dtype.name
    arithmetic = declared(output.dtypes.compute or came_out, came_out)
    return _Accused(
        output, arithmetic, OutputTally(format_of(output.array.dtype), kept), BudgetTally()
    )


def _fits(output: Output, case: Case) -> bool:
    return output.array is not None and output.array.shape == case.output_shape


def _unjudged(output: Output, case: Case) -> Judgement:
    if output.array is None:
        return Judgement(output, output.status or Status.UNAVAILABLE, message=output.message)
    return Judgement(
        output,
        Status.WRONG_SHAPE,
        message=f"gave shape {output.array.shape}, but it should be {case.output_shape}",
    )


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


def _difference(a: Judgement, b: Judgement, pairs: Sequence[PairTally]) -> Difference:
    names = a.output.name, b.output.name
    pair = next((pair for pair in pairs if (pair.a, pair.b) == names), None)
    if pair is not None:
        return pair.difference(_pair_verdict(a, b, pair))
    wrong = Status.WRONG_SHAPE in (a.status, b.status)
    if wrong and a.output.array is not None and b.output.array is not None:
        same = a.output.array.shape == b.output.array.shape and np.array_equal(
            a.output.array, b.output.array, equal_nan=True
        )
        return Difference(*names, Verdict.IDENTICAL if same else Verdict.DIFFERENT)
    return Difference(*names, Verdict.DIFFERENT if wrong else Verdict.UNDECIDED)


def _pair_verdict(a: Judgement, b: Judgement, pair: PairTally) -> Verdict:
    if not pair.unequal:
        return Verdict.IDENTICAL
    if a.status in PASSES and b.status in PASSES:
        return Verdict.ROUNDING
    if Status.OUTSIDE_BOUND in (a.status, b.status) or Status.NON_FINITE in (a.status, b.status):
        return Verdict.DIFFERENT
    return Verdict.UNDECIDED
