"""Does compare --cases run each case of a file as its own command would, in one start?"""

from __future__ import annotations

import json
import shlex
import weakref
from contextlib import nullcontext
from functools import partial
from importlib import resources

import jsonschema
import numpy as np
import pytest

from convcheck.cases import NamedCheck
from convcheck.cli import run_case
from convcheck.cli.commands import compare
from convcheck.cli.finish import finish_cases
from convcheck.cli.main import command
from convcheck.cli.options import Timeouts
from convcheck.cli.options.one_case import one_case
from convcheck.cli.progress import Doing
from convcheck.cli.reporting import Reporting
from convcheck.cli.trust.cases_file import read_cases
from tests.reports.results import check_of

TYPED = ("--input", "random", "--kernel-size", "3", "-i", "numpy")
TEXT = """
[[case]]
name = "as typed"

[[case]]
name = "strided, grouped"
input-shape = [1, 8, 8, 4]
strides = 2
groups = 2
filters = 4
kernel_size = "3,5"
padding = ["0:1", 1]
implementation = ["numpy", "scipy"]

[[case]]
name = "int8"
kernel = "random"
quantize = "int8"
implementations = "numpy?rounding=F1"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def found(folder, capsys):
    """What a command with this file answers, as JSON."""

    def run(text, *arguments):
        (folder / "cases.toml").write_text(text)
        code = command(["compare", "--cases", "cases.toml", *arguments, "--format", "json"])
        printed = capsys.readouterr()
        assert printed.err == ""
        document = json.loads(printed.out)
        assert document["exit_code"] == code
        schema = resources.files("convcheck.reports.json").joinpath("cases.schema.json")
        jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(document)
        return document

    return run


@pytest.fixture
def read(folder):
    """The cases of a file, of a command line that has these words too."""

    def run(text, *typed):
        (folder / "cases.toml").write_text(text)
        context = compare.command.make_context("compare", list(typed))
        with context:
            return context, read_cases("cases.toml", context)

    return run


def test_does_each_case_win_over_what_is_typed(found):
    document = found(TEXT, *TYPED)
    assert document["names"] == ["as typed", "strided, grouped", "int8"]
    first, second, third = document["cases"]
    assert first["case"]["kernel"]["shape"] == [3, 3, 3, 1]
    assert [one["name"] for one in first["implementations"]] == ["numpy"]
    assert second["case"]["kernel"]["shape"] == [3, 5, 2, 4]
    assert second["case"]["strides"] == [2, 2]
    assert second["case"]["pads"] == [[0, 1], [1, 1]]
    assert [one["name"] for one in second["implementations"]] == ["numpy", "scipy"]
    assert third["case"]["quantization"]["made"] is True
    assert third["implementations"][0]["name"] == "numpy?rounding=F1"
    assert document["reproduce"] == (
        "convcheck compare --input random --kernel-size 3 --implementation numpy --cases cases.toml"
    )


@pytest.mark.slow
def test_does_the_command_of_each_case_give_its_document_again(found, capsys):
    for case in found(TEXT, *TYPED, "--seed", "7")["cases"]:
        _, *alone = shlex.split(case["reproduce"])
        assert "--cases" not in alone
        assert command([*alone, "--format", "json"]) == case["exit_code"]
        again = json.loads(capsys.readouterr().out)
        for document in (case, again):
            for row in document["implementations"]:
                del row["seconds"], row["order"]
        assert again == case


@pytest.mark.parametrize(
    ("typed", "line", "words"),
    [
        (["--transposed"], "transposed = false", "--no-transposed"),
        ([], "transposed = true", "--transposed"),
        (["--no-orders"], "orders = true", "--orders"),
        ([], "orders = false", "--no-orders"),
        (["--strides", "2"], "strides = [3, 1]", "--strides 3,1"),
        (["--max-sum", "2"], "max-sum = 0.1", "--max-sum 0.1"),
        (
            ["--accept", "kernel-flip"],
            'accept = ["missing-bias"]',
            "--accept missing-bias",
        ),
        (["--accept", "kernel-flip"], "accept = []", ""),
        ([], 'pass = "input-gradient"', "--pass input-gradient"),
        ([], 'padding = "0:1,2:3"', "--padding 0:1,2:3"),
        ([], "padding = 1", "--padding 1:1"),
        ([], "input-dtype = 'FLOAT16'", "--input-dtype float16"),
    ],
)
def test_is_a_value_what_typing_it_would_give(read, typed, line, words):
    """Both as the command gets it, and in the command of the case."""
    context, (case,) = read(f'[[case]]\nname = "one"\n{line}\n', *typed)
    by_file = one_case({**context.params, **case.values})
    reproduced = shlex.split(compare._named(context, case)(check_of("identical")).reproduce)
    assert reproduced == ["convcheck", "compare", *words.split()]
    by_hand = one_case(compare.command.make_context("compare", reproduced[2:]).params)
    for part in ("request", "limits", "orders", "names"):
        assert getattr(by_file, part) == getattr(by_hand, part)


def test_is_a_file_named_by_a_case_beside_the_file_of_cases(folder, capsys):
    inner = folder / "inner"
    inner.mkdir()
    np.save(inner / "x.npy", np.ones((1, 4, 4, 1), "f4"))
    (inner / "c.toml").write_text('[[case]]\nname = "one"\ninput = "x.npy"\nkernel-size = 1\n')
    assert command(["compare", "--cases", "inner/c.toml", "-i", "numpy", "--format", "json"]) == 0
    (case,) = json.loads(capsys.readouterr().out)["cases"]
    assert case["case"]["input"]["source"] == "inner/x.npy"


@pytest.mark.slow
def test_does_the_worst_case_decide(found):
    text = (
        '[[case]]\nname = "fine"\n'
        '[[case]]\nname = "cannot"\ntransposed = true\n'
        '[[case]]\nname = "too far"\nmax-sum = 0\ninput-dtype = "float32"\n'
        'kernel = "random"\nimplementation = ["numpy", "scipy"]\n'
    )
    document = found(text, *TYPED)
    assert [case["exit_code"] for case in document["cases"]] == [0, 3, 1]
    assert document["exit_code"] == 1
    assert found(text.partition('[[case]]\nname = "too far"')[0], *TYPED)["exit_code"] == 3


@pytest.mark.slow
def test_is_a_framework_started_once_for_all_cases(folder, found):
    (folder / "mine.py").write_text(
        "open('starts', 'a').write('start\\n')\n"
        "from scipy.signal import correlate\n"
        "def f(x, kernel, **_):\n"
        "    return correlate(x[0], kernel[..., 0], 'same')[None, :, :, 1:2]\n"
    )
    text = "".join(f'[[case]]\nname = "{n}"\nseed = {n}\n' for n in range(3))
    typed = ("--input", "random", "--kernel-size", "3", "-i", "python:mine.py:f")
    assert len(found(text, *typed)["cases"]) == 3
    assert (folder / "starts").read_text() == "start\n"


def test_do_settings_hold_but_for_what_a_case_sets(found, monkeypatch):
    monkeypatch.setenv("CONVCHECK_SEED", "3")
    monkeypatch.setenv("CONVCHECK_STRIDES", "2")
    document = found('[[case]]\nname = "a"\nstrides = 1\n[[case]]\nname = "b"\n', *TYPED)
    named = [[one["name"] for one in case["settings"]] for case in document["cases"]]
    assert named == [["--seed"], ["--strides", "--seed"]]
    assert [case["case"]["strides"] for case in document["cases"]] == [[1, 1], [2, 2]]
    assert [one["name"] for one in document["settings"]] == ["--strides", "--seed"]


@pytest.mark.slow
def test_is_there_a_line_for_each_case_in_every_format(folder):
    (folder / "cases.toml").write_text(TEXT)
    files = [f"r.{suffix}" for suffix in ("txt", "md", "xml", "html", "json")]
    outputs = [word for file in files for word in ("-o", file)]
    assert command(["compare", "--cases", "cases.toml", *TYPED, *outputs]) == 0
    for file in files:
        text = (folder / file).read_text()
        for name in ("as typed", "strided, grouped", "int8"):
            assert name in text, file
    lines = (folder / "r.txt").read_text().splitlines()
    assert lines[0].split()[:2] == ["case", "verdict"]
    assert "3 cases" in (folder / "r.txt").read_text()


def test_are_the_arrays_of_a_case_let_go_before_the_next_are_made(read, monkeypatch):
    class Arrays:
        pass

    made = weakref.WeakSet()
    alive = []

    def build(_request):
        alive.append(len(made))
        made.add(case := Arrays())
        return case

    monkeypatch.setattr(run_case, "build", build)
    monkeypatch.setattr(run_case, "check", lambda *_, **__: check_of("identical"))
    monkeypatch.setattr(run_case, "Runtimes", lambda **_: nullcontext())
    context, found = read("".join(f'[[case]]\nname = "{n}"\n' for n in range(3)))
    cases = [(case, one_case(context.params)) for case in found]
    quiet = Reporting(quiet=True)
    named = [partial(NamedCheck, case.name) for case in found]
    with context:
        checks = run_case.compare_each(cases, quiet, timeouts=Timeouts())
        assert finish_cases(named, checks, quiet) == 0
    assert alive == [0] * 6  # each is made once to see whether it can be


def test_does_progress_say_which_case_it_is():
    shown = []
    doing = Doing(shown.append)
    doing.case(2, 5, "strided")
    doing.tell("numpy", "running")
    doing.tell("numpy", "")
    doing.step("judging the outputs")
    assert shown == [
        "case 2 of 5, strided: running numpy",
        "case 2 of 5, strided: ",
        "case 2 of 5, strided: judging the outputs",
    ]


@pytest.mark.slow
def test_do_frameworks_and_integers_share_a_run(found):
    text = (
        '[[case]]\nname = "image"\n'
        '[[case]]\nname = "strided"\nstrides = 2\nkernel = "random"\n'
        '[[case]]\nname = "integers"\nquantize = "int8"\nkernel = "random"\n'
        'implementation = "numpy?rounding=F1"\n'
    )
    document = found(text, *TYPED[:-2], "-i", "tf", "-i", "keras")
    assert document["exit_code"] == 0
    names = [[one["name"] for one in case["implementations"]] for case in document["cases"]]
    assert names == [["tf", "keras"], ["tf", "keras"], ["numpy?rounding=F1"]]
