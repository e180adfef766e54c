"""Does the main job do what it says, on the real image and through the real frameworks?"""

from __future__ import annotations

import json
import re
from importlib import resources

import jsonschema
import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.implementations.registry import parse_all


def document(done):
    """The JSON report, valid and alone on stdout."""
    found = json.loads(done.stdout)
    schema = json.loads(
        resources.files("convcheck.reports.json").joinpath("compare.schema.json").read_text()
    )
    jsonschema.Draft202012Validator(schema).validate(found)
    assert found["exit_code"] == done.returncode
    return found


@pytest.fixture(scope="module")
def main_job(runtimes):
    """What the two implementations of the main job give, by the runtimes alone."""
    case = build(Request())
    return [runtimes.run(case, name).array for name in parse_all(["tf", "keras"])]


@pytest.fixture(scope="module")
def truth():
    """Window sums of china.jpg in integers: exact by construction, 255 times the outputs."""
    pixels = np.rint(build(Request()).input[0] * 255).astype(np.int64).sum(-1)
    padded = np.pad(pixels, 3)
    total = np.zeros((427, 640), np.int64)
    for row in range(7):
        for column in range(7):
            total += padded[row : row + 427, column : column + 640]
    return total


def test_does_the_main_job_explain_the_difference(convcheck_command, main_job, truth):
    done = convcheck_command("compare", "--kernel", "ones", "--format", "json")
    assert done.returncode == 0
    assert done.stderr == ""
    found = document(done)
    tf, keras = found["implementations"]
    assert tf["call"] == "tf.nn.conv2d"
    assert set(tf["dtypes"].values()) == {"float64"}
    assert keras["call"] == "keras Conv2D"
    assert set(keras["dtypes"].values()) == {"float32"}
    assert found["case"]["input"]["dtype"] == "float64"
    assert found["case"]["kernel"]["dtype"] == "float32"

    (pair,) = found["differences"]
    gap = np.abs(main_job[0] - main_job[1])
    assert pair["verdict"] == found["verdict"] == "rounding"
    assert pair["sum_abs"] == pytest.approx(gap.sum(), rel=1e-9)
    assert pair["max_abs"] == gap.max()
    assert gap[tuple(pair["worst_index"])] == gap.max()
    assert pair["unequal"] == np.count_nonzero(gap)
    assert pair["total"] == 427 * 640

    (finding,) = found["findings"]
    assert finding["cause"] == "input-autocast"
    assert finding["status"] == "proved"
    assert finding["implementation"] == "keras"
    assert [e["sum_abs"] for e in finding["evidence"]] == [0, 0]

    # The image holds multiples of 1/255 rounded to float64: within 1e-12 of the integer sums.
    for row, output in zip((tf, keras), main_job, strict=True):
        far = np.abs(output[0, ..., 0] - truth / 255).sum()
        assert row["error"]["sum_abs"] == pytest.approx(far, rel=1e-4, abs=1e-6)
    assert tf["error"]["sum_abs"] < keras["error"]["sum_abs"]


def test_does_the_budget_add_up_casts_and_accumulation(convcheck_command, main_job):
    found = document(convcheck_command("compare", "--format", "json"))
    parts = {(p["implementation"], p["part"]): p["sum_abs"] for p in found["budget"]}
    assert set(parts) == {
        ("tf", "accumulation"),
        ("keras", "input cast"),
        ("keras", "accumulation"),
    }
    # Casting the image is exact arithmetic, the same on every machine: 0.2959.
    assert parts["keras", "input cast"] == pytest.approx(0.2959, abs=5e-5)
    assert parts["tf", "accumulation"] < 1e-6 < parts["keras", "accumulation"]
    total = np.abs(main_job[0] - main_job[1]).sum()
    assert total <= sum(parts.values()) * (1 + 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        ([], 0, "EQUAL UP TO ROUNDING"),
        (["--identical"], 1, "not identical"),
        (["--max-sum", "0.5"], 1, "--max-sum 0.5"),
        (["--max-sum", "1e9"], 0, "EQUAL UP TO ROUNDING"),
        (["--input-dtype", "float32", "--identical"], 0, "IDENTICAL"),
        (["--kernel", "zeros", "--identical"], 0, "a kernel of zeros shows next to nothing"),
    ],
)
def test_does_the_exit_code_follow_the_limits(convcheck_command, arguments, exit_code, words):
    done = convcheck_command("compare", *arguments)
    assert done.returncode == exit_code
    assert words in done.stdout


def test_does_the_text_show_the_cast_and_its_cause(convcheck_command):
    done = convcheck_command("compare", "--kernel", "ones")
    lines = done.stdout.splitlines()
    (tf,) = (line for line in lines if line.strip().startswith("tf.nn.conv2d"))
    (keras,) = (line for line in lines if line.strip().startswith("keras Conv2D"))
    assert tf.split()[1:5] == ["float64", "float64*", "float64", "float64"]
    assert keras.split()[2:6] == ["float32*", "float32", "float32", "float32"]
    assert "input-autocast (proved)" in done.stdout
    assert done.stdout.count("then the sum is 0") == 2
    assert 'dtype="float64"' in done.stdout
    assert 'astype("float32")' in done.stdout
    assert "tf.nn.conv2d is nearer" in done.stdout
    assert done.stderr == ""
    assert not re.search(r"\x1b\[", done.stdout)


def test_do_files_hold_the_report_and_the_picture(convcheck_command, tmp_path):
    done = convcheck_command(
        *("compare", "--format", "json", "-o", "report.json", "--plot", "picture.png")
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "rounding"
    picture = (tmp_path / "picture.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["picture.png", "report.json"]


@pytest.mark.slow
def test_does_the_reproduce_line_give_the_same_document(convcheck_command):
    options = ["--input", "random", "--kernel", "random", "--strides", "2,1", "--seed", "5"]
    first = document(convcheck_command("compare", *options, "--format", "json"))
    words = first["reproduce"].split()[1:]
    second = document(convcheck_command(*words, "--format", "json"))
    for found in (first, second):
        for row in found["implementations"]:
            del row["seconds"]
    assert first == second


@pytest.mark.slow
def test_does_quiet_leave_the_exit_code_alone(convcheck_command):
    done = convcheck_command("compare", "--input", "random", "--identical", "-q")
    assert (done.stdout, done.stderr) == ("", "")
    assert done.returncode in (0, 1)
    failing = convcheck_command("compare", "--identical", "-q")
    assert (failing.stdout, failing.returncode) == ("", 1)


def test_is_one_implementation_alone_held_against_exact(convcheck_command):
    done = convcheck_command("compare", "-i", "tf", "--format", "json")
    found = document(done)
    assert done.returncode == 0
    assert found["differences"] == []
    assert found["implementations"][0]["error"]["correctly_rounded"] > 0


@pytest.mark.slow
def test_is_a_hang_a_row_and_not_the_end(convcheck_command):
    done = convcheck_command("compare", "--timeout", "0.001", "--format", "json")
    found = document(done)
    assert done.returncode == 3
    assert {row["status"] for row in found["implementations"]} == {"timed-out"}
    assert all("0.001 s" in row["message"] for row in found["implementations"])
