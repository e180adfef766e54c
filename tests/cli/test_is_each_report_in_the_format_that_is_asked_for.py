"""Has each of several reports the format that its file or ``--format`` asks for?"""

from __future__ import annotations

import json
import os

import pytest

from convcheck.cli.main import command
from convcheck.cli.reporting import Reporting
from convcheck.errors import UsageError

CASE = ("compare", "--input", "random", "--input-shape", "1,9,9,2", "-i", "numpy")


def targets(formats=(), outputs=(), **more):
    return [(t.format.name, t.path) for t in Reporting(formats, outputs, **more).targets]


def test_does_a_known_suffix_choose_the_format():
    assert targets() == [("text", None)]
    assert targets(outputs=("r.json",)) == [("json", "r.json")]
    assert targets(outputs=("R.JSON", "r.txt")) == [("json", "R.JSON"), ("text", "r.txt")]
    assert targets(outputs=("/dev/stdout", "a.log")) == [("text", "/dev/stdout"), ("text", "a.log")]


def test_are_as_many_formats_as_files_paired_in_order():
    assert targets(("text",), ("r.json",)) == [("text", "r.json")]
    assert targets(("json", "text"), ("a", "-")) == [("json", "a"), ("text", None)]


def test_is_one_format_beside_several_files_that_of_stdout():
    both = [("json", "a.json"), ("text", "b.txt")]
    assert targets(("json",), ("a.json", "b.txt")) == [("json", None), *both]
    assert targets(("json",), ("a.json", "-")) == [("json", "a.json"), ("json", None)]


def test_does_a_typed_file_count_more_than_a_format_set_beforehand():
    assert targets(("json",), ("r.txt",), preset=True) == [("text", "r.txt")]
    assert targets(("json",), ("r", "-"), preset=True) == [("json", "r"), ("json", None)]
    assert targets(("json",), preset=True) == [("json", None)]


@pytest.mark.parametrize(
    ("formats", "outputs", "words"),
    [
        (("json", "text"), (), "2 --format and 0 -o"),
        (("json", "text"), ("a",), "2 --format and 1 -o"),
        (("json", "text"), ("a", "b", "c"), "2 --format and 3 -o"),
        ((), ("-", "-"), "only one report can go to standard output"),
    ],
)
def test_is_what_cannot_be_paired_refused(formats, outputs, words):
    with pytest.raises(UsageError, match=words):
        Reporting(formats, outputs)


def test_does_one_run_write_all_reports(convcheck_command, tmp_path):
    done = convcheck_command(*CASE, "-o", "r.json", "-o", "-", "-o", "r.txt")
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "r.json").read_text())
    assert document["reproduce"].startswith("convcheck compare")
    assert "-o" not in document["reproduce"]
    assert "correctly rounded" in done.stdout
    assert "correctly rounded" in (tmp_path / "r.txt").read_text()


def test_does_a_report_that_cannot_be_written_cost_only_itself(convcheck_command, tmp_path):
    full = ("-o", "/dev/full")
    done = convcheck_command(*CASE, *full, "-o", "r.json", "--plot", "p.png")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "/dev/full" in done.stderr
    assert json.loads((tmp_path / "r.json").read_text())["verdict"] == "rounding"
    assert (tmp_path / "p.png").exists()


def test_is_one_file_given_twice_a_mistake(convcheck_command):
    done = convcheck_command(*CASE, "-o", "r.json", "-o", "./r.json")
    assert done.returncode == 2
    assert "would overwrite" in done.stderr


def test_does_the_environment_join_files_like_paths(convcheck_command, tmp_path):
    done = convcheck_command(*CASE, env={**os.environ, "CONVCHECK_OUTPUT": "my r.json:r.txt"})
    assert done.returncode == 0, done.stderr
    assert {"my r.json", "r.txt"} <= {path.name for path in tmp_path.iterdir()}


def test_does_an_error_of_our_own_in_one_report_cost_only_itself(tmp_path, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("convcheck.cli.excerpts.of_one", fails)
    assert command([*CASE, "-o", "r.html", "-o", "r.json", "-o", "r.md"]) == 4
    assert {path.name for path in tmp_path.iterdir()} == {"r.json", "r.md"}
