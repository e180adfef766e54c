"""Every integer output against the real number, and every pair of outputs against each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convcheck.quantized.any_case import SUMS
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.results import (
    PASSES,
    Difference,
    ErrorSummary,
    Judgement,
    Maps,
    Output,
    Requantization,
    Status,
    Verdict,
)
from convcheck.verdict.judge import Judged, Pairs
from convcheck.verdict.quantized.judge import errors, is_nearest, judge_integers
from convcheck.verdict.quantized.quotients import Quotients
from convcheck.verdict.sums import sum_of

if TYPE_CHECKING:
    from convcheck.quantized.case import QuantizedCase
    from convcheck.quantized.sums import Sums
    from convcheck.results import Array, Index


def judge_quantized(
    quantized: QuantizedCase,
    sums: Sums,
    outputs: Sequence[Output],
    *,
    pairs: Pairs | None = None,
    maps: bool = False,
) -> Judged:
    """Hold each output against the real number and each pair against each other, in steps of o."""
    judgements = {one.name: _judgement(quantized, sums, one, maps=maps) for one in outputs}
    chosen = list(combinations(judgements, 2)) if pairs is None else list(pairs)
    differences = [_difference(judgements[a], judgements[b]) for a, b in chosen]
    return Judged(
        tuple(judgements.values()), tuple(one for one in differences if one is not None), ()
    )


def _judgement(quantized: QuantizedCase, sums: Sums, output: Output, *, maps: bool) -> Judgement:
    array, p = output.array, quantized.parameters
    if array is None:
        status = output.status or Status.UNAVAILABLE
        return Judgement(output, status, message=output.message)
    if array.shape != quantized.case.output_shape:
        return Judgement(
            output,
            Status.WRONG_SHAPE,
            message=f"gave shape {array.shape}, but it should be {quantized.case.output_shape}",
        )
    if array.dtype.name in SUMS:
        return _of_sums(sums, output, array)
    if array.dtype != p.input_dtype:
        message = f"gave {array.dtype}; expected {p.input_dtype}, or the sums in int32"
        return Judgement(output, Status.WRONG_SHAPE, message=message)
    found = judge_integers(array, sums, p, output.formulas or tuple(FORMULAS))
    quotients = Quotients(sums, p)
    error = errors(array, quotients)
    return Judgement(
        output,
        Status(found.status),
        error=_summary(error, is_nearest(array, quotients)),
        maps=Maps(error.astype(np.float32), error.astype(np.float32)) if maps else None,
        requantization=Requantization(
            reproduced_by=found.reproduced_by,
            largest_error=found.largest_error,
            within=found.within,
            wrapped=found.wrapped,
        ),
    )


def _of_sums(sums: Sums, output: Output, array: Array) -> Judgement:
    """Of an output that is the sums: those with the bias, or those without it."""
    gaps = [np.abs(array.astype(np.float64) - one) for one in (sums.products, sums.acc)]
    error = min(gaps, key=np.count_nonzero)
    exact = not error.any()
    return Judgement(
        output,
        Status.EXACT if exact else Status.OUTSIDE_BOUND,
        error=_summary(error, error == 0),
        requantization=Requantization((), float(error.max()), holds_sums=True),
    )


def _summary(error: Array, right: Array) -> ErrorSummary:
    """In steps of the output."""
    worst = _index(error)
    return ErrorSummary(
        sum_abs=sum_of(error),
        max_abs=float(error.max()),
        max_ulps=float(error.max()),
        correctly_rounded=int(np.count_nonzero(right)),
        total=error.size,
        max_over_bound=None,
        rms_over_unit=None,
        worst_index=worst,
    )


def _index(values: Array) -> Index:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(values)), values.shape))


def _difference(a: Judgement, b: Judgement) -> Difference | None:
    """The pair; None of sums and an output, which are no two of a kind."""
    names = a.output.name, b.output.name
    one, two = a.output.array, b.output.array
    kinds = [j.requantization.holds_sums for j in (a, b) if j.requantization]
    if len(set(kinds)) == 2:
        return None
    if len(kinds) < 2 or one is None or two is None:
        wrong = Status.WRONG_SHAPE in (a.status, b.status)
        return Difference(*names, Verdict.DIFFERENT if wrong else Verdict.UNDECIDED)
    gap = np.abs(one.astype(np.float64) - two)
    unequal = int(np.count_nonzero(gap))
    verdict = Verdict.IDENTICAL
    if unequal:
        sound = a.status in PASSES and b.status in PASSES
        verdict = Verdict.ROUNDING if sound else Verdict.DIFFERENT
    return Difference(
        *names,
        verdict=verdict,
        sum_abs=sum_of(gap),
        max_abs=float(gap.max()),
        max_ulps=float(gap.max()),
        unequal=unequal,
        total=gap.size,
        worst_index=_index(gap) if unequal else None,
        largest_output=max(float(np.abs(x.astype(np.float64)).max()) for x in (one, two)),
    )
