"""Do --identical, --strict, --max-sum and --accept decide whether two models pass?"""

from dataclasses import replace

import pytest

from convcheck.case.spec import ConvSpec
from convcheck.model.against.exceeded import accepted, exceeded, of_own_calls
from convcheck.model.against.results import (
    AgainstCheck,
    ModelSide,
    OutputDifference,
    PairCheck,
    Place,
    SegmentCheck,
)
from convcheck.results import Finding, Verdict
from convcheck.verdict.limits import Limits

SPEC = ConvSpec.make((3, 3), padding=1)
SHAPE = (1, 8, 8, 3)
PAIR = PairCheck(
    "c1", "c1", "weights", (SPEC, SPEC), (SHAPE, SHAPE), (4, 4), "equal", Verdict.IDENTICAL
)
SEGMENT = SegmentCheck(((), ()), ("c1", "c1"), Verdict.IDENTICAL, 0.0, 4.0)
OUTPUT = OutputDifference("y", 0.0, 0.0, 0.0, 0, 9)
SIDE = ModelSide("a", "toy", 1, "random", {})
FLIP = Finding("kernel-flip", "B", "proved", "", also=("kernel-transpose",), departs=True)


def result(limits, pair=PAIR, segment=SEGMENT, output=OUTPUT, places=()):
    return AgainstCheck(
        SIDE,
        SIDE,
        (pair,),
        (segment,),
        places,
        end_to_end=(output,),
        failures=exceeded(limits, [pair], [segment], [output]),
        accepted=accepted(limits, places),
    )


@pytest.mark.parametrize("limits", [{"identical": True}, {"strict": True}, {"max_sum": 0.0}])
def test_does_what_is_the_same_pass_every_limit(limits):
    assert result(Limits(**limits)).exit_code == 0


@pytest.mark.parametrize(
    ("limits", "changes", "words"),
    [
        ({"identical": True}, {"pair": replace(PAIR, verdict=Verdict.ROUNDING)}, "c1 is not"),
        (
            {"identical": True},
            {"segment": replace(SEGMENT, verdict=Verdict.ROUNDING)},
            "what is before c1 is not",
        ),
        ({"identical": True}, {"output": replace(OUTPUT, unequal=1)}, "the output y is not"),
        ({"max_sum": 1.0}, {"output": replace(OUTPUT, sum_abs=1.5)}, "differs by 1.5 in all"),
        ({"max_sum": 1.0}, {"output": OutputDifference("y", message="shapes")}, "has no sum"),
        ({"max_sum": 1.0}, {"output": replace(OUTPUT, sum_abs=float("nan"))}, "nan in all"),
        ({"strict": True}, {"pair": replace(PAIR, weights="float16")}, "weights are float16 in c1"),
    ],
)
def test_is_each_limit_told_that_is_exceeded(limits, changes, words):
    found = result(Limits(**limits), **changes)
    assert found.exit_code == 1
    (failure,) = found.failures
    assert words in failure
    assert result(Limits(), **changes).exit_code == 0


@pytest.mark.parametrize("weights", ["folded", "another form"])
def test_does_strict_let_weights_pass_that_are_not_narrower(weights):
    assert result(Limits(strict=True), replace(PAIR, weights=weights)).exit_code == 0


@pytest.mark.parametrize(
    ("accept", "exit_code"),
    [((), 1), (("kernel-flip",), 0), (("kernel-transpose",), 0), (("channel-order",), 1)],
)
def test_may_a_place_pass_whose_causes_are_accepted(accept, exit_code):
    pair = replace(PAIR, verdict=Verdict.DIFFERENT, findings=(FLIP,))
    place = Place("c1", (FLIP,), 1.0, pairs=(0,))
    assert result(Limits(accept=accept), pair, places=(place,)).exit_code == exit_code


def test_is_every_place_and_every_finding_to_be_accepted():
    pair = replace(PAIR, verdict=Verdict.DIFFERENT)
    limits = Limits(accept=("kernel-flip",))
    other = Finding("unexplained", "B", "unexplained", "")
    place = Place("c1", (FLIP,), 1.0, pairs=(0,))
    for left in (replace(place, findings=()), replace(place, findings=(FLIP, other))):
        assert result(limits, pair, places=(place, left)).exit_code == 1


def test_do_limits_of_the_whole_leave_own_calls_alone():
    limits = Limits(identical=True, max_sum=1.0, strict=True, accept=("kernel-flip",))
    assert of_own_calls(limits) == Limits(strict=True, accept=("kernel-flip",))
