"""Do relations hold of whatever rounds to nearest, and fail where values decide?"""

from __future__ import annotations

import json

import pytest

from .conftest import PLAIN, Sweep

WORDS = ("--random", 25, *PLAIN, "--relations", "--no-shrink", "--format", "json")


def kept(sweep: Sweep, *words: object) -> tuple[int, dict[str, dict[str, int]]]:
    """The exit code, and by relation what came of it."""
    told = sweep(*WORDS, *words)
    assert told.stderr == ""
    found = json.loads(told.stdout)["relations"]
    return told.returncode, {one["what"]: one["counts"] for one in found}


@pytest.mark.parametrize("name", ["honest", "tf32"])
def test_does_each_hold_of_sums_that_round(sweep: Sweep, name: str) -> None:
    code, found = kept(sweep, "-i", f"python:planted:{name}")
    assert code == (0 if name == "honest" else 1)
    assert {"input-negated", "kernel-negated", "input-times-8", "kernel-over-4"} == set(found)
    assert all(set(counts) == {"held"} for counts in found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "what"),
    [("truncated", "input-negated"), ("clipped", "kernel-negated"), ("flushed", "input-times-8")],
)
def test_does_one_fail_of_a_fault_that_values_decide(sweep: Sweep, name: str, what: str) -> None:
    code, found = kept(sweep, "-i", f"python:planted:{name}")
    assert code == 1
    assert found[what].get("failed", 0) > 0


@pytest.mark.parametrize("name", ["restless", "moody"])
def test_is_one_that_gives_another_each_time_not_blamed(sweep: Sweep, name: str) -> None:
    # 72 products each, whose rounding errors leave room for one unit more.
    grid = ("--input-shape", "2,6,6,8", "--kernel-size", 3, "--strides", "1/2", *PLAIN)
    words = (*grid, "-i", f"python:planted:{name}", "--relations", "--format", "json")
    told = sweep(*words)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)["relations"]
    assert len(found) == 4
    assert not any(one["counts"].get("failed") for one in found)
    if name == "restless":  # the other may give the same twice
        assert {came for one in found for came in one["counts"]} == {"untested"}


def test_are_properties_told_and_no_fault(sweep: Sweep) -> None:
    told = sweep("--random", 15, *PLAIN, "--properties", "-i", "numpy", "--format", "json")
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    found = {one["what"]: one["counts"] for one in document["properties"]}
    assert {"run-again", "two-threads", "other-layout", "filters-permuted"} <= set(found)
    assert set(found["run-again"]) == {"equal"}
    assert not any(counts.get("outside") for counts in found.values())
    assert not document["failures"]
