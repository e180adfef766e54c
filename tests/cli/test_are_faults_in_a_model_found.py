"""Does ``convcheck model`` find what is wrong with a model's convolutions, as a user runs it?"""

import json
import re
import shlex
from importlib import resources

import jsonschema
import numpy as np
import pytest

from tests.model.conftest import models  # noqa: F401  a fixture

PLANTED = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def convolve(x, kernel, *, bias, strides, pads, dilations, groups, transposed):
    if kernel.shape == (3, 3, 8, 8):
        kernel = kernel.swapaxes(0, 1)
    if kernel.shape[0] == 4:
        pads = [(after + 1, before - 1) for before, after in pads]
    x = np.pad(x, [(0, 0), *pads, (0, 0)]).astype(np.float64)
    windows = sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
    windows = windows[:, :: strides[0], :: strides[1]]
    return (np.einsum("nijchw,hwco->nijo", windows, kernel) + bias).astype(np.float32)
"""


def document(done):
    """The JSON report, valid and alone on stdout."""
    found = json.loads(done.stdout)
    schema = resources.files("convcheck.reports.json").joinpath("model.schema.json").read_text()
    jsonschema.Draft202012Validator(json.loads(schema)).validate(found)
    assert found["exit_code"] == done.returncode
    return found


@pytest.mark.slow
def test_are_nested_shared_and_subclassed_parts_found(convcheck_command, models):  # noqa: F811
    done = convcheck_command(
        *("model", "nested.keras", "--import", "parts", "--format", "json"), cwd=models
    )
    assert done.stderr == ""
    found = document(done)
    assert [layer["name"] for layer in found["layers"]] == [
        "block/first",
        "block/second",
        "outside/inside/conv",
        "shared",
        "shared#2",
        "standard",
        "doubled",
        "frames/each",
        "frames/each#2",
    ]
    assert found["verdict"] in ("identical", "rounding")
    for layer in found["layers"]:
        assert layer["implementations"][0]["name"] == "layer"
        assert {row["status"] for row in layer["implementations"]} <= {"exact", "within-bound"}
    reasons = {one["name"]: one["reason"] for one in found["not_reached"]}
    assert set(reasons) == {"block/idle", "reflecting", "compiled/inner", "recurrent"}
    assert "convolution_op of its own" in reasons["reflecting"]
    # What reaches a subclass's convolution, not what reaches the subclass.
    named = {layer["name"]: layer for layer in found["layers"]}
    assert named["standard"]["case"]["bias"] is None
    assert named["doubled"]["case"]["bias"] is not None


@pytest.mark.slow
def test_are_planted_faults_found_and_nothing_else(convcheck_command, models):  # noqa: F811
    (models / "planted.py").write_text(PLANTED)
    command = ("model", "planted.keras", "-i", "python:planted:convolve")
    done = convcheck_command(*command, "--format", "json", cwd=models)
    found = document(done)
    assert done.returncode == 1
    assert {layer["name"]: layer["verdict"] for layer in found["layers"]} == {
        "before": "rounding",
        "turned": "different",
        "shifted": "different",
        "after": "rounding",
    }
    causes = {
        layer["name"]: [(finding["cause"], finding["status"]) for finding in layer["findings"]]
        for layer in found["layers"]
    }
    assert {cause for cause, _ in causes["before"] + causes["after"]} <= {"summation-order"}
    assert causes["turned"] == [("kernel-transpose", "proved")]
    assert causes["shifted"] == [("spatial-shift", "proved")]


def test_do_the_first_and_the_worst_stand_out(convcheck_command, models):  # noqa: F811
    (models / "planted.py").write_text(PLANTED)
    done = convcheck_command("model", "planted.h5", "-i", "python:planted:convolve", cwd=models)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    rows = [line.split() for line in lines if re.search(r" Conv2D +\dx\d", line)]
    assert [row[:2] for row in rows[1:3]] in (
        [["first", "turned"], ["worst", "shifted"]],
        [["worst", "turned"], ["shifted", "Conv2D"]],
    )
    assert "2 of 4 convolutions" in done.stdout
    assert "DIFFERENT" in done.stdout
    assert done.stderr == ""


@pytest.mark.slow
def test_is_low_precision_accumulation_named_and_accepted(convcheck_command, models, monkeypatch):  # noqa: F811
    # TensorFlow's own kernels keep partial sums in bfloat16; oneDNN's do not everywhere.
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    command = ("model", str(models / "mixed.keras"), "--strict", "--format", "json")
    strict = convcheck_command(*command)
    assert strict.returncode == 1
    found = {layer["name"]: layer for layer in document(strict)["layers"]}
    assert found["conv"]["findings"] == []
    for name in ("depthwise", "up"):
        causes = [finding["cause"] for finding in found[name]["findings"]]
        assert set(causes) == {"low-precision-accumulation"}, name
    accepted = convcheck_command(*command, "--accept", "low-precision-accumulation")
    assert accepted.returncode == 0
    assert document(accepted)["accepted"] == ["low-precision-accumulation"]


@pytest.mark.parametrize("name", ["cut.keras", "text.h5", "nowhere.h5"])
def test_is_a_wrong_file_one_line_and_exit_2(convcheck_command, models, name):  # noqa: F811
    done = convcheck_command("model", str(models / name))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("convcheck: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_is_a_saved_case_compared_as_in_the_model(convcheck_command, models, tmp_path):  # noqa: F811
    done = convcheck_command(
        *("model", str(models / "mixed.keras"), "--layers", "depthwise"),
        *("--save-case", "depthwise", "--format", "json"),
    )
    saved = document(done)["saved_case"]
    assert saved["folder"] == "depthwise.case"
    assert np.load(tmp_path / "depthwise.case" / "bias.npy").shape == (16,)
    words = shlex.split(saved["command"])
    assert words[:2] == ["convcheck", "compare"]
    again = convcheck_command(*words[1:], "--format", "json")
    found = json.loads(again.stdout)
    # Sums of bfloat16 stay within their bound on one processor, and leave it on another.
    assert again.returncode == done.returncode
    assert found["case"]["input"]["dtype"] == found["case"]["kernel"]["dtype"] == "bfloat16"


@pytest.mark.slow
def test_does_quiet_leave_the_exit_code(convcheck_command, models):  # noqa: F811
    done = convcheck_command("model", str(models / "no_convolution.keras"), "-q")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    done = convcheck_command("model", str(models / "no_convolution.keras"), "-q", "--allow-empty")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
