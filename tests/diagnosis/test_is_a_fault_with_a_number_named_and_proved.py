"""Are faults with a number of their own named and proved: a scale, an offset, a format?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.results import Output
from convcheck.testing import specs
from convcheck.truth.arithmetic import Arithmetic, rounded
from convcheck.truth.formats import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, TFLOAT32
from tests.diagnosis.many import MANY

from .planting import BATCH, departs, diagnosed, recorded, suite_case, wide

Fault = Callable[[Case, np.random.Generator], "Output | None"]


def scaled(case: Case, rng: np.random.Generator) -> Output | None:
    factor = rng.choice([rng.uniform(0.1, 10), 1 / case.terms, 255.0, -1.0])
    return None if factor == 1 else recorded(factor * wide(case), case.kernel.dtype)


def moved(case: Case, rng: np.random.Generator) -> Output | None:
    each = rng.standard_normal(case.output_shape[-1] if rng.random() < 0.5 else 1)
    return recorded(wide(case) + each, case.kernel.dtype)


def reduced(arithmetic: Arithmetic) -> Fault:
    def fault(case: Case, rng: np.random.Generator) -> Output | None:
        # Subnormal operands tell float16 from tfloat32, and yet both may hold.
        normal = all(
            (np.abs(array[array != 0]) >= 2.0**-14).all() for array in (case.input, case.kernel)
        )
        if arithmetic.operands == FLOAT16 and not normal:
            return None
        return recorded(wide(rounded(case, arithmetic)), case.kernel.dtype)

    return fault


FAULTS = {
    "output-scale": scaled,
    "output-offset": moved,
    "reduced-precision-tf32": reduced(Arithmetic(TFLOAT32, FLOAT32, FLOAT32, "toward-zero")),
    "reduced-precision-bfloat16": reduced(Arithmetic(BFLOAT16, FLOAT32, FLOAT32)),
    "reduced-precision-float16": reduced(Arithmetic(FLOAT16, FLOAT32, FLOAT32)),
    "reduced-precision-float32": reduced(Arithmetic(FLOAT32, FLOAT64, FLOAT64)),
}
"""Each returns None where a case cannot have it."""


def drawn(number: int, cause: str) -> Case | None:
    """A case of the suite; in the dtype that a reduced format stands in for."""
    if not cause.startswith("reduced"):
        case = suite_case(number)
        return case if case is None or case.kernel.dtype.kind not in "iu" else None
    dtype = "float64" if cause.endswith("float32") else "float32"
    return replace(specs()[number], batch=BATCH, dtypes=(dtype, dtype)).case


@pytest.mark.parametrize("cause", FAULTS)
@pytest.mark.parametrize("count", [3, pytest.param(MANY, marks=pytest.mark.slow)])
def test_is_it_named_first_and_proved(cause: str, count: int) -> None:
    rng = np.random.default_rng([2, *map(ord, cause)])
    missed, unproved, hidden, tried = [], [], 0, 0
    for number in rng.permutation(len(specs())):
        case = drawn(int(number), cause)
        if tried == count or case is None:
            continue
        output = FAULTS[cause](case, rng)
        if output is None:
            continue
        if not departs(case, output):
            hidden += 1
            continue
        tried += 1
        _, (first, *_) = diagnosed(case, output)
        story = (specs()[number].id, first.cause, first.status, first.also, first.summary)
        if cause not in {first.cause, *first.also}:
            missed.append(story)
        elif first.status != "proved":
            unproved.append(story)
    print(f"{cause}: {tried} planted, {hidden} hidden, missed {missed}, not proved {unproved}")
    assert tried == count
    assert len(missed) <= 0.05 * count
    assert not unproved
