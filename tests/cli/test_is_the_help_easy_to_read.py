"""Is the help in groups, with examples that run, and one way to show a default?"""

from __future__ import annotations

import re
import shlex

import click
import pytest

from convcheck.cli.main import COMMANDS, _load, main

NAMES = list(COMMANDS)


def shown(name):
    with click.Context(main, info_name="convcheck", max_content_width=100) as root:
        command = _load(name)
        return command.get_help(click.Context(command, parent=root, info_name=name))


def test_are_the_options_of_compare_in_groups():
    text = shown("compare")
    headings = re.findall(r"(?m)^(\w+):$", text)
    assert headings == [
        *("Examples", "Case", "Geometry", "Quantization", "Implementations", "Verdict"),
        *("Output", "Settings", "Other"),
    ]
    places = [text.index(f"  {flag} ") for flag in ("--input-shape", "--strides", "-q, --quiet")]
    headings = [text.index(f"\n{one}:\n") for one in ("Case", "Geometry", "Output", "Settings")]
    assert headings[0] < places[0] < headings[1] < places[1] < headings[2] < places[2] < headings[3]


@pytest.mark.parametrize("name", NAMES)
def test_has_every_option_a_group_and_words(name):
    command = _load(name)
    grouped = {one for names in command.sections.values() for one in names}
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.name in grouped
            assert option.help


@pytest.mark.parametrize("name", NAMES)
def test_is_a_default_shown_in_one_way(name):
    command = _load(name)
    context = click.Context(command, info_name=name)
    options = [one for one in command.params if isinstance(one, click.Option)]
    for option in options:
        _, words = option.get_help_record(context)
        for end in re.findall(r"\[[^\[\]]*\]?$", words):
            assert end.startswith("[default: ")
        if isinstance(option.default, str | int | float) and not option.is_flag:
            assert "[default: " in words


@pytest.mark.parametrize(
    "name", ["compare", "model", "verify", "explain", "completion", "conformance"]
)
def test_are_there_examples_that_the_command_takes(name):
    command = _load(name)
    assert 2 <= len(command.examples) <= 3
    for example in command.examples:
        assert f"convcheck {name}" in example
        assert len(example) < 90
        if example.startswith(f"convcheck {name}") and ">" not in example:
            _, _, *arguments = shlex.split(example)
            command.make_context(name, arguments)


@pytest.mark.parametrize("arguments", [("--help",), ("--config", "pyproject.toml", "-h")])
def test_does_help_come_before_a_mistake_in_the_settings(convcheck_command, tmp_path, arguments):
    (tmp_path / "pyproject.toml").write_text("[tool.convcheck]\nnonsense = 1\n")
    done = convcheck_command("compare", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: convcheck compare")
