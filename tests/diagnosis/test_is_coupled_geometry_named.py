"""Are changes of geometry named that come together: a dilation and its padding, a lost length?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec

from .planting import diagnosed, plain

SPATIAL = (17, 16, 15)


def drawn(rank: int, *, transposed: bool = False, **keys: object) -> Case:
    rng = np.random.default_rng([8, rank])
    spec = ConvSpec.make((3,) * rank, transposed=transposed, **keys)  # type: ignore[arg-type]
    x = rng.standard_normal((2, *SPATIAL[:rank], 3)).astype("f4")
    kernel = rng.standard_normal((*(3,) * rank, *((4, 3) if transposed else (3, 4))))
    return Case(spec, x, kernel.astype("f4"))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    ("declared", "computed", "cause"),
    [(2, 1, "dilation-ignored"), (2, 3, "dilation-off-by-one"), (3, 2, "dilation-off-by-one"),
     (1, 2, "dilation-off-by-one")],
)  # fmt: skip
@pytest.mark.parametrize("strides", [1, 2])
def test_is_a_dilation_with_the_padding_that_follows_named(
    rank, declared, computed, cause, strides
):
    """As ``Conv(padding=dilation, dilation=dilation)`` has it."""
    case = drawn(rank, padding=declared, dilations=declared, strides=strides)
    spec = ConvSpec.make((3,) * rank, padding=computed, dilations=computed, strides=strides)
    wrong = plain(replace(case, spec=spec))
    assert wrong.array.shape == case.output_shape
    _, (first, *_) = diagnosed(case, wrong)
    assert (first.cause, first.status) == (cause, "proved")


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("extra", "lost"), [(1, 0), (0, 1)])
def test_is_an_output_padding_lost_named(rank, extra, lost):
    keys = {"transposed": True, "strides": 2, "padding": 1}
    case = drawn(rank, output_padding=extra, **keys)
    wrong = plain(drawn(rank, output_padding=lost, **keys))
    (judgement,), (first, *_) = diagnosed(case, wrong)
    assert judgement.status.value == "wrong-shape"
    assert (first.cause, first.status) == ("output-padding", "proved")
    assert "transpose-crop" not in first.also  # nothing is cropped otherwise
    assert f"output padding of {', '.join([str(lost)] * rank)}" in first.summary


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_is_a_causal_time_axis_named(rank):
    """The first axis alone, as of a video."""
    case = drawn(rank, padding=1)
    causal = ConvSpec.make((3,) * rank, padding=[(2, 0), (1, 1), (1, 1)][:rank])
    _, (first, *_) = diagnosed(case, plain(replace(case, spec=causal)))
    assert "causal-padding" in (first.cause, *first.also)
    assert first.status == "proved"
