"""The entry point: one command a file, loaded when it is asked for.

The commands' modules import click and nothing heavier, so that ``--help``, ``--version`` and a
wrong option answer at once.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import click

from convcheck.command_line import run_command
from convcheck.entry import enter
from convcheck.spelling import did_you_mean_or
from convcheck.untrusted.text import clean
from convcheck.version import __version__

COMMANDS = {
    "compare": "one case, one or more implementations (the main job)",
    "model": "every convolution of a model file; two models against each other",
    "sweep": "many cases: grids and random ones, shrunk to the smallest failing one",
    "verify": "run recorded cases here and compare with what was recorded",
    "conformance": "the suite of specs for one implementation, or for some",
    "implementations": "what can run here, and what to install for the rest",
    "completion": "have bash, zsh or fish complete command lines",
    "explain": "what a cause, a verdict or a status means, and how to fix it",
}


def _load(name: str) -> click.Command:
    """Import a command."""
    command: click.Command = importlib.import_module(f"convcheck.cli.commands.{name}").command
    return command


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _load(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(
                f"there is no command '{clean(args[0], 60)}'; {did_you_mean_or(args[0], COMMANDS)}"
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 the same, 1 different, 2 a mistake in the command, 3 undecided, "
    "4 an error of convcheck's own.",
)
@click.version_option(__version__, message="convcheck %(version)s")
def main() -> None:
    """Are these two convolutions the same? If not, why, and which one is right?

    The main job:  convcheck compare --kernel ones
    """


def command(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    return run_command(main, "convcheck", arguments)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and end the process with its exit code."""
    enter(lambda: command(arguments))
