"""Does ``convcheck conformance`` say in one line why all specs fail that fail alike?"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from convcheck.errors import UsageError
from convcheck.results import Status
from convcheck.testing import specs
from convcheck.testing.alike import Failures
from convcheck.testing.families import conv
from convcheck.testing.outcome import SuiteResult
from convcheck.testing.run import chosen_specs, outcome
from convcheck.testing.suite import Result

pytestmark = pytest.mark.slow

MINE = f"python:{Path(__file__).parent / 'right_and_wrong_functions.py'}"
DILATED = ("--filter", "conv2d-3x3-dilations=*", "--filter", "conv2d-3x3-same*")


@pytest.fixture
def conformance(convcheck_command):
    """The document of a run, valid."""

    def run(function, *arguments):
        command = ("conformance", f"{MINE}:{function}", *arguments, "--format", "json")
        done = convcheck_command(*command)
        assert done.stderr == ""
        document = json.loads(done.stdout)
        assert document["exit_code"] == done.returncode
        schema = resources.files("convcheck.reports.json").joinpath("conformance.schema.json")
        jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(document)
        return document

    return run


def test_is_there_one_cause_for_all_that_fail_alike(conformance):
    document = conformance("undilated", *DILATED)
    (mine,) = document["implementations"]
    (group,) = mine["failures"]
    assert (group["cause"], group["status"]) == ("dilation-ignored", "proved")
    failed = {one["name"] for one in mine["results"] if one["failure"]}
    assert set(group["specs"]) == failed
    assert len(failed) > 5
    assert all("dilations=" in name for name in failed)
    assert mine["counts"]["outside"] == len(failed)
    assert mine["counts"]["within"] > 0
    assert document["exit_code"] == 1
    assert "dilation" in group["fix"]


@pytest.mark.slow
def test_is_it_one_line_of_the_text_and_runs_again_as_printed(convcheck_command):
    done = convcheck_command("conformance", f"{MINE}:undilated", *DILATED)
    assert done.returncode == 1
    (line,) = (one for one in done.stdout.splitlines() if one.startswith("  fails"))
    assert "specs: dilation-ignored (proved)" in line
    (again,) = (one.split("convcheck ")[1] for one in done.stdout.splitlines() if "again" in one)
    found = convcheck_command(*again.split(), "--format", "json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["findings"][0]["cause"] == "dilation-ignored"


@pytest.mark.slow
def test_are_outputs_of_a_wrong_shape_one_line(conformance):
    (mine,) = conformance("cut", "--filter", "conv2d-3x3-strides=*")["implementations"]
    assert len(mine["failures"]) == 1
    assert len(mine["failures"][0]["specs"]) == mine["counts"]["outside"] > 5


@pytest.mark.slow
def test_does_it_stop_at_the_first_failure(conformance):
    (mine,) = (document := conformance("undilated", *DILATED, "-x"))["implementations"]
    assert document["stopped"] is True
    assert [bool(one["failure"]) for one in mine["results"][-2:]] == [False, True]
    assert sum(bool(one["failure"]) for one in mine["results"]) == 1
    assert conformance("right", *DILATED, "-x")["stopped"] is False


@pytest.mark.slow
def test_do_exit_codes_tell_wrong_from_nothing_ran(conformance):
    assert conformance("right", *DILATED)["exit_code"] == 0
    document = conformance("silent", "--filter", "conv2d-3x3-same*")
    assert document["exit_code"] == 3
    assert "ValueError: not today" in document["implementations"][0]["none_ran"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("numpy", "--filter", "conv9d*"), "matches none of the"),
        (("nmupy",), "did you mean numpy"),
        (("numpy", "--fliter", "x"), "--filter"),
    ],
)
def test_is_a_mistake_one_line(convcheck_command, arguments, words):
    done = convcheck_command("conformance", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_do_patterns_choose_specs_as_a_shell_does():
    every = [spec.id for spec in specs()]
    assert [one.id for one in chosen_specs([])] == every
    chosen = [one.id for one in chosen_specs(["conv1d*", "conv3d-?x*"])]
    assert chosen == [one for one in every if one.startswith(("conv1d", "conv3d-"))]
    with pytest.raises(UsageError, match=r"matches none"):
        chosen_specs(["conv1d*", "CONV1D*"])


def failed(spec, status, message):
    return Result(spec, status, "call", message, failure=f"{spec}: {message}")


def test_are_failures_without_an_output_grouped_by_what_was_said():
    failures = Failures("tf")
    for spec, status, words in [
        (conv(3, 3), Status.CRASHED, "died"),
        (conv(5, 5), Status.TIMED_OUT, "gave no answer"),
        (conv(7, 7), Status.CRASHED, "died"),
        (conv(3), Status.CRASHED, "could not get 4096 bytes"),
        (conv(5), Status.CRASHED, "could not get 81920 bytes"),
        (conv(7), Status.CRASHED, "could not get 7 bytes"),
    ]:
        failures.add(failed(spec, status, words), output=None)
    memory, crashed, silent = failures.alike()
    assert (memory.cause, memory.summary) == ("crashed", "could not get 4096 bytes")
    assert len(memory.specs) == 3
    assert (crashed.cause, crashed.summary, len(crashed.specs)) == ("crashed", "died", 2)
    assert (silent.cause, len(silent.specs)) == ("timed-out", 1)


def test_does_what_is_not_installed_fail_only_where_it_was_asked_for():
    ran = SuiteResult("numpy", {}, {}, 0)
    absent = SuiteResult("torch", {}, {}, 3, none_ran="no torch")
    wrong = SuiteResult("mine", {}, {}, 1)
    assert outcome([ran, absent], named=False).exit_code == 0
    assert outcome([ran, absent], named=True).exit_code == 3
    assert outcome([wrong, absent], named=True).exit_code == 1
