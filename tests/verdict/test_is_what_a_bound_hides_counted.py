"""Is the share of outputs told at which a zero would not be seen?"""

from __future__ import annotations

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Output
from convcheck.verdict.judge import judge

CHANNELS = 16
"""Sixteen numbers of size 1 have a bound of at least 16 · 2^-24 · 16 = 2^-16."""


def test_is_an_output_smaller_than_its_bound_counted_and_no_other() -> None:
    x = np.ones((1, 1, CHANNELS), np.float32)
    cancels = np.tile([1.0, -1.0], CHANNELS // 2)
    cancels[0] += 2.0**-20  # below the bound
    visible = np.ones(CHANNELS)
    infinite = np.full(CHANNELS, np.inf)
    zero = np.tile([1.0, -1.0], CHANNELS // 2)  # 0 is right here
    kernel = np.stack([cancels, visible, infinite, zero], axis=1)[np.newaxis].astype(np.float32)
    case = Case(ConvSpec.make((1,)), x, kernel)
    right = np.array([2.0**-20, CHANNELS, np.inf, 0.0], np.float32).reshape(1, 1, 4)
    output = Output("it", "it", right, dtypes=Dtypes(compute="float32"))
    (judgement,) = judge(case, [output]).judgements
    assert judgement.undetectable == 1 / 4
