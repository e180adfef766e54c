"""Is a recorded output right where any choice that its file leaves open holds, and no other?"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import convcheck
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import PASSES, Dtypes, Output, Status
from tests.diagnosis.planting import diagnosed, wide

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def case_of(dtype: Any = np.float32) -> Case:
    rng = np.random.default_rng(71)
    x, kernel = rng.standard_normal((1, 9, 9, 3)), rng.standard_normal((3, 3, 3, 4))
    return Case(ConvSpec.make((3, 3)), x.astype(dtype), kernel.astype(dtype))


def float32_result(case: Case) -> np.ndarray:
    return np.asarray(wide(case).astype(np.float32))


STORED = {
    "a float32 result in a float16 file": (11, lambda y: y.astype(np.float16)),
    "bfloat16 numbers in a float32 file": (8, lambda y: y.astype(BFLOAT16).astype(np.float32)),
    "float16 numbers in a float64 file": (11, lambda y: y.astype(np.float16).astype(np.float64)),
    "a float32 result in a float64 file": (24, lambda y: y.astype(np.float64)),
}
"""Bits of the narrowest format that holds all its numbers, and how it is stored."""


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("compute", [None, "float32"])
def test_is_a_result_stored_in_another_format_right(stored: str, compute: str | None) -> None:
    case = case_of()
    values = STORED[stored][1](float32_result(case))
    judgements, findings = diagnosed(case, Output("f", "f", values, dtypes=Dtypes(compute=compute)))
    assert judgements[0].status in PASSES
    assert findings == ()
    convcheck.assert_equivalent(values, case.input, case.kernel, compute=compute)


@pytest.mark.slow
@pytest.mark.parametrize("stored", STORED)
def test_is_one_number_of_it_moved_by_four_steps_wrong(stored: str) -> None:
    """Steps of its own grid: of the narrowest format that holds all its numbers."""
    case = case_of()
    values = STORED[stored][1](float32_result(case))
    digits = {"float16": 11, "bfloat16": 8, "float32 result in": 24}
    bits = next(
        (n for word, n in digits.items() if word in stored and "a float32" not in stored), 0
    )
    bits = bits or (11 if "float16 file" in stored else 24)
    index = np.unravel_index(np.argmax(np.abs(values.astype("f8"))), values.shape)
    scale = 4 if bits < 24 else 4 * 27  # float32 sums of 27 products may be that many steps off
    values[index] = float(values[index]) * (1 + scale * 2.0 ** (1 - bits))
    judgements, _ = diagnosed(case, Output("f", "f", values))
    assert judgements[0].status is Status.OUTSIDE_BOUND
    with pytest.raises(AssertionError):
        convcheck.assert_equivalent(values, case.input, case.kernel)


def test_does_float64_stay_what_serves() -> None:
    """A float64 result is held to float64, not to a narrower format that would serve as well."""
    case = case_of(np.float64)
    judgements, findings = diagnosed(case, Output("f", "f", wide(case)))
    assert judgements[0].status in PASSES
    assert str(judgements[0].declared) == "float64/float64/float64"
    assert findings == ()
