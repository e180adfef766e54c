"""Is an output of another shape told which options would give it?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec

from .planting import diagnosed, plain

SPATIAL = (17, 16, 15)


def drawn(rank: int, **options: object) -> Case:
    rng = np.random.default_rng([9, rank])
    x = rng.standard_normal((1, *SPATIAL[:rank], 3)).astype("f4")
    kernel = rng.standard_normal((*(3,) * rank, 3, 4)).astype("f4")
    return Case(ConvSpec.make((3,) * rank, **options), x, kernel)  # type: ignore[arg-type]


def finding(case: Case, output):
    (judgement,), (first, *_) = diagnosed(case, output)
    assert judgement.status.value == "wrong-shape"
    return first


@pytest.mark.slow
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strides": 2}, "--strides 2"),
        ({"strides": 3}, "--strides 3"),
        ({"strides": 2, "padding": "valid"}, "--strides 2 --padding valid"),
        ({"dilations": 4, "padding": "valid"}, "--dilations 4 --padding valid"),
    ],
)
def test_are_the_options_named_that_give_the_output(rank, options, words):
    first = finding(drawn(rank), plain(drawn(rank, **options)))
    assert f": {words} gives that shape, and the values" in first.summary
    assert first.fix == f"describe what was computed: {words}"


def test_is_a_shape_that_fits_with_other_values_said_to():
    case = drawn(2)
    y = plain(drawn(2, strides=2))
    first = finding(case, replace(y, array=y.array[:, ::-1] + 1))
    assert "that shape fits --strides 2, " in first.summary
    assert "but the values looked at do not" in first.summary
    assert first.fix is None


def test_is_nothing_named_where_no_options_fit():
    case = drawn(2)
    first = finding(case, replace(plain(case), array=np.zeros((1, 5, 77, 4), "f4")))
    assert "no known cause" in first.summary
