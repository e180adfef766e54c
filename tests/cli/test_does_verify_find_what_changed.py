"""Does a recorded case come out the same here, and is it said where it cannot?"""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.bundle import pack, unpack
from convcheck.results import Status

CASE = ("--input", "random", "--kernel", "random", "--kernel-size", "3", "--filters", "2")
HERE = ("-i", "numpy", "-i", "scipy")


@pytest.fixture(scope="module")
def recorded():
    """Arguments -> the bundle that compare recorded for them: a run each is enough."""
    return {}


@pytest.fixture
def record(convcheck_command, tmp_path, recorded):
    """Have compare record a bundle; its path."""

    def run(*arguments):
        path = tmp_path / "bundle.npz"
        if arguments in recorded:
            path.write_bytes(recorded[arguments])
            return path
        done = convcheck_command("compare", *CASE, *arguments, "--save", str(path), "-q")
        assert done.returncode == 0, done.stderr
        recorded[arguments] = path.read_bytes()
        return path

    return run


@pytest.fixture
def verify(convcheck_command):
    """(exit code, JSON report) of verify; None where it gives a mistake in one line."""

    def run(path, *arguments, **environment):
        done = convcheck_command(
            *("verify", str(path), "--format", "json", *arguments),
            env={**os.environ, **environment},
        )
        if done.returncode == 2:
            assert done.stdout == ""
            assert done.stderr.count("\n") == 1
            return 2, None
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)

    return run


def edit(path, change):
    """Change what was recorded, as if another machine had recorded it."""
    bundle = unpack(str(path))
    path.write_bytes(pack(bundle.case, change(list(bundle.outputs)), "1"))


@pytest.mark.slow
@pytest.mark.parametrize("implementations", [HERE, ("-i", "tf", "-i", "keras?mode=graph")])
def test_is_the_round_trip_identical(record, verify, implementations):
    path = record(*implementations)
    exit_code, report = verify(path, "--identical")
    assert (exit_code, report["verdict"]) == (0, "identical")
    names = implementations[1::2]
    pairs = [(pair["a"], pair["b"], pair["verdict"]) for pair in report["differences"]]
    assert pairs == [(f"{name} (recorded)", name, "identical") for name in names]
    rows = {row["name"]: row for row in report["implementations"]}
    for name in names:
        for key in ("status", "call", "dtypes", "versions", "device", "error"):
            assert rows[f"{name} (recorded)"][key] == rows[name][key]
        assert rows[name]["status"] in ("exact", "within-bound")


def test_does_bfloat16_survive(record, verify, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n"
        "def half(x, kernel, **_):\n"
        "    wide = x.astype('float64') @ kernel[0, 0].astype('float64')\n"
        "    return wide.astype(x.dtype)\n"
    )
    narrow = ("--input-dtype", "bfloat16", "--kernel-size", "1", "-i", "python:mine:half")
    path = record(*narrow)
    assert unpack(str(path)).outputs[0].array.dtype.name == "bfloat16"
    assert verify(path, "--identical", "--trust")[1]["verdict"] == "identical"


@pytest.mark.parametrize(
    ("change", "limits", "exit_code", "verdict"),
    [
        (lambda y: y, (), 0, "identical"),
        (lambda y: np.nextafter(y, np.float32(9)), (), 0, "rounding"),
        (lambda y: np.nextafter(y, np.float32(9)), ("--identical",), 1, "rounding"),
        (lambda y: y * np.float32(1.01), (), 1, "different"),
        (lambda y: y[:, ::-1], (), 1, "different"),
        (lambda y: y[:, 1:], (), 1, "different"),
    ],
)
def test_is_another_output_than_the_recorded_one_found(
    record, verify, change, limits, exit_code, verdict
):
    path = record("-i", "numpy")
    edit(path, lambda outputs: [replace(o, array=change(o.array)) for o in outputs])
    code, report = verify(path, *limits)
    assert (code, report["verdict"]) == (exit_code, verdict)


def test_is_a_recorded_output_judged_where_its_framework_lacks(record, verify, tmp_path):
    """As in an environment without torch: recorded elsewhere, judged here, nothing compared."""
    path = record(*HERE)
    edit(path, lambda outputs: [outputs[0], replace(outputs[1], name="torch", call="a call")])
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n"
    )
    exit_code, report = verify(path, PYTHONPATH=str(tmp_path))
    assert (exit_code, report["verdict"]) == (3, "undecided")
    rows = {row["name"]: row for row in report["implementations"]}
    assert rows["torch (recorded)"]["status"] in ("exact", "within-bound")
    assert rows["torch (recorded)"]["error"]["correctly_rounded"] > 0
    assert rows["torch"]["status"] == "unavailable"
    assert rows["torch"]["message"] == (
        "ModuleNotFoundError: No module named 'torch'; to install it: pip install torch"
    )
    verdicts = {pair["b"]: pair["verdict"] for pair in report["differences"]}
    assert verdicts == {"numpy": "identical", "torch": "undecided"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("their-plugin", "no implementation that convcheck knows"),
        ("numpy@/nowhere/bin/python", "not a Python interpreter"),
        ("python:nowhere:function", "No module named 'nowhere'"),
    ],
)
def test_is_an_output_judged_that_nobody_here_can_compute(record, verify, name, words):
    path = record(*HERE)
    edit(path, lambda outputs: [replace(outputs[0], name=name), outputs[1]])
    exit_code, report = verify(path, "--trust")
    assert (exit_code, report["verdict"]) == (3, "undecided")
    rows = {row["name"]: row for row in report["implementations"]}
    assert rows[f"{name} (recorded)"]["status"] in ("exact", "within-bound")
    assert rows[name]["status"] == "unavailable"
    assert words in rows[name]["message"]
    pairs = {(pair["a"], pair["b"]): pair["verdict"] for pair in report["differences"]}
    assert pairs == {
        (f"{name} (recorded)", name): "undecided",
        ("scipy (recorded)", "scipy"): "identical",
    }


def test_is_a_recorded_file_judged_and_not_looked_for(record, verify, tmp_path):
    bundle = unpack(str(record("-i", "numpy")))
    np.save(tmp_path / "theirs.npy", bundle.outputs[0].array)
    path = record("-i", f"file:{tmp_path / 'theirs.npy'}", "-i", "numpy")
    (tmp_path / "theirs.npy").unlink()
    exit_code, report = verify(path)
    assert (exit_code, report["verdict"]) == (0, "identical")
    statuses = {row["name"]: row["status"] for row in report["implementations"]}
    assert len(statuses) == 3
    assert set(statuses.values()) <= {s.value for s in (Status.EXACT, Status.WITHIN_BOUND)}


def test_is_a_file_that_is_no_bundle_a_mistake(record, verify, tmp_path):
    path = record("-i", "numpy")
    data = path.read_bytes()
    assert verify(path)[0] == 0
    for place in (0, 4, 40, len(data) // 2, len(data) - 67, len(data) - 65, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 4
        path.write_bytes(changed)
        assert verify(path) == (2, None)
    for other in (data[:-1], data[:1000], b"", b"some text\n"):
        path.write_bytes(other)
        assert verify(path) == (2, None)
    assert verify(tmp_path / "none.npz") == (2, None)
