"""Is an infinity or NaN on one side alone a difference, and is each told why it is there?"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.diagnosis.diagnose import diagnose
from convcheck.results import Dtypes, Output, Status, Verdict
from convcheck.verdict.judge import judge


def output(name: str, array: np.ndarray, compute: str) -> Output:
    seen = Dtypes(input=compute, kernel=compute, compute=compute, output=array.dtype.name)
    return Output(name, name, array, dtypes=seen)


def full_of_300() -> Case:
    x = np.full((1, 4, 4, 1), 300, np.float16)
    return Case(ConvSpec.make((2, 2), padding="valid"), x, np.full((2, 2, 1, 1), 300, np.float16))


def test_is_an_overflow_of_float16_against_float32_different() -> None:
    case = full_of_300()
    half = output("half", np.full(case.output_shape, np.inf, np.float16), "float16")
    single = output("single", np.full(case.output_shape, 360_000, np.float32), "float32")
    judged = judge(case, [half, single])
    assert [j.status for j in judged.judgements] == [Status.EXACT, Status.EXACT]
    assert judged.differences[0].verdict is Verdict.DIFFERENT
    (finding,) = diagnose(case, judged, lambda *_: None).findings
    assert (finding.cause, finding.status, finding.implementation) == (
        "non-finite",
        "proved",
        "half",
    )
    assert "float16" in finding.summary
    assert finding.fix


def test_is_the_same_infinity_on_both_sides_identical() -> None:
    case = full_of_300()
    both = [
        output(name, np.full(case.output_shape, np.inf, np.float16), "float16") for name in "ab"
    ]
    assert judge(case, both).differences[0].verdict is Verdict.IDENTICAL


@pytest.mark.parametrize("kernel_value", [np.inf, np.nan])
def test_is_padding_multiplied_or_skipped_right_alone_and_different_together(
    kernel_value: float,
) -> None:
    x = np.arange(1, 17, dtype=np.float32).reshape(1, 4, 4, 1)
    kernel = np.ones((3, 1, 1, 1), np.float32)
    kernel[0] = kernel_value
    case = Case(ConvSpec.make((3, 1)), x, kernel)
    with np.errstate(invalid="ignore"):
        inside = kernel_value * x[:, :-1]  # what the first tap reads, but for the first row
        skips = np.concatenate([x[:, :1] + x[:, 1:2], inside], 1).astype(np.float32)
    multiplies = skips.copy()
    multiplies[:, 0] = np.nan
    judged = judge(
        case, [output("skips", skips, "float32"), output("multiplies", multiplies, "float32")]
    )
    assert [j.status for j in judged.judgements] == [Status.EXACT, Status.EXACT]
    assert judged.differences[0].verdict is Verdict.DIFFERENT
    (finding,) = diagnose(case, judged, lambda *_: None).findings
    assert finding.implementation == "multiplies"
    assert "padding" in finding.summary
    # A NaN where no padding is read is no such thing.
    wrong = multiplies.copy()
    wrong[:, 2] = 7.0 if np.isnan(kernel_value) else np.nan
    assert judge(case, [output("wrong", wrong, "float32")]).judgements[0].status not in (
        Status.EXACT,
        Status.WITHIN_BOUND,
    )


def test_is_a_nan_infinitely_many_times_its_bound() -> None:
    x = np.ones((1, 4, 4, 1), np.float32)
    case = Case(ConvSpec.make((1, 1)), x, np.full((1, 1, 1, 1), 3, np.float32))
    array = np.full(case.output_shape, 3, np.float32)
    array[0, 1, 2, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (judgement,) = judge(case, [output("it", array, "float32")]).judgements
    assert judgement.error is not None
    assert judgement.error.max_over_bound == np.inf
    assert judgement.error.worst_index == (0, 1, 2, 0)
