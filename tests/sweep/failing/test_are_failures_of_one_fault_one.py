"""Are failures of one fault told as one, and those of different faults apart?"""

from __future__ import annotations

from typing import Any

from convcheck.case.request import Request
from convcheck.sweep.failing.alike import Alike, Failures
from convcheck.sweep.results import CaseResult, Fault, Row

from .test_is_it_told_what_failing_cases_have_in_common import case


class Collected:
    """Results that are made up, one after another; numbers count from 1."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.number = 0

    def passes(self, request: Request, name: str = "mine") -> None:
        self._add(request, "identical", name)

    def fails(self, request: Request, cause: str, *also: str, name: str = "mine") -> int:
        fault = Fault(name, cause, "supported", f"it is {cause}", also)
        return self._add(request, "different", name, fault)

    def _add(self, request: Request, verdict: str, name: str, *faults: Fault) -> int:
        self.number += 1
        status = faults[0].cause if faults and faults[0].is_no_output else "exact"
        self.failures.add(
            self.number, request, CaseResult(verdict, (Row(name, status),), tuple(faults))
        )
        return self.number

    def alike(self) -> list[Alike]:
        return self.failures.alike()


def sized(batch: int, **options: Any) -> Request:
    return case(input_shape=(batch, 6, 7, 8), **options)


def test_is_what_one_property_explains_one_whatever_the_causes() -> None:
    """Its last row is wrong where the stride is beyond the kernel, which shows in many ways."""
    collected = Collected()
    numbers = tuple(
        collected.fails(sized(batch, strides=(4, 4)), cause)
        for batch, cause in [(3, "unexplained"), (2, "stride"), (4, "unexplained")]
    )
    for batch in (1, 2, 3):
        collected.passes(sized(batch, strides=(2, 2)))
    (one,) = collected.alike()
    assert one.numbers == numbers
    assert one.common == ("stride > kernel",)
    assert one.passing_alike == 0
    assert (one.cause, one.causes) == ("unexplained", ("unexplained", "stride"))
    assert one.first.number == numbers[0]  # the smaller of those with the first cause


def test_are_causes_apart_where_no_property_tells_them() -> None:
    collected = Collected()
    flips = [collected.fails(sized(n), "kernel-flip") for n in (2, 3, 4)]
    biases = [collected.fails(sized(n, bias="random"), "bias-missing") for n in (1, 2)]
    collected.passes(sized(3))
    collected.passes(sized(3, bias="random"))
    assert [(one.cause, one.numbers) for one in collected.alike()] == [
        ("kernel-flip", tuple(flips)),
        ("bias-missing", tuple(biases)),
    ]


def test_is_a_case_with_a_rival_one_of_those_that_have_it_alone() -> None:
    """What could be either goes with the commoner."""
    collected = Collected()
    collected.passes(sized(1))
    first = collected.fails(sized(1), "crop", "padding-side")
    others = [collected.fails(sized(n), "padding-side") for n in (3, 2)]
    (one,) = collected.alike()
    assert one.cause == "padding-side"
    assert one.numbers == (first, *others)
    assert one.first.number == others[1]  # the smallest whose first cause it is
    assert one.causes == ("padding-side", "crop")


def test_are_few_failures_said_to_have_nothing_in_common() -> None:
    collected = Collected()
    for n in (2, 3):
        collected.fails(sized(n, strides=(4, 4)), "stride")
    collected.passes(sized(1))
    (one,) = collected.alike()
    assert (one.common, one.passing_alike) == ((), 0)


def test_is_a_crash_another_failure_than_a_wrong_output_and_told_after() -> None:
    collected = Collected()
    crashes = [collected.fails(sized(n), "crashed") for n in (1, 2, 3, 4, 5)]
    wrong = collected.fails(sized(6), "kernel-flip")
    collected.passes(sized(7))
    assert [(one.cause, one.numbers) for one in collected.alike()] == [
        ("kernel-flip", (wrong,)),
        ("crashed", tuple(crashes)),
    ]


def test_is_each_implementation_by_itself() -> None:
    collected = Collected()
    collected.fails(sized(1), "kernel-flip", name="a")
    more = [collected.fails(sized(n), "kernel-flip", name="b") for n in (1, 2)]
    found = collected.alike()
    assert [one.kind for one in found] == [("b", "kernel-flip"), ("a", "kernel-flip")]
    assert found[0].numbers == tuple(more)


def test_is_what_an_implementation_cannot_do_no_case_that_passes() -> None:
    """Else a property that it refuses would seem to be one that passes."""
    collected = Collected()
    for n in (2, 3, 4):
        collected.fails(sized(n, strides=(4, 4)), "stride")
    collected.passes(sized(2, strides=(2, 2)))
    result = CaseResult("undecided", (Row("mine", "unavailable"),))
    collected.failures.add(9, sized(5, strides=(4, 4)), result)
    (one,) = collected.alike()
    assert (one.common, one.passing_alike) == (("stride > kernel",), 0)
