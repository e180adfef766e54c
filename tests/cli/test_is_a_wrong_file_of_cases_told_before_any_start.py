"""Is each mistake in a file of cases one line, with file, case and key, before anything starts?"""

from __future__ import annotations

import click
import pytest

from convcheck.cli import run_case
from convcheck.cli.commands import compare
from convcheck.cli.main import command
from convcheck.cli.trust.cases_file import OF_THE_RUN
from convcheck.cli.trust.settings import is_data

TYPED = ("--input", "random", "--kernel-size", "3", "-i", "numpy")
CASE = '[[case]]\nname = "a"\n'


@pytest.fixture
def mistake(tmp_path, monkeypatch, capsys):
    """The line that a file is refused with, its name cut off; nothing may start."""
    monkeypatch.chdir(tmp_path)

    def nothing(*_, **__):
        raise AssertionError("something starts")

    monkeypatch.setattr(run_case, "Runtimes", nothing)

    def run(text, *arguments):
        (tmp_path / "c.toml").write_text(text)
        assert command(["compare", "--cases", "c.toml", *TYPED, *arguments]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert printed.err.startswith("convcheck: c.toml")
        return printed.err.removeprefix("convcheck: c.toml")

    return run


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", " has no [[case]]; write one, with a name and options"),
        ("[case]\nname = 'a'\n", ": 'case' is no list of tables; write [[case]]"),
        ("[[cases]]\nname = 'a'\n", ": unknown key 'cases'; did you mean case?"),
        (f"seed = 1\n{CASE}", ": unknown key 'seed'; write [[case]] tables and nothing beside"),
        (f"{CASE}[[case]]\n", ': case 2 has no name; give it one: name = "…"'),
        ("[[case]]\nname = 3\n", ": case 1: name: expected text, not 3"),
        ("[[case]]\nname = ' a'\n", ": case 1: name: 'a' is no name for a line of a report"),
        (f"{CASE}{CASE}", ": cases 1 and 2 are both named 'a'; give each a name of its own"),
        (f"{CASE}stride = 2\n", ": case 'a': stride: unknown key 'stride'; did you mean strides"),
        (f"{CASE}name = 'b'\n", " is not valid TOML"),
        (f"{CASE}filters = 1.5\n", ": case 'a': filters: Invalid value for '--filters': '1.5'"),
        (f"{CASE}transposed = 1\n", ": case 'a': transposed: expected true or false, not 1"),
        (f"{CASE}kernel-size = 1\nkernel_size = 1\n", ": case 'a': kernel_size: 'kernel-size' is"),
        (f"{CASE}timeout = 3\n", ": case 'a': timeout: this holds for all cases; type it beside"),
        (f"{CASE}format = 'json'\n", ": case 'a': format: this holds for all cases; type it"),
        (f"{CASE}output = 'r'\n", ": case 'a': output: a case may not set this"),
        (f"{CASE}save = 'r.npz'\n", ": case 'a': save: a case may not set this"),
        (f"{CASE}plot = 'r.png'\n", ": case 'a': plot: a case may not set this"),
        (f"{CASE}cases = 'd.toml'\n", ": case 'a': cases: a case may not set this"),
        (f"{CASE}config = 'd.toml'\n", ": case 'a': config: a case may not set this"),
        (f"{CASE}trust = true\n", ": case 'a': trust: unknown key 'trust'"),
        (f"{CASE}implementation = 'python:m:f'\n", ": case 'a': implementation: 'python:m:f' cal"),
        (f"{CASE}implementation = 'numpy@/p'\n", ": case 'a': implementation: 'numpy@/p' starts"),
        (f"{CASE}implementation = 'numpy?A=1'\n", ": case 'a': implementation: 'numpy?A=1' sets"),
        (f"{CASE}implementation = 'nump'\n", ": case 'a': implementation: 'nump' is not built"),
        (f"{CASE}implementation = ['tf', 'tf']\n", ": case 'a': implementation 'tf' is given twi"),
        (f"{CASE}kernel = '../k.npy'\n", ": case 'a': kernel: '../k.npy' leaves the folder"),
        # Found where a case is put together, and where its arrays would be made:
        (f"{CASE}input = 'x.npy'\ninput-shape = 3\n", ": case 'a': --input-shape goes with"),
        (f"{CASE}activation = 'relu'\n", ": case 'a': --activation relu clamps integers"),
        (f"{CASE}quantize = 'int8'\npass = 'input-gradient'\n", ": case 'a': --pass input-gradi"),
        (f"{CASE}[[case]]\nname = 'b'\ninput = 'x.npy'\n", ": case 'b': cannot read"),
        (f"{CASE}[[case]]\nname = 'b'\ngroups = 2\n", ": case 'b': groups=2 must divide the"),
    ],
)
def test_is_it_said_where_and_what_it_is(mistake, text, line):
    assert mistake(text).startswith(line)


@pytest.mark.parametrize("option", ["--plot", "--save"])
def test_is_what_is_of_one_case_refused(tmp_path, monkeypatch, capsys, option):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text(CASE)
    file = "p.png" if option == "--plot" else "b.npz"
    assert command(["compare", "--cases", "c.toml", option, file]) == 2
    assert capsys.readouterr().err.startswith(f"convcheck: {option} ")


@pytest.mark.parametrize("file", ["c.toml", "x.npy"])
def test_is_no_file_that_is_read_written_over(tmp_path, monkeypatch, capsys, file):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text(f"{CASE}input = 'x.npy'\n")
    assert command(["compare", "--cases", "c.toml", "-i", "numpy", "-o", file]) == 2
    assert f"-o {file} would overwrite" in capsys.readouterr().err


def test_is_every_option_of_compare_a_case_s_or_known_to_be_none():
    """A new option that is data is a case's, unless it holds for the run."""
    options = {one.name: one for one in compare.command.params if isinstance(one, click.Option)}
    others = {name for name, one in options.items() if not is_data(one)}
    assert others == {"outputs", "plot", "save", "cases", "config", "no_config"}
    assert options.keys() > OF_THE_RUN
