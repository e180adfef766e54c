"""Do a project's settings reach the commands that they are for, and nothing that they may not?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import numpy as np
import pytest

from convcheck.cli import main
from convcheck.cli.commands import compare, conformance, implementations, model, verify
from convcheck.cli.trust import project_file
from convcheck.cli.trust.settings import DATA, by_command
from convcheck.errors import UsageError
from tests.cli.loading import modules_of

COMMANDS = {
    "compare": compare.command,
    "model": model.command,
    "verify": verify.command,
    "conformance": conformance.command,
    "implementations": implementations.command,
}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """click's default maps of a settings file with this text."""
    monkeypatch.chdir(tmp_path)

    def written(text):
        file = tmp_path / "pyproject.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return by_command(file, project_file.read(file), COMMANDS)

    return written


def test_do_shared_keys_reach_each_command_that_knows_them(read):
    found = read('[tool.convcheck]\ninput = "x.npy"\nstrides = 2\nimplementation = ["tf"]\n')
    assert found["compare"] == {"input": "x.npy", "strides": "2", "implementations": ["tf"]}
    assert found["model"] == {"input": ["x.npy"], "implementations": ["tf"]}
    assert found["verify"] == found["implementations"] == {}  # what verify runs is typed


def test_is_an_input_that_is_made_no_file_of_the_folder(read, tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")  # where a file's path would change
    for source in ("integers", "cancellation:1e6", "random"):
        found = by_command(
            tmp_path / "pyproject.toml", {"input": source, "kernel": "random"}, COMMANDS
        )
        assert found["compare"] == {"input": source, "kernel": "random"}


def test_does_a_command_s_own_table_win(read):
    found = read('[tool.convcheck]\ninput = "x"\n[tool.convcheck.model]\ninput = "y"\n')
    assert (found["compare"]["input"], found["model"]["input"]) == ("x", ["y"])


@pytest.mark.parametrize(
    "text",
    [
        "[tool]\nconvcheck = {strides = [2, 1]}\n",
        "[tool.convcheck.compare]\nstrides = '2,1'\n",
        "tool.convcheck.strides = [2, 1]\n",
        '[ "tool" . "convcheck" ]\nstrides = [2, 1]\n',
        '[tool.convcheck]\nstrides = ["2", 1]\n',
    ],
)
def test_is_a_table_read_however_it_is_written(read, text):
    assert read(text)["compare"] == {"strides": "2,1"}


@pytest.mark.parametrize(
    "text", ["[tool.convcheck]\nsed = 3\n", "[tool.convcheck.model]\nstrides = 3\n"]
)
def test_is_a_key_that_no_such_command_has_a_mistake(read, text):
    with pytest.raises(UsageError, match=r"unknown key '(sed|strides)'"):
        read(text)


def test_may_a_file_set_every_option_but_those_that_run_read_or_write():
    """A new option is typed, until somebody finds that it is data."""
    typed = {
        str(option.name)
        for command in COMMANDS.values()
        for option in command.params
        if isinstance(option, click.Option) and option.name not in DATA
    }
    assert typed == {
        *("outputs", "plot", "save", "save_case", "unsafe", "imports", "trust"),
        *("config", "no_config", "cases", "patterns", "exit_first", "reasons"),
        *(
            "against",
            "input_b",
            "layout_b",
        ),  # of one pair of models, one of which may be a function
    }


def test_can_every_flag_that_a_file_sets_be_taken_back():
    flags = {
        option
        for command in COMMANDS.values()
        for option in command.params
        if isinstance(option, click.Option) and option.is_flag and option.name in DATA
    }
    assert {option.name for option in flags} >= {"identical", "strict", "allow_empty", "quiet"}
    for option in flags:
        assert option.secondary_opts == [f"--no-{option.name.replace('_', '-')}"]


@pytest.mark.parametrize("key", ["implementation", "implementations"])
@pytest.mark.parametrize("value", ['"numpy"', '["numpy"]'])
def test_is_an_implementation_taken_by_both_names_and_without_a_list(read, key, value):
    """``implementations`` is a command too, whose table it may have beside it."""
    found = read(f"[tool.convcheck]\n{key} = {value}\n")
    assert found["compare"] == found["model"] == {"implementations": ["numpy"]}
    found = read("[tool.convcheck]\n[tool.convcheck.implementations]\ntimeout = 3\n")
    assert found["implementations"] == {"timeout": "3"}


def test_is_text_taken_where_a_list_is_meant(read):
    found = read('[tool.convcheck]\naccept = "kernel-flip"\nformat = "json"\n')
    assert found["compare"] == {"accept": ["kernel-flip"], "formats": ["json"]}


def test_is_an_option_set_by_its_own_name_where_python_has_another(read):
    found = read('[tool.convcheck]\npass = "input-gradient"\n')
    assert found["compare"] == found["conformance"] == {"pass_": "input-gradient"}


def test_is_a_command_s_name_without_a_table_a_mistake(read):
    with pytest.raises(UsageError, match=r"'model' is no table; write \[tool.convcheck.model\]"):
        read("[tool.convcheck]\nmodel = 3\n")


def test_is_nothing_read_above_the_repository(tmp_path):
    inner = tmp_path / "repository" / "folder"
    inner.mkdir(parents=True)
    file = tmp_path / "pyproject.toml"
    file.write_text("")
    assert project_file.find(inner) == file
    (tmp_path / "repository" / ".git").write_text("gitdir: elsewhere")
    assert project_file.find(inner) is None
    (tmp_path / "repository" / "pyproject.toml").write_text("")
    assert project_file.find(inner) == tmp_path / "repository" / "pyproject.toml"


def test_is_nothing_read_above_the_home_folder(tmp_path, monkeypatch):
    inner = tmp_path / "home" / "folder"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert project_file.find(inner) is None


def test_is_nothing_read_where_anybody_may_write(tmp_path):
    inner = tmp_path / "open" / "folder"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "open" / "pyproject.toml").write_text("")
    (tmp_path / "open").chmod(0o777)
    assert project_file.find(inner) is None
    (tmp_path / "open").chmod(0o755)
    assert project_file.find(inner) == tmp_path / "open" / "pyproject.toml"


