"""Is what a sweep says of failing cases true, also where they fail once, or nobody computed?"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PLAIN, Sweep

GRID = ("--input-shape", "1,5,5,1", "--kernel-size", 3, "--strides", "1/2", "--filters", 1, *PLAIN)


@pytest.mark.parametrize("name", ["buggy", "nothing"])
def test_is_a_bug_of_ones_own_function_no_refusal(sweep: Sweep, name: str) -> None:
    told = sweep(*GRID, "-i", f"python:planted:{name}", "--format", "json")
    document = json.loads(told.stdout)
    assert told.returncode == 3
    (failure,) = document["failures"]
    assert failure["cause"] == "crashed"
    assert (failure["number"], failure["cases"]) == (2, 1)


def test_is_what_a_function_says_it_cannot_do_a_refusal(sweep: Sweep) -> None:
    told = sweep(*GRID, "-i", "python:planted:refusing", "-i", "numpy", "--format", "json")
    assert (told.returncode, json.loads(told.stdout)["failures"]) == (0, [])


def test_is_it_said_that_a_failure_did_not_come_again(sweep: Sweep) -> None:
    words = ("--random", 20, *PLAIN, "-i", "python:planted:failing_once", "--format", "json")
    told = sweep(*words)
    assert told.returncode == 1, told.stderr
    (failure,) = json.loads(told.stdout)["failures"]
    assert (failure["number"], failure["cases"]) == (5, 1)
    assert failure["summary"].endswith("run again by itself, the case did not fail")


@pytest.mark.slow
@pytest.mark.parametrize("kept", [False, True])
def test_does_the_command_of_a_failed_relation_show_it(
    sweep: Sweep, tmp_path: Path, kept: bool
) -> None:
    """``compare`` tries none, and would exit with 0."""
    words = ("--random", 20, *PLAIN, "--relations", "-i", "python:planted:truncated")
    told = sweep(*words, "--format", "json", *(("--results", "r.sqlite") if kept else ()))
    assert told.returncode == 1, told.stderr
    of_relations = [
        failure["reproduce"]
        for failure in json.loads(told.stdout)["failures"]
        if failure["cause"].startswith("relation:")
    ]
    assert of_relations
    for command in of_relations:
        assert ("--only" in command) == kept
        program, *rest = shlex.split(command)
        assert program == "convcheck"
        alone = subprocess.run(
            [sys.executable, "-m", "convcheck", *rest, "--no-shrink"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert alone.returncode == 1, (command, alone.stdout, alone.stderr)
        assert "relation:" in alone.stdout


@pytest.mark.slow
def test_does_the_smallest_case_show_what_was_proved(sweep: Sweep, tmp_path: Path) -> None:
    told = sweep(*GRID, "--dilations", "1/2", "-i", "python:planted:undilated", "--format", "json")
    assert told.returncode == 1, told.stderr
    (failure,) = json.loads(told.stdout)["failures"]
    assert (failure["cause"], failure["status"]) == ("dilation-ignored", "proved")
    alone = subprocess.run(
        [sys.executable, "-m", *shlex.split(failure["shrunk"])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 1
    assert "dilation-ignored" in alone.stdout
