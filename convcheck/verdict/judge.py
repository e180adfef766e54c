"""Every output against exact, every pair of outputs, in one walk over the case's bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.results import (
    PASSES,
    BudgetPart,
    Difference,
    Judgement,
    Output,
    Status,
    Verdict,
)
from convcheck.verdict.accused import Accused
from convcheck.verdict.sample import Sample, sample
from convcheck.verdict.tally import PairTally, coarser
from convcheck.verdict.truths import Truths


@dataclass(frozen=True)
class Judged:
    """What judging a case gives."""

    judgements: tuple[Judgement, ...]
    differences: tuple[Difference, ...]
    budget: tuple[BudgetPart, ...]
    sample: Sample | None = None
    """Independent outputs of the case, where the arithmetic that really ran was looked for."""


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
    accused = _accused(case, outputs, maps=maps)
    chosen = list(combinations([o.name for o in outputs], 2)) if pairs is None else list(pairs)
    tallies = {
        (accused[a], accused[b]): PairTally(coarser(accused[a].array, accused[b].array))
        for a, b in chosen
        if a in accused and b in accused
    }
    distinct = list(dict.fromkeys(accused.values()))
    for band in bands(case) if accused else ():
        exact = any(one.needs_exact(band.case) for one in distinct)
        known = prepared is not None and prepared.serves(band.case, exact)
        truths = prepared if known and prepared else Truths(band.case, exact_everywhere=exact)
        for one in distinct:
            one.update(truths, band)
        for (a, b), tally in tallies.items():
            mine = a.array[band.window]
            tally.update(mine, mine if a is b else b.array[band.window], band)
    small = sample(case) if accused and formats else None
    judged = {one: one.judgement(case, small) for one in distinct}
    by_name = {
        o.name: replace(judged[accused[o.name]], output=o)
        if o.name in accused
        else _unjudged(o, case)
        for o in outputs
    }
    return Judged(
        tuple(by_name.values()),
        tuple(
            _difference(
                by_name[a],
                by_name[b],
                tallies[accused[a], accused[b]] if a in accused and b in accused else None,
            )
            for a, b in chosen
        ),
        tuple(part for name, one in accused.items() for part in one.budget(name)),
        small,
    )


def _accused(case: Case, outputs: Sequence[Output], *, maps: bool) -> dict[str, Accused]:
    """Who is judged for each output of the right shape: equal outputs are judged once."""
    accused: dict[str, Accused] = {}
    for output in outputs:
        if output.array is not None and output.array.shape == case.output_shape:
            twins = (one for one in accused.values() if one.stands_for(output))
            accused[output.name] = next(twins, None) or Accused(output, case, maps=maps)
    return accused


def _unjudged(output: Output, case: Case) -> Judgement:
    if output.array is None:
        return Judgement(output, output.status or Status.UNAVAILABLE, message=output.message)
    return Judgement(
        output,
        Status.WRONG_SHAPE,
        message=f"gave shape {output.array.shape}, but it should be {case.output_shape}",
    )


def _difference(a: Judgement, b: Judgement, pair: PairTally | None) -> Difference:
    names = a.output.name, b.output.name
    if pair is not None:
        return pair.difference(*names, _pair_verdict(a, b, pair))
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
