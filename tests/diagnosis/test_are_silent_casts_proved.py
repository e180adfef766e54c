"""Are silent casts on the way in named, and proved by undoing them?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.check import check
from convcheck.implementations.name import parse
from convcheck.plan import Plan
from convcheck.runtimes.host import Runtimes
from convcheck.testing import specs
from convcheck.verdict.limits import Limits
from tests.diagnosis.many import MANY

DTYPES = {
    "input-autocast": ("float64", "float32"),
    "kernel-autocast": ("float32", "float64"),
}


@pytest.mark.parametrize("cause", DTYPES)
@pytest.mark.parametrize("count", [3, pytest.param(MANY, marks=pytest.mark.slow)])
def test_is_the_cast_of_a_keras_layer_proved(cause: str, count: int, runtimes: Runtimes) -> None:
    """A float32 layer against TensorFlow's call, which computes in float64."""
    rng = np.random.default_rng([3, *map(ord, cause)])
    names = [parse("tf"), parse("keras")]
    missed, tried = [], 0
    for number in rng.permutation(len(specs())):
        if tried == count:
            break
        spec = replace(specs()[number], dtypes=DTYPES[cause])
        found = check(Plan(spec.case, names), runtimes, Limits())
        plain, layer = (judgement.output for judgement in found.judgements)
        # TensorFlow has no such operation in float64 here: its call casts as well, or is refused.
        if plain.dtypes.compute != "float64" or layer.array is None:
            continue
        tried += 1
        first, *_ = found.findings
        if (first.cause, first.implementation, first.status) != (cause, "keras", "proved"):
            missed.append((spec.id, found.verdict.value, first))
    print(f"{cause}: {tried} checked, missed {missed}")
    assert tried == count
    assert not missed
