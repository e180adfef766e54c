"""Do the tables of a project file reach the commands that they are for?"""

from __future__ import annotations

import pytest

from convcheck.cli import main
from convcheck.cli.config import from_pyproject
from convcheck.errors import Mistake
from tests.cli.loading import modules_of

PARAMETERS = {"one": ["input", "format", "implementations"], "two": ["input", "seed"]}


@pytest.fixture
def read(tmp_path):
    """The default map of a project file with this text, seen from a folder below it."""
    (tmp_path / "below").mkdir()

    def written(text):
        (tmp_path / "pyproject.toml").write_text(text)
        return from_pyproject(PARAMETERS, PARAMETERS.__getitem__, tmp_path / "below")

    return written


def test_do_shared_keys_reach_each_command_that_knows_them(read):
    found = read('[tool.convcheck]\ninput = "x.npy"\nseed = 3\nimplementation = ["tf"]\n')
    assert found == {
        "one": {"input": "x.npy", "implementations": ["tf"]},
        "two": {"input": "x.npy", "seed": 3},
    }


def test_does_a_command_s_own_table_win(read):
    found = read('[tool.convcheck]\ninput = "x"\n[tool.convcheck.two]\ninput = "y"\n')
    assert (found["one"]["input"], found["two"]["input"]) == ("x", "y")


@pytest.mark.parametrize(
    "text", ["[tool.convcheck]\nsed = 3\n", "[tool.convcheck.one]\nseed = 3\n"]
)
def test_is_a_key_that_no_such_command_has_a_mistake(read, text):
    with pytest.raises(Mistake, match=r"unknown key 'sed|unknown key 'seed'"):
        read(text)


def test_are_commands_not_asked_where_there_is_no_table(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "convcheck"\n')

    def never(name):
        raise AssertionError(name)

    assert from_pyproject(["one"], never, tmp_path) == {}


def test_are_all_commands_loaded_only_where_there_is_a_table(tmp_path):
    commands = {f"convcheck.cli.{name}" for name in main.COMMANDS}
    names, _ = modules_of("explain", "rounding", cwd=tmp_path)
    assert names & commands == {"convcheck.cli.explain"}
    (tmp_path / "pyproject.toml").write_text('[tool.convcheck]\nformat = "json"\n')
    names, exit_code = modules_of("explain", "rounding", cwd=tmp_path)
    assert exit_code == 0
    assert names >= commands
    assert "numpy" not in names


def test_does_a_key_of_another_command_stop_nobody_but_an_unknown_one_everybody(
    convcheck_command, tmp_path
):
    (tmp_path / "pyproject.toml").write_text('[tool.convcheck.model]\nlayers = "a*"\n')
    assert convcheck_command("explain", "rounding").returncode == 0
    (tmp_path / "pyproject.toml").write_text('[tool.convcheck.model]\nlayer = "a*"\n')
    done = convcheck_command("explain", "rounding")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown key 'layer'" in done.stderr
