"""Options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from convcheck.cli.params import Cause

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("text", "json")


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option that may also be set by the environment, as CONVCHECK_NAME."""
    long = next(name for name in names if name.startswith("--"))
    settings.setdefault("envvar", "CONVCHECK_" + long[2:].replace("-", "_").upper())
    return click.option(*names, **settings)


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for one in reversed(options):
            function = one(function)
        return function

    return decorate


implementations = option(
    "-i",
    "--implementation",
    "implementations",
    multiple=True,
    metavar="NAME",
    help="NAME[@PYTHON][?key=value[&key=value...]]; repeat it. [tf, keras]",
)

limits = _all(
    option("--identical", is_flag=True, help="Fail unless the outputs are identical."),
    option(
        "--max-sum",
        type=click.FloatRange(min=0),
        metavar="X",
        help="Fail also if a summed absolute difference exceeds X.",
    ),
    option(
        "--strict",
        is_flag=True,
        help="Fail also on a finding or warning inside the bounds (summation-order aside).",
    ),
    option(
        "--accept",
        multiple=True,
        type=Cause(),
        metavar="CAUSE",
        help="Let a difference pass that this cause wholly explains; repeat it.",
    ),
)

timeout = option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="For each implementation's run, its start apart.",
)


def reporting(formats: tuple[str, ...] = FORMATS) -> Callable[[F], F]:
    """Where the report goes and in which format."""
    return _all(
        option(
            "--format", "format_", type=click.Choice(formats), default="text", show_default=True
        ),
        option("-o", "--output", metavar="FILE", help="Write the report to FILE."),
        verbosity,
    )


plot = option(
    "--plot", metavar="FILE", help="Draw the outputs and their difference: .png, .svg or .pdf."
)

verbosity = _all(
    option("-v", "--verbose", is_flag=True, help="Let the frameworks' own log lines through."),
    option(
        "-q", "--quiet", is_flag=True, help="No progress and no text report: the exit code tells."
    ),
)
