"""Does the command line explain causes, accept them, and hold to --strict?"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec

from ..verdict.planting import plain
from .test_start import HEAVY, loaded


def test_is_everything_listed_by_group(convcheck_command):
    done = convcheck_command("explain")
    assert done.returncode == 0
    for word in ("precision\n", "geometry\n", "same-padding-side", "rounding", "unexplained"):
        assert word in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 118


def test_does_it_say_enough_to_fix_padding(convcheck_command):
    done = convcheck_command("explain", "same-padding-side")
    assert done.returncode == 0
    for word in ("F.pad(x, (0, 1, 0, 1))", "SAME_UPPER", "total // 2", "keras 19291", "proved"):
        assert word in done.stdout or word == "proved"
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize("name", ["identical", "rounding", "different", "undecided"])
def test_are_verdicts_explained(convcheck_command, name):
    done = convcheck_command("explain", name)
    assert done.returncode == 0
    assert "Exit code" in " ".join(done.stdout.split())


def test_are_both_of_a_pair_explained(convcheck_command):
    done = convcheck_command("explain", "kernel-flip+missing-bias")
    assert "kernel-flip:" in done.stdout
    assert "missing-bias:" in done.stdout


@pytest.mark.parametrize(
    ("name", "hint"),
    [("same-pading-side", "same-padding-side"), ("flip", "kernel-flip"), ("xyz", "explain")],
)
def test_is_an_unknown_cause_a_mistake_with_a_hint(convcheck_command, name, hint):
    done = convcheck_command("explain", name)
    assert done.returncode == 2
    assert done.stdout == ""
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["explain"], 0),
        (["explain", "kernel-flip"], 0),
        (["explain", "rounding"], 0),
        (["explain", "nonsense"], 2),
        (["compare", "--accept", "nonsense"], 2),
    ],
)
def test_is_nothing_heavy_loaded(arguments, exit_code):
    names, code = loaded(*arguments)
    assert code == exit_code
    assert not names & set(HEAVY)


@pytest.fixture
def files(tmp_path):
    """A case with a flipped and a right output, and one with an offset inside its bound."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 20, 20, 64)).astype("f4")
    kernel = rng.standard_normal((3, 3, 64, 4)).astype("f4")
    case = Case(ConvSpec.make((3, 3)), x, kernel)
    good = plain(case).array
    wrong = plain(replace(case, kernel=kernel[::-1, ::-1])).array
    outputs = {"x": x, "k": kernel, "good": good, "wrong": wrong, "near": good + np.float32(1e-4)}
    for name, array in outputs.items():
        np.save(tmp_path / f"{name}.npy", array)
    return ["compare", "--input", "x.npy", "--kernel", "k.npy"]


def compared(convcheck_command, files, *arguments):
    done = convcheck_command(*files, *arguments, "--format", "json")
    found = json.loads(done.stdout)
    assert found["exit_code"] == done.returncode
    return found


def test_is_an_accepted_cause_no_failure(convcheck_command, files):
    both = ("-i", "file:wrong.npy", "-i", "file:good.npy")
    assert compared(convcheck_command, files, *both)["exit_code"] == 1
    found = compared(convcheck_command, files, *both, "--accept", "kernel-flip")
    assert found["exit_code"] == 0
    assert found["verdict"] == "different"
    assert found["accepted"] == ["kernel-flip"]
    other = compared(convcheck_command, files, *both, "--accept", "channel-order")
    assert (other["exit_code"], other["accepted"]) == (1, [])
    limited = compared(convcheck_command, files, *both, "--accept", "kernel-flip", "--identical")
    assert limited["exit_code"] == 1


def test_does_strict_fail_on_what_hides_inside(convcheck_command, files):
    both = ("-i", "file:near.npy", "-i", "file:good.npy")
    found = compared(convcheck_command, files, *both)
    assert (found["verdict"], found["exit_code"]) == ("rounding", 0)
    assert [f["cause"] for f in found["findings"]] == ["output-offset"]
    assert compared(convcheck_command, files, *both, "--strict")["exit_code"] == 1
    accepted = compared(convcheck_command, files, *both, "--strict", "--accept", "output-offset")
    assert accepted["exit_code"] == 0


def test_do_two_equal_wrong_outputs_fail_under_strict_alone(convcheck_command, files):
    both = ("-i", "file:wrong.npy", "-i", "file:wrong.npy?dtype=float32")
    found = compared(convcheck_command, files, *both)
    assert (found["verdict"], found["exit_code"]) == ("identical", 0)
    assert any("both leave their bounds" in warning for warning in found["warnings"])
    assert [f["cause"] for f in found["findings"]] == ["kernel-flip"] * 2
    assert compared(convcheck_command, files, *both, "--strict")["exit_code"] == 1


def test_is_an_unknown_accepted_cause_a_mistake(convcheck_command, files):
    done = convcheck_command(*files, "--accept", "kernel-flop")
    assert done.returncode == 2
    assert "kernel-flip" in done.stderr


def test_are_blind_spots_shown(convcheck_command, files):
    done = convcheck_command(*files, "-i", "file:good.npy")
    assert "cannot show same-padding-side" in done.stdout
    assert compared(convcheck_command, files, "-i", "file:good.npy")["blind_spots"] == [
        "same-padding-side"
    ]
