"""Do --accept and --strict change what fails, and nothing else?"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from tests.diagnosis.planting import plain


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
