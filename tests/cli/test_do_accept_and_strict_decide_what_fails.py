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


BOTH_WRONG = ("-i", "file:wrong.npy", "-i", "file:wrong.npy?dtype=float32")


def test_are_two_equal_wrong_outputs_no_convolution(convcheck_command, files):
    found = compared(convcheck_command, files, *BOTH_WRONG)
    assert (found["verdict"], found["exit_code"]) == ("different", 1)
    assert [pair["verdict"] for pair in found["differences"]] == ["identical"]
    assert "both leave their bounds" in found["warnings"][0]
    assert "the options" in found["warnings"][0]
    assert [f["cause"] for f in found["findings"]] == ["kernel-flip"] * 2
    accepted = compared(convcheck_command, files, *BOTH_WRONG, "--accept", "kernel-flip")
    assert (accepted["verdict"], accepted["exit_code"]) == ("different", 0)


def test_does_the_text_say_first_that_the_options_are_wrong(convcheck_command, files):
    done = convcheck_command(*files, *BOTH_WRONG)
    (headline,) = [line for line in done.stdout.splitlines() if line.startswith("DIFFERENT")]
    assert "equal, but not this convolution: the options" in headline


@pytest.mark.parametrize("fault", ["nan", "shape"])
def test_are_equal_outputs_wrong_in_another_way_no_convolution(
    convcheck_command, files, tmp_path, fault
):
    good = np.load(tmp_path / "good.npy")
    bad = good[:, 1:] if fault == "shape" else np.where(good == good.max(), np.nan, good)
    np.save(tmp_path / "bad.npy", bad.astype("f4"))
    both = ("-i", "file:bad.npy", "-i", "file:bad.npy?dtype=float32")
    found = compared(convcheck_command, files, *both)
    assert [pair["verdict"] for pair in found["differences"]] == ["identical"]
    assert (found["verdict"], found["exit_code"]) == ("different", 1)


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
