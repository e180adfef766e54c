"""Does a file of results tell the same again, run a case again, and tell what changed since?"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import PLAIN, Sweep, contents
from .processes import stoppable

FAULTY = ("-i", "python:planted:batch_and_groups")
WORDS = ("--random", 20, *PLAIN, "--no-shrink", *FAULTY, "--results", "r.sqlite")


@pytest.fixture
def filled(sweep: Sweep) -> str:
    """The report of a sweep whose results are in ``r.sqlite``."""
    told = sweep(*WORDS)
    assert told.returncode == 1, told.stderr
    return told.stdout


def test_is_it_told_again_word_for_word(sweep: Sweep, filled: str) -> None:
    again = sweep("--report", "r.sqlite")
    assert (again.returncode, again.stderr) == (1, "")
    assert again.stdout == filled


def test_does_the_same_command_compute_nothing_twice(
    sweep: Sweep, filled: str, tmp_path: Path
) -> None:
    before = contents(tmp_path / "r.sqlite")
    (tmp_path / "planted.py").write_text("raise SystemExit('it was computed again')")
    again = sweep(*WORDS)
    assert (again.returncode, again.stdout) == (1, filled)
    assert again.stderr == (
        "convcheck: 20 of 20 results were in r.sqlite already and were not computed again; "
        "another --results computes all\n"
    )
    assert contents(tmp_path / "r.sqlite") == before


def test_is_one_case_run_again(sweep: Sweep, filled: str, tmp_path: Path) -> None:
    report = json.loads(sweep("--report", "r.sqlite", "--format", "json").stdout)
    number = report["failures"][0]["number"]
    refused = sweep("--results", "r.sqlite", "--only", number)
    assert refused.returncode == 2
    assert "choose it with -i" in refused.stderr
    one = sweep("--results", "r.sqlite", "--only", number, *FAULTY, "--format", "json")
    document = json.loads(one.stdout)
    assert (one.returncode, document["total"]) == (1, 1)
    missing = sweep("--results", "r.sqlite", "--only", 99, *FAULTY)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "has no case 99; it has 20" in missing.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--random", 21, *PLAIN, *FAULTY), "--random 20 there, --random 21 here"),
        (("--random", 20, *PLAIN, "-i", "numpy"), "batch_and_groups there, --implementation numpy"),
        (("--random", 20, *PLAIN, *FAULTY, "--seed", 1), "--seed 0 there, --seed 1 here"),
        (("--random", 20, *PLAIN, *FAULTY, "--relations"), "no --relations there"),
        (("--random", 20, *PLAIN, *FAULTY, "--strides", 2), "no --strides there"),
    ],
)
def test_is_another_sweep_refused(
    sweep: Sweep, filled: str, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    before = contents(tmp_path / "r.sqlite")
    told = sweep(*words, "--results", "r.sqlite")
    assert (told.returncode, told.stdout) == (2, "")
    assert len(told.stderr.splitlines()) == 1
    assert said in told.stderr
    assert contents(tmp_path / "r.sqlite") == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--report", "r.sqlite", "--identical"), "leave them out"),
        (("--report", "r.sqlite", "--max-sum", "1e-9"), "leave them out"),
        (("--report", "r.sqlite", "--accept", "kernel-flip"), "leave them out"),
        (("--report", "r.sqlite", "-i", "numpy"), "--report runs nothing"),
        (("--only", 1, "--results", "r.sqlite", "--relations", *FAULTY), "leave them out"),
    ],
)
def test_is_what_would_not_count_refused(
    sweep: Sweep, filled: str, words: tuple[object, ...], said: str
) -> None:
    told = sweep(*words)
    assert (told.returncode, told.stdout) == (2, "")
    assert said in told.stderr


@pytest.mark.slow
def test_do_two_sweeps_begun_together_fill_one_file(tmp_path: Path) -> None:
    words = ("--random", 40, *PLAIN, "-i", "numpy", "--quiet", "--results", "r.sqlite")
    with stoppable(tmp_path) as sweeps:
        both = [sweeps.start(*words) for _ in range(2)]
        for one in both:
            _, err = one.communicate(timeout=200)
            assert (one.returncode, err) == (0, "")
    found = contents(tmp_path / "r.sqlite")
    assert [len(found[table]) for table in ("cases", "results", "rows")] == [40, 40, 40]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "judged by",
            {"convcheck": "0.0.1", "numpy": "1.0"},
            "r.sqlite was begun by convcheck 0.0.1, and this is ",
        ),
        (
            "versions",
            {"numpy": {"numpy": "1.0"}},
            "r.sqlite has results of numpy by numpy 1.0, and here it is numpy ",
        ),
    ],
)
def test_is_a_sweep_of_another_version_no_part_of_it(
    sweep: Sweep, tmp_path: Path, key: str, value: object, said: str
) -> None:
    """Half of it was computed before an upgrade."""
    words = ("--random", 4, *PLAIN, "-i", "numpy", "--results", "r.sqlite")
    assert sweep(*words).returncode == 0
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as file, file:
        file.execute("UPDATE meta SET value = ? WHERE key = ?", (json.dumps(value), key))
        for table in ("results", "rows"):
            file.execute(f"DELETE FROM {table} WHERE number > 2")
    before = contents(tmp_path / "r.sqlite")
    told = sweep(*words)
    assert (told.returncode, told.stdout) == (2, "")
    assert len(told.stderr.splitlines()) == 1
    assert said in told.stderr
    assert "give another --results" in told.stderr
    assert contents(tmp_path / "r.sqlite") == before


def test_is_it_told_what_a_new_version_changed(sweep: Sweep, tmp_path: Path) -> None:
    words = ("--kernel-size", "1/3", "--strides", "1/2", *PLAIN, "--no-shrink")
    function = ("-i", "python:planted:overridden")
    for version in (1, 2):
        (tmp_path / "VERSION").write_text(str(version))
        told = sweep(*words, *function, "--results", f"{version}.sqlite")
        assert told.returncode == version - 1, told.stderr
    told = sweep("--report", "2.sqlite", "--against", "1.sqlite", "--format", "json")
    changes = json.loads(told.stdout)["changes"]
    assert [one["number"] for one in changes] == [1, 2, 3, 4]
    assert not any(one["bitwise_only"] for one in changes)
    same = sweep("--report", "1.sqlite", "--against", "1.sqlite", "--format", "json")
    assert json.loads(same.stdout)["changes"] == []
    other = sweep("--random", 3, *PLAIN, "-i", "numpy", "--results", "other.sqlite")
    assert other.returncode == 0
    none = sweep("--report", "1.sqlite", "--against", "other.sqlite")
    assert (none.returncode, none.stdout) == (2, "")
    assert "have no case in common" in none.stderr
