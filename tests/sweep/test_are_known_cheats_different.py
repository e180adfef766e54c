"""Is a kernel that cheats told, as those of KernelBench's that passed its own tests?"""

from __future__ import annotations

import json
import subprocess

import pytest

from .conftest import Sweep

CHEATS = (
    "zeros",
    "tf32",
    "bias_dropped",
    "channel_skipped",
    "mean_of_input",
    "float16_inside",
)
SPACE = (
    *("--input", "random", "--input-shape", "2,6,6,8", "--dtype", "float32", "--bias", "random"),
    *("--kernel-size", "1/3", "--strides", "1/2", "--groups", "1/2", "--no-shrink"),
)


def statuses(told: subprocess.CompletedProcess[str]) -> dict[str, dict[str, int]]:
    """By implementation, how many cases came to what."""
    assert told.returncode == 1, told.stderr
    rows = json.loads(told.stdout)["implementations"]
    return {one["name"]: one["by_status"] for one in rows}


@pytest.mark.slow
def test_is_each_told_in_every_case(sweep: Sweep) -> None:
    words = [word for cheat in CHEATS for word in ("-i", f"python:planted:{cheat}")]
    found = statuses(sweep(*SPACE, *words, "--format", "json"))
    assert found == {f"python:planted:{cheat}": {"outside-bound": 8} for cheat in CHEATS}


@pytest.mark.slow
def test_is_an_earlier_output_told_where_a_case_comes_again_with_other_numbers(
    sweep: Sweep,
) -> None:
    words = (*SPACE, "-i", "python:planted:cached", "--format", "json")
    changed = json.loads(sweep(*words, "--relations").stdout)
    assert changed["counts"]["different"] == changed["total"] == 8
    assert {one["cause"] for one in changed["failures"]} <= {
        *("relation:input-negated", "relation:kernel-negated"),
        *("relation:input-times-8", "relation:kernel-over-4"),
    }