def test_is_nothing_read_in_a_folder_of_somebody_else(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("")
    assert project_file.find(tmp_path) is not None
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    assert project_file.find(tmp_path) is None


def test_are_commands_loaded_only_where_there_is_a_table(tmp_path):
    commands = {f"convcheck.cli.commands.{name}" for name in main.COMMANDS}
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "convcheck"\n')
    names, _ = modules_of("compare", "--strides", "0", cwd=tmp_path)
    assert names & commands == {"convcheck.cli.commands.compare"}
    (tmp_path / "pyproject.toml").write_text('[tool.convcheck]\nformat = "json"\n')
    names, exit_code = modules_of("compare", "--strides", "0", cwd=tmp_path)
    assert exit_code == 2
    assert names >= commands
    assert "numpy" not in names


def test_does_an_unknown_key_stop_each_command_that_takes_settings(convcheck_command, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.convcheck.model]\nlayer = "a*"\n')
    done = convcheck_command("compare")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown key 'layer'" in done.stderr
    assert convcheck_command("explain", "rounding").returncode == 0  # it takes none


COMPARE = ("compare", "--input", "random", "-i", "numpy", "--format", "json")


def test_does_the_report_say_what_nobody_typed(convcheck_command, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.convcheck]\nstrides = [2, 1]\nstrict = true\n")
    environment = {**os.environ, "CONVCHECK_SEED": "3", "CONVCHECK_STRICT": "0"}
    found = json.loads(convcheck_command(*COMPARE, env=environment).stdout)
    source = str(tmp_path / "pyproject.toml")
    assert found["settings"] == [
        {"name": "--strides", "value": "2,1", "source": source},
        {"name": "--seed", "value": "3", "source": "CONVCHECK_SEED"},
        {"name": "--strict", "value": "false", "source": "CONVCHECK_STRICT"},
    ]
    assert "--strides 2,1" in found["reproduce"]
    text = convcheck_command(*COMPARE[:-2], env=environment).stdout
    assert "settings  --strides 2,1 from pyproject.toml, --seed 3 from CONVCHECK_SEED" in text
    typed = convcheck_command(*COMPARE, "--no-config", "--strides", "2")
    assert json.loads(typed.stdout)["settings"] == []


@pytest.mark.slow
def test_is_the_file_read_that_is_named_and_none_where_none_shall_be(convcheck_command, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.convcheck]\nstrides = 2\n")
    (tmp_path / "other.toml").write_text("[tool.convcheck]\nstrides = 3\n")

    def strides(*arguments):
        done = convcheck_command(*COMPARE, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["case"]["strides"][0]

    assert strides() == 2
    assert strides("--config", "other.toml") == 3
    assert strides("--no-config") == 1
    assert strides("--config", "other.toml", "--strides", "4") == 4
    both = convcheck_command(*COMPARE, "--no-config", "--config", "other.toml")
    assert (both.returncode, both.stderr.count("\n")) == (2, 1)


@pytest.mark.slow
def test_is_a_flag_of_the_file_taken_back_by_hand(convcheck_command, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.convcheck]\nquiet = true\n")
    arguments = COMPARE[:-2]
    assert convcheck_command(*arguments).stdout == ""
    done = convcheck_command(*arguments, "--no-quiet")
    assert "EQUAL UP TO ROUNDING" in done.stdout


def test_is_a_path_of_the_file_seen_from_its_own_folder(convcheck_command, tmp_path):
    np.save(tmp_path / "x.npy", np.ones((1, 4, 4, 1), "f4"))
    (tmp_path / "pyproject.toml").write_text('[tool.convcheck]\ninput = "x.npy"\n')
    (tmp_path / "below").mkdir()
    done = convcheck_command("compare", "-i", "numpy", "--format", "json", cwd=tmp_path / "below")
    assert json.loads(done.stdout)["case"]["input"]["source"] == "../x.npy"


def test_do_the_tests_run_outside_of_a_project(tmp_path):
    assert project_file.find(Path(tmp_path)) is None


@pytest.mark.parametrize("value", ["[]", '["json", "text"]', "7", '""'])
def test_is_one_format_and_no_other_number_of_them_taken(read, value):
    assert read('[tool.convcheck]\nformat = ["json"]\n')["compare"] == {"formats": ["json"]}
    with pytest.raises(UsageError, match=r"format: "):
        read(f"[tool.convcheck]\nformat = {value}\n")


def test_is_a_scale_a_number_or_a_file_in_the_settings_folder(read, tmp_path, monkeypatch):
    text = "[tool.convcheck]\nkernel-scale = {}\ninput-scale = 0.05\n"
    assert read(text.format("0.25"))["compare"] == {"kernel_scale": "0.25", "input_scale": "0.05"}
    assert read(text.format('"s.npy"'))["compare"]["kernel_scale"] == "s.npy"
    monkeypatch.chdir(tmp_path.parent)
    file = tmp_path / "pyproject.toml"
    found = by_command(file, project_file.read(file), COMMANDS)
    assert found["compare"]["kernel_scale"] == f"{tmp_path.name}/s.npy"
    with pytest.raises(UsageError, match="leaves the folder that the file is in"):
        read(text.format('"../s.npy"'))
    with pytest.raises(UsageError, match="'0' is no scale"):
        read(text.format("0"))
