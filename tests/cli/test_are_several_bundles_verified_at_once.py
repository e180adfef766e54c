"""Does verify take several bundles in one start, and does the worst of them count?"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib import resources

import jsonschema
import numpy as np
import pytest

from convcheck.case.bundle import pack, unpack

pytestmark = pytest.mark.slow

CASE = ("compare", "--input", "random", "--input-shape", "1,6,6,2", "--kernel", "random")


@pytest.fixture(scope="module")
def recorded():
    return {}


@pytest.fixture
def bundles(convcheck_command, tmp_path, recorded):
    """same.npz, as it was recorded; other.npz, of a wrong output; old.npz, of another version."""
    if not recorded:
        done = convcheck_command(
            *CASE, "--kernel-size", "3", "-i", "numpy", "-i", "scipy", "--save", "b.npz", "-q"
        )
        assert done.returncode == 0, done.stderr
        recorded["data"] = (tmp_path / "b.npz").read_bytes()
        (tmp_path / "b.npz").unlink()
    path = tmp_path / "same.npz"
    path.write_bytes(recorded["data"])
    bundle = unpack(str(path))
    first, second = bundle.outputs
    wrong = replace(first, array=first.array[:, ::-1].copy())
    (tmp_path / "other.npz").write_bytes(pack(bundle.case, [wrong, second], "1"))
    older = [
        replace(one, versions={**one.versions, one.name: "1.0.1", "cpu:model": "Other CPU"})
        for one in bundle.outputs
    ]
    (tmp_path / "old.npz").write_bytes(pack(bundle.case, older, "1"))
    return tmp_path


@pytest.fixture
def verify(convcheck_command):
    def run(*arguments):
        done = convcheck_command("verify", *arguments, "--format", "json")
        assert done.stderr == ""
        document = json.loads(done.stdout)
        assert document["exit_code"] == done.returncode
        schema = resources.files("convcheck.reports.json").joinpath("cases.schema.json")
        jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(document)
        return document

    return run


def test_is_there_one_document_with_each_case(bundles, verify, convcheck_command):
    document = verify("same.npz", "other.npz", "--strict")
    assert (document["verdict"], document["exit_code"]) == ("different", 1)
    assert document["names"] == ["same.npz", "other.npz"]
    same, other = document["cases"]
    assert (same["verdict"], other["verdict"]) == ("identical", "different")
    assert document["reproduce"] == "convcheck verify same.npz other.npz --strict"
    assert other["reproduce"] == "convcheck verify other.npz --strict"
    _, *alone = other["reproduce"].split()
    found = json.loads(convcheck_command(*alone, "--format", "json").stdout)
    assert found["schema"] == "convcheck.compare/2"
    for key in ("verdict", "exit_code", "case", "findings", "blind_spots"):
        assert found[key] == other[key]


@pytest.mark.slow
def test_does_the_worst_exit_code_count(bundles, verify):
    assert verify("same.npz", "old.npz")["exit_code"] == 0
    undecided = verify("same.npz", "old.npz", "-i", "numpy", "-i", "python:nowhere:f")
    assert (undecided["verdict"], undecided["exit_code"]) == ("undecided", 3)
    different = verify("other.npz", "same.npz", "-i", "numpy", "-i", "python:nowhere:f")
    assert (different["verdict"], different["exit_code"]) == ("different", 1)


def test_is_a_framework_started_once_for_all_bundles(bundles, verify):
    (bundles / "mine.py").write_text(
        "open('starts', 'a').write('start\\n')\n"
        "from scipy.signal import correlate\n"
        "def f(x, kernel, **_):\n"
        "    return correlate(x[0], kernel[..., 0], 'same')[None, :, :, 1:]\n"
    )
    found = verify("same.npz", "old.npz", "-i", "python:mine:f")
    assert len(found["cases"]) == 2
    assert (bundles / "starts").read_text() == "start\n"


def test_is_there_a_line_for_each_bundle_and_a_cause(bundles, convcheck_command):
    done = convcheck_command("verify", "same.npz", "other.npz", "old.npz", "-o", "report.txt")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    lines = (bundles / "report.txt").read_text().splitlines()
    assert lines[0].split() == ["case", "verdict", "worst", "pair", "cause"]
    assert lines[1].split() == ["same.npz", "identical", "numpy:", "the", "same"]
    name, verdict, pair, word, figure, *cause = lines[2].split()
    assert (name, verdict, pair, word) == ("other.npz", "different", "numpy:", "sum")
    assert float(figure) > 1
    assert cause
    assert "DIFFERENT     1 of 3 cases" in lines
    (why,) = (line for line in lines if line.startswith("  why"))
    assert "in other.npz" in why


@pytest.mark.slow
def test_do_versions_stand_in_the_text_where_they_changed(bundles, convcheck_command):
    text = convcheck_command("verify", "old.npz").stdout
    now = np.__version__
    assert f"numpy 1.0.1 → {now}" in text
    assert "processor Other CPU → " in text
    same = convcheck_command("verify", "same.npz").stdout
    assert f"versions  numpy {now}, scipy " in same
    assert "→" not in same
    both = convcheck_command("verify", "same.npz", "old.npz", "-o", "r.txt")
    assert both.returncode == 0
    assert f"old.npz: numpy 1.0.1 → {now}" in (bundles / "r.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("same.npz", "none.npz"), "none.npz: there is no such file"),
        (("same.npz", "other.npz", "text.npz"), "text.npz"),
        (("same.npz", "same.npz"), "given twice"),
        (("same.npz", "other.npz", "--plot", "p.png"), "--plot draws one case"),
        ((), "Missing argument"),
    ],
)
def test_is_a_mistake_told_before_any_work(bundles, convcheck_command, arguments, words):
    (bundles / "text.npz").write_text("no bundle\n")
    # Whatever starts has a temporary folder.
    done = convcheck_command("verify", *arguments, env={**os.environ, "TMPDIR": str(bundles)})
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not [one for one in bundles.iterdir() if one.is_dir()]
