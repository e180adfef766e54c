"""An output that is the sums themselves: exact, or wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from convcheck.results import (
    BoundViolations,
    ErrorSummary,
    Judgement,
    Maps,
    Output,
    Requantization,
    Status,
)
from convcheck.verdict.quantized.holding import Largest
from convcheck.verdict.statistics import MOST_VIOLATIONS
from convcheck.verdict.sums import sum_of, sum_of_sums

if TYPE_CHECKING:
    from convcheck.quantized.parameters import Parameters
    from convcheck.quantized.sums import Sums
    from convcheck.results import Array

_OUTPUTS = 1 << 18


def judge_sums(sums: Sums, p: Parameters, output: Output, array: Array, *, maps: bool) -> Judgement:
    """Against the sums with the bias or without it, whichever it is: what differs less."""
    filters = array.shape[-1]
    given, products = array.reshape(-1, filters), sums.products.reshape(-1, filters)
    biases: list[Array] = [np.zeros(1, np.int64)]
    if sums.bias is not None and sums.bias.any():
        biases.insert(0, sums.bias)
    step = max(_OUTPUTS // filters, 1)
    places = [slice(first, first + step) for first in range(0, len(given), step)]
    wrong = [
        sum(int(np.count_nonzero(given[one] != products[one] + bias)) for one in places)
        for bias in biases
    ]
    count = min(wrong)
    bias = biases[wrong.index(count)]
    total, largest = [], Largest()
    steps = np.empty(given.shape, np.float32) if maps else None
    for one in places:
        error = np.abs(given[one].astype(np.float64) - (products[one] + bias))
        total.append(sum_of(error))
        largest.update(error, one.start * filters)
        if steps is not None:
            steps[one] = error
    return Judgement(
        output,
        Status.OUTSIDE_BOUND if count else Status.EXACT,
        error=ErrorSummary(
            sum_abs=sum_of_sums(total),
            max_abs=largest.value,
            max_ulps=largest.value,
            correctly_rounded=array.size - count,
            total=array.size,
            max_over_bound=math.inf if count else 0.0,
            rms_over_unit=None,
            worst_index=largest.index(array.shape),
        ),
        message=_message(array, p, count),
        maps=None if steps is None else _maps(steps.reshape(array.shape)),
        violations=_violations(given, products, bias, array.shape, count),
        requantization=Requantization((), largest.value, holds_sums=True),
    )


def _message(array: Array, p: Parameters, count: int) -> str | None:
    if not count:
        return None
    message = f"{count:,} of {array.size:,} sums are wrong"
    low, high = p.dtype_limits
    if low <= array.min() and array.max() <= high:
        message += (
            f"; {array.dtype} is taken for the sums: give requantized outputs in {p.input_dtype}"
        )
    return message


def _maps(steps: Array) -> Maps:
    return Maps(steps, np.where(steps > 0, np.float32(np.inf), np.float32(0)))


def _violations(
    given: Array, products: Array, bias: Array, shape: tuple[int, ...], count: int
) -> BoundViolations | None:
    """Sums have no bound but 0."""
    if not 0 < count <= MOST_VIOLATIONS:
        return None
    index = np.unravel_index(np.flatnonzero(given != products + bias), shape)
    over = np.full(count, np.inf)
    return BoundViolations(tuple(index), over, over, 0.0)
