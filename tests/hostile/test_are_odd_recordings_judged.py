"""Is a recorded output judged, and its difference looked into, whatever numbers it holds?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.check import check
from convcheck.plan import Plan
from convcheck.results import Dtypes, Output, Verdict
from convcheck.verdict.limits import Limits
from convcheck.verdict.sums import sum_of, sum_of_sums

SHAPE = (1, 6, 6, 1)
ALTERNATING = np.where(np.arange(36).reshape(SHAPE) % 2, 1.7e308, -1.7e308)
RECORDED = {
    "ones of int8": np.ones(SHAPE, np.int8),
    "ones of uint64": np.ones(SHAPE, np.uint64),
    "the least int64": np.full(SHAPE, -(2**63), np.int64),
    "the largest uint64": np.full(SHAPE, 2**64 - 1, np.uint64),
    "nearly the largest": np.full(SHAPE, 1.7e308),
    "nearly the largest of both signs": ALTERNATING,
    "the largest float32": np.full(SHAPE, 3.4e38, np.float32),
    "subnormal": np.full(SHAPE, 5e-324),
    "no number": np.full(SHAPE, np.nan),
    "infinite": np.full(SHAPE, np.inf),
    "a scalar": np.array(7.0),
    "another shape of int32": np.ones(3, np.int32),
    "empty": np.ones(0),
}


@pytest.mark.slow
@pytest.mark.parametrize("operands", ["float32", "int32"])
@pytest.mark.parametrize("compute", [None, "float32"])
@pytest.mark.parametrize("what", RECORDED)
def test_is_it_different_and_no_error_of_our_own(runtimes, what, compute, operands):
    request = Request(
        input="random", input_shape=(1, 6, 6, 2), kernel="random", kernel_size=(3,),
        input_dtype=operands, kernel_dtype=operands,
    )  # fmt: skip
    array = RECORDED[what]
    given = Output("recorded", "a call", array, dtypes=Dtypes(compute=compute))
    case = build(request)
    assert case.output_shape == SHAPE
    result = check(Plan(case, [], [given]), runtimes, Limits())
    assert result.verdict in (Verdict.DIFFERENT, Verdict.UNDECIDED)


def test_are_sums_beyond_the_largest_number_infinite():
    assert sum_of(np.full(3, 1.7e308)) == np.inf
    assert sum_of_sums([1.7e308] * 2) == np.inf
    assert sum_of_sums([1e16, 1.0, 1.0]) == 1e16 + 2
