"""Every integer output against the real number, and every pair of outputs against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convcheck.quantized.any_case import SUM_DTYPES
from convcheck.quantized.blocks import blocks
from convcheck.quantized.requantize.names import FLOAT
from convcheck.quantized.sums import exact_magnitudes, wraps_int32
from convcheck.results import BudgetPart, Judgement, Output, Requantization, Status
from convcheck.verdict.judge import Judged, Pairs
from convcheck.verdict.quantized.assessment import IntegerAssessment
from convcheck.verdict.quantized.budget import StepParts, real_parts
from convcheck.verdict.quantized.held_sums import judge_sums
from convcheck.verdict.quantized.meant import Meant, extremes, standards_of
from convcheck.verdict.quantized.pairs import difference
from convcheck.verdict.quantized.reproduction import Reproduction
from convcheck.verdict.quantized.truth import BlockTruth

if TYPE_CHECKING:
    from convcheck.quantized.case import QuantizedCase
    from convcheck.quantized.parameters import Parameters
    from convcheck.quantized.sums import Sums
    from convcheck.results import Array


def judge_quantized(
    quantized: QuantizedCase,
    sums: Sums,
    outputs: Sequence[Output],
    *,
    pairs: Pairs | None = None,
    maps: bool = False,
    parts: Mapping[str, float] | None = None,
) -> Judged:
    """Hold each output against the real number and each pair against each other, in steps of o.

    ``parts`` are those of the operands (``budget.real_parts``) where they are computed already.
    """
    p = quantized.parameters
    if sums.magnitudes is None and any(FLOAT in one.formulas for one in outputs):
        sums = replace(sums, magnitudes=exact_magnitudes(quantized))
    parts = real_parts(quantized) if parts is None else parts
    rows: dict[str, _Row] = {}
    for output in outputs:
        array = output.array
        if array is not None and _may_be_requantized(quantized, array):
            same = next((row for row in rows.values() if row.judges(output)), None)
            rows[output.name] = same or _Row(output, array, sums, p)
    steps = _walk(list(dict.fromkeys(rows.values())), sums, p)
    judged = {
        one.name: rows[one.name].judgement(one, sums, maps=maps)
        if one.name in rows
        else _without_bound(quantized, sums, one, maps=maps)
        for one in outputs
    }
    chosen = list(combinations(judged, 2)) if pairs is None else list(pairs)
    differences = [difference(judged[a], judged[b]) for a, b in chosen]
    budget = [
        BudgetPart(name, part, sum_abs)
        for name, row in rows.items()
        for part, sum_abs in {**parts, **steps.sums(row.assessment.excess)}.items()
    ]
    told = tuple(one for one in differences if one is not None)
    return Judged(tuple(judged.values()), told, tuple(budget))


class _Row:
    """An output of 8 or 16 bits, and those that equal it."""

    def __init__(self, output: Output, array: Array, sums: Sums, p: Parameters) -> None:
        self.output, self.array = output, array
        self.meant = standards_of(output.formulas, sums, p)
        self.assessment = IntegerAssessment(array, p, self.meant)
        self.reproduced_by: tuple[str, ...] = ()

    def judges(self, output: Output) -> bool:
        """Whether judging this one judges that one too: equal values, and formulas declared."""
        declared = set(self.output.formulas) == set(output.formulas)
        return declared and output.array is not None and np.array_equal(self.array, output.array)

    def judgement(self, output: Output, sums: Sums, *, maps: bool) -> Judgement:
        """Of this output, or of an equal one."""
        found = self.assessment
        return Judgement(
            output,
            found.status,
            error=found.summary(),
            message=_message(found, self.meant, sums),
            maps=found.maps(blocks(sums)) if maps else None,
            violations=found.violations(blocks(sums)),
            same_values_as=None if output is self.output else self.output.name,
            requantization=Requantization(
                reproduced_by=self.reproduced_by,
                largest_error=found.largest_error,
                within=found.within,
                wrapped=self.meant.wrapped,
            ),
        )


def _walk(rows: Sequence[_Row], sums: Sums, p: Parameters) -> StepParts:
    """One walk over the outputs, block by block, for all that is known of each."""
    steps, reproduction = StepParts(p), Reproduction([row.array for row in rows], p)
    for block in blocks(sums) if rows else ():
        truth = BlockTruth(block, p)
        steps.update(truth)
        reproduction.update(block)
        for row in rows:
            row.assessment.update(truth)
    for row, names in zip(rows, reproduction.names, strict=True):
        row.reproduced_by = names
    return steps


def _message(found: IntegerAssessment, meant: Meant, sums: Sums) -> str | None:
    if found.status is not Status.OUTSIDE_BOUND:
        return None
    words = f"{found.outside:,} of {found.total:,} outputs leave their bound"
    if meant.names:
        return words
    ends = extremes(sums)
    largest = int(np.abs(ends.acc).max())
    what = "a sum" if wraps_int32(ends.acc).any() else "a sum shifted left"
    return (
        f"{words}: {what} leaves 32 bits (largest {largest:,}) and wraps, "
        f"in {' and in '.join(meant.wrapped)}"
    )


def _may_be_requantized(quantized: QuantizedCase, array: Array) -> bool:
    fits = array.shape == quantized.case.output_shape
    return fits and bool(array.dtype == quantized.parameters.input_dtype)


def _without_bound(
    quantized: QuantizedCase, sums: Sums, output: Output, *, maps: bool
) -> Judgement:
    """Of an output that is no requantized one: the sums, or nothing that can be judged."""
    array, p = output.array, quantized.parameters
    if array is None:
        status = output.status or Status.UNAVAILABLE
        return Judgement(output, status, message=output.message)
    if array.shape != quantized.case.output_shape:
        message = f"gave shape {array.shape}, but it should be {quantized.case.output_shape}"
        return Judgement(output, Status.WRONG_SHAPE, message=message)
    if array.dtype.name in SUM_DTYPES:
        return judge_sums(sums, p, output, array, maps=maps)
    message = (
        f"gave {array.dtype}, which is not judged here; "
        f"expected {p.input_dtype}, or the sums in int32"
    )
    return Judgement(output, Status.UNDECIDED, message=message)
