"""Does the suite notice what is wrong, and nothing else?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from convcheck.errors import Mistake
from convcheck.implementations.name import parse
from convcheck.results import Dtypes, Output, Status
from convcheck.runtimes.host import Runtimes
from convcheck.testing import Expectation, NamedSpec, conformance, specs, table
from convcheck.testing.expectation import LOW_PRECISION, UPSTREAM_BUG
from convcheck.testing.families import conv
from convcheck.testing.suite import Report, Result, judged
from convcheck.truth.exact import exact

FLOAT32 = [s for s in specs() if s.dtypes == ("float32", "float32") and not s.spec.transposed][::5]


@pytest.fixture(scope="module")
def mine() -> Iterator[Runtimes]:
    with Runtimes(timeout=60) as running:
        yield running


def name(function: str) -> str:
    return f"python:tests.conformance.right_and_wrong_functions:{function}"


def test_does_a_right_function_pass(mine: Runtimes) -> None:
    report = conformance(name("right"), only=FLOAT32, runtimes=mine)
    assert report.failures == ()
    assert report.counts["within"] == len(FLOAT32)
    (transposed,) = conformance(
        name("right"), only=[conv(3, 3, transposed=True)], runtimes=mine
    ).unavailable
    assert "no transposed convolution here" in transposed


@pytest.mark.parametrize(
    ("function", "immune"),
    [
        ("flipped", lambda s: s.spec.kernel_size[0] == 1),
        ("shifted", lambda s: all(before == after for before, after in s.case.pads)),
        ("undilated", lambda s: max(s.spec.dilations) == 1),
        ("halved", lambda s: False),
    ],
)
def test_does_a_planted_fault_fail_wherever_it_changes_anything(
    function: str, immune: object, mine: Runtimes
) -> None:
    report = conformance(name(function), only=FLOAT32, runtimes=mine)
    failed = [result for result in report.results if result.failure]
    assert callable(immune)
    assert [result.spec for result in failed] == [s for s in FLOAT32 if not immune(s)]
    assert "again: convcheck compare " in report.failures[0]


def test_is_an_implementation_that_computes_nothing_a_failure(mine: Runtimes) -> None:
    report = conformance(name("silent"), only=FLOAT32[:4], runtimes=mine)
    assert report.failures == (
        f"{name('silent')} computes none of the specs: ValueError: not today",
    )
    assert "computes none" in table([report])


def test_is_an_unknown_name_a_mistake() -> None:
    with pytest.raises(Mistake, match="no implementation that convcheck knows"):
        conformance("my-plugin")


SPEC = conv(3, 3)
HALF = conv(3, 3, dtypes=("float16", "float16"), channels=24)


def output(spec: NamedSpec, *, wrong: bool = False, version: str = "2.1.0") -> Output:
    array = exact(spec.case).hi.astype(spec.dtypes[0])
    return Output(
        name="tf",
        call="planted",
        array=array + np.asarray(wrong, array.dtype),
        dtypes=Dtypes(compute=spec.dtypes[0]),
        versions={"tensorflow": version},
    )


EXPECTATION = Expectation(
    implementation="tf",
    covers=lambda spec: spec is SPEC,
    statuses=(Status.OUTSIDE_BOUND,),
    cause=UPSTREAM_BUG,
    text="adds one",
    seen={"tensorflow": "2.1.0"},
)


def failure(
    given: Output, *expected: Expectation, spec: NamedSpec = SPEC, text: str = "tf"
) -> str | None:
    return judged(spec, given, parse(text), expected).failure


def test_is_a_known_failure_accepted_and_an_unknown_one_not() -> None:
    wrong = output(SPEC, wrong=True)
    assert failure(wrong, EXPECTATION) is None
    assert "leave their bound" in str(failure(wrong))
    assert failure(wrong, EXPECTATION, spec=conv(3, 3), text="keras") is not None
    shape = replace(wrong, array=np.zeros((1, 2)))
    assert "expected was outside-bound" in str(failure(shape, EXPECTATION))


def test_is_a_failure_that_is_gone_noticed() -> None:
    right = output(SPEC)
    assert failure(right) is None
    assert "no longer fails as expected" in str(failure(right, EXPECTATION))
    assert "until" in str(failure(output(SPEC, version="2.2"), EXPECTATION))


def test_do_versions_decide_whether_a_failure_is_expected() -> None:
    # Before it was seen: either.
    for wrong in (True, False):
        assert failure(output(SPEC, wrong=wrong, version="2.0.9"), EXPECTATION) is None
    fixed = replace(EXPECTATION, until={"tensorflow": "2.3"})
    assert failure(output(SPEC, version="2.3.0"), fixed) is None
    assert failure(output(SPEC, wrong=True, version="2.3.0"), fixed) is not None
    assert failure(output(SPEC, version="2.2.9"), fixed) is not None
    elsewhere = replace(EXPECTATION, seen={"tensorflow": "2.1.0", "keras": "3"})
    assert failure(output(SPEC, wrong=True), elsewhere) is not None


def test_must_low_precision_really_explain_it() -> None:
    expected = replace(
        EXPECTATION, covers=lambda spec: spec is HALF, cause=LOW_PRECISION, always=False
    )
    given = output(HALF)
    assert failure(given, expected, spec=HALF) is None
    assert given.array is not None
    slightly = replace(given, array=(given.array * np.float16(1.004)).astype(np.float16))
    assert failure(slightly, spec=HALF) is not None
    assert failure(slightly, expected, spec=HALF) is None
    far = replace(given, array=given.array + np.float16(30))
    assert "does not explain it" in str(failure(far, expected, spec=HALF))


def test_does_the_table_count(mine: Runtimes) -> None:
    report = conformance("numpy", only=[SPEC, conv(3, 3, transposed=True)], runtimes=mine)
    heading, row, *_ = table([report]).splitlines()
    assert heading.split() == [
        *("implementation", "versions", "specs", "within", "exact", "unavailable", "outside")
    ]
    assert row.split()[-5:] == ["2", "1", "0", "1", "0"]
    assert "sliding_window_view has no transposed" in table([report], reasons=True)


@pytest.mark.parametrize(
    ("statuses", "exit_code"),
    [
        ([Status.EXACT], 0),
        ([Status.EXACT, Status.UNAVAILABLE], 0),
        ([Status.EXACT, Status.CRASHED], 3),
        ([Status.EXACT, Status.TIMED_OUT, Status.UNDECIDED], 3),
        ([Status.UNAVAILABLE], 3),
        ([Status.CRASHED, Status.OUTSIDE_BOUND], 1),
        ([Status.WRONG_SHAPE], 1),
        ([Status.NON_FINITE], 1),
    ],
)
def test_is_1_the_exit_code_of_a_wrong_output_alone(statuses, exit_code) -> None:
    sound = (Status.EXACT, Status.UNAVAILABLE)
    results = [
        Result(SPEC, status, "call", "why", failure=None if status in sound else "wrong")
        for status in statuses
    ]
    assert Report("name", {}, tuple(results)).exit_code == exit_code


@pytest.mark.slow
def test_does_the_command_print_the_table_and_exit_accordingly() -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "convcheck.testing", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    done = run("numpy", "scipy", "--reasons")
    assert done.returncode == 0
    assert "scipy.signal.correlate has no dilation" in done.stdout
    assert run(name("flipped")).returncode == 1
    assert run(name("silent")).returncode == 3  # nothing was different: nothing was computed
    missing = run("nobody")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith("convcheck: ")
    assert missing.stderr.count("\n") == 1
