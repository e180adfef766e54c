"""Is it told of unexplained outputs that all were rounded one way, or are off by the same steps?"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, trunc
from typing import Any

import numpy as np
import pytest

from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.sums import exact_sums
from convcheck.results import Finding

from .planting import diagnosed, draw, recorded


def found_of(quantized: QuantizedCase, rule: Any, added: int = 0) -> Finding:
    """What is found of M times the sum, rounded by a rule of Python's, and more added."""
    p = quantized.parameters
    acc = exact_sums(quantized).acc
    m = [Fraction(float(p.i)) * Fraction(float(w)) / Fraction(float(p.o)) for w in p.w]
    info = np.iinfo(p.input_dtype)
    out = np.zeros(acc.shape, p.input_dtype)
    for index, value in np.ndenumerate(acc):
        v = rule(int(value) * m[index[-1]]) + p.output_zero_point + added
        out[index] = min(max(v, info.min), info.max)
    _, diagnosis = diagnosed(quantized, recorded(out))
    (found,) = diagnosis.findings
    assert (found.cause, found.status) == ("unexplained", "unexplained")
    return found


@pytest.mark.parametrize(
    ("rule", "way"),
    [
        (floor, "down"),
        (ceil, "up"),
        (trunc, "toward zero"),
        (lambda r: floor(r) if r < 0 else ceil(r), "away from zero"),
    ],
)
def test_is_the_direction_told_in_which_all_were_rounded(rule: Any, way: str) -> None:
    found = found_of(draw(np.random.default_rng(3), activation="none"), rule)
    assert found.summary.endswith(f"; every output is the real number rounded {way}")
    assert "add half" in (found.fix or "")


@pytest.mark.parametrize(
    ("added", "much"),
    [(1, "1 step too large"), (-1, "1 step too small"), (7, "7 steps too large")],
)
def test_is_it_told_by_how_much_all_are_off(added: int, much: str) -> None:
    found = found_of(draw(np.random.default_rng(4)), round, added)
    assert found.summary.endswith(f"; every output between the limits is {much}")
    assert "zero point" in (found.fix or "")


def test_is_no_pattern_told_where_one_output_breaks_it() -> None:
    def all_but_one(r: Fraction) -> int:
        middle.append(abs(r) < 10)
        return floor(r) + (3 if middle[-1] and sum(middle) == 1 else 0)

    middle: list[bool] = []
    assert "every output" not in found_of(draw(np.random.default_rng(3)), all_but_one).summary
