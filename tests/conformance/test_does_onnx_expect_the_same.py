"""Do the onnx package's Conv and ConvTranspose tests agree with exact, and who computes them?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from convcheck.implementations.name import Name
from convcheck.results import PASSES, Dtypes, Judgement, Output, Status
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.judge import judge

from .onnx_cases import Recorded, recorded

Needs = Callable[[str], Name]

pytestmark = pytest.mark.slow  # importing all of the package's tests takes five seconds


def judged(one: Recorded, output: Output) -> Judgement:
    return judge(one.case, [output]).judgements[0]


def expectation(one: Recorded) -> Output:
    return Output("onnx", "recorded", one.expected, dtypes=Dtypes(compute="float32"))


def test_is_every_convolution_of_the_onnx_package_read(needs: Needs) -> None:
    needs("onnxruntime")
    cases, others = recorded()
    names = [one.name for one in cases]
    assert len(names) == len(set(names)) >= 47
    assert sum(one.case.spec.transposed for one in cases) >= 14
    assert {one.case.spec.rank for one in cases} == {1, 2, 3}
    assert all("another operator" in why or "among" in why for why in others.values()), others


def test_are_the_outputs_that_onnx_expects_within_their_bounds(needs: Needs) -> None:
    needs("onnxruntime")
    for one in recorded()[0]:
        assert judged(one, expectation(one)).status in PASSES, one.name


def test_would_another_output_be_noticed(needs: Needs) -> None:
    needs("onnxruntime")
    for one in recorded()[0]:
        planted = replace(expectation(one), array=one.expected + np.float32(1e-2))
        assert judged(one, planted).status is Status.OUTSIDE_BOUND, one.name


REFUSED: dict[str, dict[str, str]] = {
    "onnxruntime": {},
    "torch": {},
    "tf": {"pytorch-converted/test_Conv3d_groups": "input and filter must have the same depth"},
}
"""Implementation -> test -> a piece of its error's text."""


@pytest.mark.parametrize("text", REFUSED)
def test_is_each_onnx_case_computed_within_its_bound(
    text: str, needs: Needs, runtimes: Runtimes
) -> None:
    needs("onnxruntime")
    name = needs(text)
    unavailable = {}
    for one in recorded()[0]:
        output = runtimes.run(one.case, name)
        judgement = judged(one, output)
        if judgement.status is Status.UNAVAILABLE:
            unavailable[one.name] = str(judgement.message)
            continue
        assert judgement.status in PASSES, (one.name, judgement.message)
        assert output.array is not None
        assert output.array.dtype == one.expected.dtype
    refused = REFUSED[text]
    assert unavailable.keys() == refused.keys(), unavailable
    assert [n for n, words in refused.items() if words not in unavailable[n]] == []
