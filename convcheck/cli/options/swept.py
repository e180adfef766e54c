"""Options that say which cases a sweep has, what is tried on each, and where results are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from convcheck.cli import completion
from convcheck.cli.help import Option
from convcheck.cli.options import Decorator, as_object, option
from convcheck.cli.params import Choice
from convcheck.errors import UsageError
from convcheck.option_types import Whole
from convcheck.testing.space import AXES, Space
from convcheck.verdict.limits import Limits


@dataclass(frozen=True)
class Swept:
    """Which cases, what is tried on each, and where the results are kept."""

    random: int | None = None
    cases: str | None = None
    seed: int = 0
    relations: bool = False
    properties: bool = False
    shrink: bool = True
    jobs: int = 1
    dask: str | None = None
    results: str | None = None
    report: str | None = None
    against: str | None = None
    only: int | None = None
    picture: tuple[str, ...] = ()

    @property
    def files(self) -> list[tuple[str, str]]:
        """What is read, and the file of the results, each with its option."""
        named = ("cases", "report", "against", "results")
        return [(f"--{name}", path) for name in named if (path := getattr(self, name))]

    def check(self, space: Space, limits: Limits, implementations: Sequence[str]) -> None:
        """Raises UsageError for options that contradict each other."""
        kinds = [self.random is not None, self.cases is not None, self.report is not None]
        if sum(kinds) > 1:
            raise UsageError("--random, --cases and --report are sweeps of their own; give one")
        if self.cases is not None and space.given:
            raise UsageError("the options of the cases are in --cases; leave the others out")
        if self.report is not None and (space.given or self.results or self.only is not None):
            raise UsageError("--report tells what its file holds; leave the other options out")
        if self.only is not None:
            if self.results is None:
                raise UsageError("--only N runs a case of a sweep again; give --results FILE")
            if sum(kinds) or space.given:
                raise UsageError("--only takes its case from --results; leave the others out")
        elif not sum(kinds) and not space.given:
            raise UsageError(
                "what is to be swept? Give axes, such as --kernel-size 1/3/5 --strides 1/2, or "
                "--random 1000, or --cases FILE.toml"
            )
        if self.dask is not None and self.jobs != 1:
            raise UsageError("--jobs is of this machine, --dask of a cluster; leave one out")
        if len(self.picture) > 2:
            raise UsageError("--axes takes one or two names")
        told = self.report is not None or self.only is not None
        if told and (self.relations or self.properties or any(vars(limits).values())):
            raise UsageError(
                "what is tried, and the limits, are those of the sweep in the file; leave them "
                "out, or run it again with another --results"
            )
        if self.report is not None and implementations:
            raise UsageError("--report runs nothing; leave -i out")


def _file(name: str, metavar: str, help_text: str) -> Decorator:
    """An option that names a file: typed, and never from the environment."""
    files = completion.files()
    return click.option(name, cls=Option, metavar=metavar, shell_complete=files, help=help_text)


swept = as_object(
    "swept",
    Swept,
    option("--random", type=Whole(at_least=1), metavar="N", help="N random cases, of every kind."),
    _file("--cases", "FILE.toml", "The cases of a file, as of compare."),
    option(
        "--seed",
        type=Whole(at_least=0, at_most=2**64 - 1),
        default=0,
        show_default=True,
        metavar="N",
        help="Of --random's choice; of a grid, of every array.",
    ),
    option("--relations/--no-relations", help="Also run each case negated and scaled: see below."),
    option("--properties/--no-properties", help="Also run it permuted, split and again."),
    option("--shrink/--no-shrink", default=True, help="Find the smallest case of each failure."),
    option(
        "--jobs",
        type=Whole(at_least=1, at_most=1024),
        default=1,
        show_default=True,
        metavar="N",
        help="Processes that run cases, each with frameworks of its own.",
    ),
    click.option(
        "--dask", cls=Option, metavar="ADDRESS", help="A Dask scheduler, tcp://HOST:PORT."
    ),
    _file(
        "--results",
        "FILE.sqlite",
        "Keep every result; the same command goes on where it was stopped.",
    ),
    _file("--report", "FILE.sqlite", "Tell again what a file holds, and run nothing."),
    _file("--against", "FILE.sqlite", "An older file: which cases changed, bitwise or in verdict."),
    click.option(
        "--only",
        cls=Option,
        type=Whole(at_least=1),
        metavar="N",
        help="Run case N of --results again, and tell of it alone.",
    ),
    option(
        "--axes",
        "picture",
        multiple=True,
        type=Choice(AXES),
        metavar="AXIS",
        show_default="the two that vary most",
        help="Of the heat map that --plot draws; give two.",
    ),
)
