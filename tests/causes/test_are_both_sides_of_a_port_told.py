"""Does a fix say how the other framework gives what the output has, where a call can?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import BY_NAME
from convcheck.causes.fixes import for_other_side
from convcheck.diagnosis.diagnose import diagnose
from convcheck.implementations.name import Name
from convcheck.results import Dtypes, Output
from convcheck.truth.plain import plain_sums
from convcheck.verdict.judge import judge

from .fixing import codes, outcomes
from .run_fixes import Job

pytestmark = pytest.mark.slow

Needs = Callable[[str], Name]
KERAS, TORCH = Output("keras", "keras Conv2D"), Output("torch", "torch.nn.functional.conv2d")
FILE = Output("file:mine.npy", "mine.npy")
CALLS = (
    "same-padding-side padding-mode causal-padding spatial-shift dilation-ignored "
    "dilation-as-stride"
).split()
"""Causes that another call on the same arrays shows."""
NONE = "kernel-flip channel-order border-mode output-scale activation layout-reshape".split()


def case(**options: object) -> Case:
    rng = np.random.default_rng(5)
    arrays = [rng.standard_normal(s).astype("f4") for s in ((1, 12, 10, 3), (3, 3, 3, 4), (4,))]
    return Case(ConvSpec.make((3, 3), **options), *arrays)


def wrong(cause: str, case: Case) -> Case:
    """The first convolution of a cause that differs from the case's."""
    own = plain_sums(case, case.input, case.kernel)
    for hypothesis in BY_NAME[cause].hypotheses(case, case.output_shape):
        changed = hypothesis.change(case)
        y = plain_sums(changed, changed.input, changed.kernel)
        if y.shape == own.shape and not np.allclose(y, own):
            return changed
    raise AssertionError(cause)


@pytest.mark.parametrize("framework", ["keras", "torch"])
def test_does_the_other_framework_s_call_give_what_the_output_has(
    framework: str, needs: Needs
) -> None:
    """A recorded output is judged beside the framework's right one, by the whole diagnosis."""
    needs(framework)
    jobs, expected = [], []
    for cause in ("same-padding-side", "causal-padding", "dilation-ignored"):
        options = {"dilations": 2} if cause == "dilation-ignored" else {"strides": 2}
        described = case(**options)
        made = [wrong(cause, described), described]
        arrays = [plain_sums(one, one.input.astype("f8"), one.kernel.astype("f8")) for one in made]
        bias = described.bias
        seen = [(array + bias).astype("f4") for array in arrays]
        dtypes = Dtypes("float32", "float32", "float32", "float32")
        outputs = [
            Output(FILE.name, FILE.call, seen[0], dtypes=dtypes),
            Output(framework, framework, seen[1], dtypes=dtypes),
        ]
        diagnosis = diagnose(described, judge(described, outputs), lambda *_: None)
        (finding,) = (one for one in diagnosis.findings if one.departs)
        assert cause in (finding.cause, *finding.also)
        first, _, second = (finding.fix or "").partition("; or as mine.npy has it: ")
        assert [label for label, _ in codes(first)] == ["torch", "tensorflow"]
        ((label, code),) = codes(second)
        assert label == framework
        jobs.append(Job(code, described.input, described.kernel, bias))
        expected.append(seen[0])
    for job, result, y in zip(jobs, outcomes(framework, jobs), expected, strict=True):
        assert not isinstance(result, str), (job.code, result)
        np.testing.assert_allclose(result["y"], y, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cause", CALLS + NONE)
def test_is_a_call_named_only_where_the_arrays_stay_the_same(cause: str) -> None:
    described = case(dilations=2) if cause.startswith("dilation") else case(strides=2)
    hypotheses = BY_NAME[cause].hypotheses(described, described.output_shape)
    told = [for_other_side(one, described, FILE, [KERAS]) for one in hypotheses]
    if cause in NONE:
        assert set(told) == {None}
    else:
        assert any(words and words.startswith("or as mine.npy has it: keras: ") for words in told)


def test_is_nothing_said_of_the_same_framework_or_of_none() -> None:
    described = case(strides=2)
    (hypothesis, *_) = BY_NAME["same-padding-side"].hypotheses(described, described.output_shape)
    for output, others in ((KERAS, [KERAS]), (TORCH, [FILE]), (FILE, [])):
        assert for_other_side(hypothesis, described, output, others) is None
    words = for_other_side(hypothesis, described, TORCH, [TORCH, KERAS])
    assert words is not None
    assert words.startswith("or as torch.nn.functional.conv2d has it: keras: Conv2D(")
