"""Is an output of a region, by Winograd's algorithm, held to the bound that it has in the whole?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.check import summarize
from convcheck.excerpt.numbers import numbers_of
from convcheck.results import Check, Verdict
from convcheck.truth.arithmetic import declared
from convcheck.truth.bound import bound
from tests.diagnosis.transforms.by_algorithm import F43, bright, checked, winograd
from tests.excerpt.decode import decoded

REGIONS = [
    ((0, 2), (0, 22), (0, 25), (0, 6)),
    ((1, 2), (3, 5), (7, 8), (2, 5)),
    ((0, 1), (19, 22), (23, 25), (3, 4)),
]


@pytest.mark.parametrize("region", REGIONS, ids=str)
def test_is_it_the_same(region: tuple[tuple[int, int], ...]) -> None:
    case = bright(1, groups=2)
    judgement, _ = checked(case, winograd(F43))
    check = Check(summarize(case), Verdict.ROUNDING, (judgement,), ())
    limits = bound(case, replace(declared("float32", "float32"), tiling=F43)).limit
    whole = limits[tuple(slice(*one) for one in region)]
    (mine,) = numbers_of(case, check, region).outputs
    assert mine.bound is not None
    shown = decoded(mine.bound).reshape(whole.shape)
    assert np.allclose(shown, whole, rtol=2.0**-11, atol=0)
