"""Every output against exact and every pair of outputs, in one walk over the case's bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import lcm

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
from convcheck.truth.winograd.tiling import Tiling
from convcheck.verdict.assessment import OutputAssessment
from convcheck.verdict.references import ReferenceCache
from convcheck.verdict.statistics import DifferenceStatistics, coarser

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Judged:
    """What judging a case gives."""

    judgements: tuple[Judgement, ...]
    """One for each output, in the order given."""
    differences: tuple[Difference, ...]
    budget: tuple[BudgetPart, ...]


def judge(
    case: Case,
    outputs: Sequence[Output],
    *,
    pairs: Pairs | None = None,
    references: ReferenceCache | None = None,
    tilings: Mapping[str, Tiling] | None = None,
    maps: bool = False,
) -> Judged:
    """Hold each output against exact and each pair against each other, in the order given.

    ``pairs`` are the names to compare, each with each unless given; ``references`` are the case's,
    where they are computed already; ``tilings`` are the Winograd algorithms that outputs, by name,
    are held to; ``maps`` keeps the errors of every output, for a picture.
    """
    shown = tilings or {}
    together = lcm(*(tiling.rows for tiling in shown.values()))
    assessments = _assessments(case, outputs, shown, maps=maps)
    distinct = list(dict.fromkeys(assessments.values()))
    chosen = list(combinations([o.name for o in outputs], 2)) if pairs is None else list(pairs)
    statistics = {
        (assessments[a], assessments[b]): DifferenceStatistics(
            coarser(assessments[a].array, assessments[b].array)
        )
        for a, b in chosen
        if a in assessments and b in assessments
    }
    for band in bands(case, together=together) if distinct else ():
        exact = any(one.needs_exact(band.case) for one in distinct)
        if references is None or not references.belongs_to(band.case, exact):
            references = ReferenceCache(band.case, exact_everywhere=exact)
        for one in distinct:
            one.update(references, band)
        for (a, b), pair in statistics.items():
            mine = a.array[band.window]
            pair.add(mine, mine if a is b else b.array[band.window], band)
    by_name = {
        output.name: assessments[output.name].judgement(output)
        if output.name in assessments
        else _without_assessment(output, case)
        for output in outputs
    }
    return Judged(
        tuple(by_name.values()),
        tuple(
            _difference(
                by_name[a],
                by_name[b],
                statistics[assessments[a], assessments[b]]
                if a in assessments and b in assessments
                else None,
            )
            for a, b in chosen
        ),
        tuple(part for name, one in assessments.items() for part in one.budget(name)),
    )


def _assessments(
    case: Case, outputs: Sequence[Output], tilings: Mapping[str, Tiling], *, maps: bool
) -> dict[str, OutputAssessment]:
    """The assessment of each output of the right shape, by name; equal outputs share one."""
    found: dict[str, OutputAssessment] = {}
    for output in outputs:
        if output.array is not None and output.array.shape == case.output_shape:
            tiling = tilings.get(output.name)
            same = (one for one in found.values() if one.judges(output, tiling))
            found[output.name] = next(same, None) or OutputAssessment(
                output, case, tiling, maps=maps
            )
    return found


def _without_assessment(output: Output, case: Case) -> Judgement:
    if output.array is None:
        return Judgement(output, output.status or Status.UNAVAILABLE, message=output.message)
    return Judgement(
        output,
        Status.WRONG_SHAPE,
        message=f"gave shape {output.array.shape}, but it should be {case.output_shape}",
    )


def _difference(a: Judgement, b: Judgement, pair: DifferenceStatistics | None) -> Difference:
    names = a.output.name, b.output.name
    if pair is not None:
        return pair.summary(*names, _pair_verdict(a, b, pair))
    wrong = Status.WRONG_SHAPE in (a.status, b.status)
    if wrong and a.output.array is not None and b.output.array is not None:
        same = a.output.array.shape == b.output.array.shape and np.array_equal(
            a.output.array, b.output.array, equal_nan=True
        )
        return Difference(*names, Verdict.IDENTICAL if same else Verdict.DIFFERENT)
    return Difference(*names, Verdict.DIFFERENT if wrong else Verdict.UNDECIDED)


def _pair_verdict(a: Judgement, b: Judgement, pair: DifferenceStatistics) -> Verdict:
    if not pair.unequal:
        return Verdict.IDENTICAL
    if pair.unequal_nonfinite:  # each may be right for its format: one cannot stand for the other
        return Verdict.DIFFERENT
    if a.status in PASSES and b.status in PASSES:
        return Verdict.ROUNDING
    if Status.OUTSIDE_BOUND in (a.status, b.status) or Status.NON_FINITE in (a.status, b.status):
        return Verdict.DIFFERENT
    return Verdict.UNDECIDED
