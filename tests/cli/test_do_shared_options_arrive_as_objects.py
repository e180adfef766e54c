"""Do the options that commands share reach them as objects, wherever they were set?"""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from convcheck.cli import options
from convcheck.cli.reporting import Reporting
from convcheck.cli.reproduce import command_line
from convcheck.verdict.limits import Limits

GIVEN = {}


@click.command("trial")
@options.limits
@options.timeouts
@options.reporting(plot=options.PICTURE)
def trial(**values):
    GIVEN.update(values, reproduce=command_line(click.get_current_context()))


@click.command("trial")
@options.reporting()
def without_picture(**values):
    GIVEN.update(values)


@pytest.fixture
def run():
    """What a command got: argument -> value."""

    def invoke(*arguments, command=trial, **settings):
        GIVEN.clear()
        done = CliRunner().invoke(command, arguments, catch_exceptions=False, **settings)
        assert done.exit_code == 0, done.output
        return dict(GIVEN)

    return invoke


def test_are_defaults_those_of_the_objects(run):
    given = run()
    assert set(given) == {"limits", "reporting", "timeouts", "reproduce"}
    assert given["limits"] == Limits()
    assert given["reporting"] == Reporting()
    assert given["reproduce"] == "convcheck trial"


def test_do_options_set_the_fields_of_their_object(run):
    given = run(
        *("--identical", "--max-sum", "0.5", "--strict", "--accept", "kernel-flip"),
        *("--accept", "missing-bias", "--format", "json", "-o", "r.json", "--plot", "p.png"),
        *("-v", "-q", "--timeout", "7"),
    )
    assert given["limits"] == Limits(
        identical=True, max_sum=0.5, strict=True, accept=("kernel-flip", "missing-bias")
    )
    assert given["reporting"] == Reporting(
        formats=("json",), outputs=("r.json",), plot="p.png", verbose=True, quiet=True
    )
    assert given["reproduce"] == (
        "convcheck trial --identical --max-sum 0.5 --strict --accept kernel-flip "
        "--accept missing-bias --timeout 7"
    )


def test_does_the_environment_set_them_too(run):
    given = run(env={"CONVCHECK_MAX_SUM": "2", "CONVCHECK_FORMAT": "json"})
    assert given["limits"] == Limits(max_sum=2.0)
    assert given["reporting"] == Reporting(formats=("json",), preset=True)
    assert given["reproduce"] == "convcheck trial --max-sum 2"


def test_does_a_project_file_s_table_set_them_too(run):
    given = run(default_map={"strict": True, "accept": ["kernel-flip"], "quiet": True})
    assert given["limits"] == Limits(strict=True, accept=("kernel-flip",))
    assert given["reporting"] == Reporting(quiet=True)
    assert given["reproduce"] == "convcheck trial --strict --accept kernel-flip"


def test_does_a_command_without_a_picture_have_no_such_option(run):
    assert run(command=without_picture) == {"reporting": Reporting()}
    assert CliRunner().invoke(without_picture, ["--plot", "p.png"]).exit_code == 2
