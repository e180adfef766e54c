"""Do the limits that a user asks for hold for checks of integers, in steps of the output?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check import check, integers
from convcheck.diagnosis.quantized.diagnose import IntegerDiagnosis
from convcheck.plan import Plan
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.results import Check, Finding, Output, Status, Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

# r = 0.3, 3.3, 9.3, -0.3, -9.3; an output scale that is no 1, so that steps are no real numbers.
SUMS = (1, 11, 31, -1, -31)
NEAREST = (0, 3, 9, 0, -9)
TWO_ROUNDINGS = (1, 4, 10, 0, -9)
WRONG = (0, 3, 9, 0, 9)


def quantized() -> QuantizedCase:
    case = Case(
        ConvSpec.make((1, 1)),
        np.array(SUMS, np.int8).reshape(1, 1, 5, 1),
        np.ones((1, 1, 1, 1), np.int8),
    )
    return QuantizedCase(case, Parameters(0.3, 7.0, 7.0))


def output(name: str, values: tuple[int, ...], dtype: str = "int8") -> Output:
    return Output(name, name, np.array(values, dtype).reshape(1, 1, 5, 1))


def checked(limits: Limits, *outputs: Output) -> Check:
    case = quantized()
    with Runtimes() as runtimes:
        return check(Plan(case.case, [], given=outputs, quantized=case), runtimes, limits)


NEAR, FAR = output("near", NEAREST), output("far", TWO_ROUNDINGS)
OFF = output("off", WRONG)


def test_is_the_largest_sum_one_of_steps() -> None:
    assert checked(Limits(max_sum=3), NEAR, FAR).exit_code == 0
    found = checked(Limits(max_sum=2.9), NEAR, FAR)
    assert found.exit_code == 1
    assert found.verdict is Verdict.ROUNDING
    assert found.failures == ("--max-sum 2.9: near and far differ by 3 in all",)
    (pair,) = found.differences
    assert (pair.sum_abs, pair.max_abs, pair.unequal, pair.total) == (3, 1, 3, 5)


def test_is_identical_what_equals_and_nothing_else() -> None:
    same = replace(NEAR, name="same")
    assert checked(Limits(identical=True), NEAR, same).exit_code == 0
    found = checked(Limits(identical=True), NEAR, FAR)
    assert found.exit_code == 1
    assert found.failures == ("--identical: near and far are not identical",)


def test_is_a_wrong_output_different_without_any_limit() -> None:
    found = checked(Limits(), NEAR, OFF)
    assert found.verdict is Verdict.DIFFERENT
    assert found.exit_code == 1
    assert [j.status for j in found.judgements] == [Status.EXACT, Status.OUTSIDE_BOUND]
    assert checked(Limits(), OFF).exit_code == 1  # one alone, too


def test_do_two_equal_wrong_outputs_fail() -> None:
    found = checked(Limits(), OFF, replace(OFF, name="twin"))
    assert found.differences[0].verdict is Verdict.IDENTICAL
    assert found.verdict is Verdict.DIFFERENT
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(), 1),
        (Limits(accept=("zero-point-ignored",)), 0),
        (Limits(accept=("kernel-flip",)), 1),
        (Limits(strict=True, accept=("zero-point-ignored",)), 0),
    ],
)
def test_does_an_accepted_cause_not_fail(
    limits: Limits, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding("zero-point-ignored", "off", "proved", "of the input", departs=True)
    monkeypatch.setattr(
        integers, "diagnose_integers", lambda *_, **__: IntegerDiagnosis(findings=(finding,))
    )
    found = checked(limits, NEAR, OFF)
    assert found.exit_code == code
    assert found.accepted == (("zero-point-ignored",) if code == 0 else ())


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(), 0), (Limits(strict=True), 1), (Limits(strict=True, accept=("one",)), 0)],
)
def test_does_a_finding_inside_the_bounds_fail_where_all_must_be_said(
    limits: Limits, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding("one", "far", "proved", "two roundings")
    monkeypatch.setattr(
        integers, "diagnose_integers", lambda *_, **__: IntegerDiagnosis(findings=(finding,))
    )
    assert checked(limits, NEAR, FAR).exit_code == code


def test_is_an_output_of_another_dtype_undecided() -> None:
    found = checked(Limits(), NEAR, output("floats", NEAREST, "float32"))
    assert found.exit_code == 3
    assert found.judgements[1].status is Status.UNDECIDED
    assert found.judgements[1].message == (
        "gave float32, which is not judged here; expected int8, or the sums in int32"
    )


def test_are_sums_beside_outputs_no_pair() -> None:
    found = checked(Limits(identical=True), NEAR, output("sums", SUMS, "int32"))
    assert found.exit_code == 0
    assert found.differences == ()
    assert [j.status for j in found.judgements] == [Status.EXACT, Status.EXACT]
    wrong = checked(Limits(), NEAR, output("sums", (*SUMS[:4], -30), "int32"))
    assert wrong.exit_code == 1
    assert wrong.judgements[1].status is Status.OUTSIDE_BOUND
