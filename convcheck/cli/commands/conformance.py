"""``convcheck conformance``: the suite of specs for one implementation, or for some."""

from __future__ import annotations

import click

from convcheck.cli import completion, options, output_files
from convcheck.cli.finish import finish_many
from convcheck.cli.help import Command
from convcheck.cli.options import Timeouts, option
from convcheck.cli.reporting import Reporting
from convcheck.implementations.registry import listing, parse_all


@click.command(
    "conformance",
    cls=Command,
    examples=(
        "convcheck conformance python:mine.py:conv2d",
        "convcheck conformance python:mine.py:conv2d --filter 'conv2d-*dilations*' -x",
        "convcheck conformance torch onnxruntime --format json -o suite.json",
    ),
    epilog="Exit codes: 0 conforms, 1 some output is not its convolution, 2 a mistake, 3 something "
    "could not run or be judged, or a known failure is gone.",
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completion.implementations)
@option(
    "--filter",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    show_default="all",
    help="Specs to run, by name: * and ? as in a shell; repeat it.",
)
@options.pass_
@option("-x", "--exitfirst", "exit_first", is_flag=True, help="Stop at the first failure.")
@option("--reasons", is_flag=True, help="Say why each unavailable spec is.")
@options.timeouts
@options.reporting()
def command(
    *,
    names: tuple[str, ...],
    patterns: tuple[str, ...],
    pass_: str,
    exit_first: bool,
    reasons: bool,
    timeouts: Timeouts,
    reporting: Reporting,
) -> int:
    """Run the suite of specs on implementations: these, or all that can run here.

    Some hundred convolutions of every kind, each judged by the exact result and its bounds alone.
    Specs that fail alike are one line with its cause. NAME is what -i takes of compare.
    """
    chosen = parse_all(names) if names else listing()
    output_files.check(reporting, inputs=output_files.recorded_files(chosen))
    from convcheck.cli import run_conformance  # last: it loads NumPy

    result = run_conformance.conformance(
        chosen,
        reporting,
        named=bool(names),
        patterns=patterns,
        pass_=pass_,
        exit_first=exit_first,
        reasons=reasons,
        timeouts=timeouts,
    )
    return finish_many(result, reporting)
