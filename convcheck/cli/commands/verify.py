"""``convcheck verify``: run a recorded case here and compare with what was recorded there."""

from __future__ import annotations

import click

from convcheck.cli import completion, options, output_files
from convcheck.cli.finish import finish
from convcheck.cli.help import Command, Option
from convcheck.cli.options import Reporting, Timeouts
from convcheck.errors import UsageError
from convcheck.implementations.registry import parse_all
from convcheck.verdict.limits import Limits


@click.command(
    "verify",
    cls=Command,
    examples=("convcheck verify before.npz", "convcheck verify before.npz --identical -i tf"),
    epilog="Exit codes: 0 the same (identical, or equal up to rounding), 1 different or a limit "
    "exceeded, 2 a mistake or a changed bundle, 3 undecided.",
)
@click.argument("bundle", metavar="BUNDLE", shell_complete=completion.files())
# These two decide what code runs: they are typed, and no file or variable sets them.
@click.option(
    "-i",
    "--implementation",
    "implementations",
    cls=Option,
    multiple=True,
    metavar="NAME",
    show_default="what was recorded",
    shell_complete=completion.implementations,
    help="Run this, in place of what was recorded: compared with the recording of the same name, "
    "else only judged. Repeat it.",
)
@click.option(
    "--trust",
    cls=Option,
    is_flag=True,
    help="Run every name in BUNDLE: also other interpreters, functions, plugins and environment "
    "variables, which can run any code.",
)
@options.limits
@options.timeouts
@options.reporting(plot=True)
def command(
    *,
    bundle: str,
    implementations: tuple[str, ...],
    trust: bool,
    limits: Limits,
    reporting: Reporting,
    timeouts: Timeouts,
) -> int:
    """Run the case in BUNDLE, which compare --save wrote, and compare with its outputs.

    The check to make before and after an upgrade, and between machines. Of the names in BUNDLE
    only built-in ones run, without @PYTHON and environment variables, unless you --trust it.
    """
    if trust and implementations:
        raise UsageError(
            "--trust runs what the bundle names, -i what you name in its place; leave one out"
        )
    names = parse_all(implementations)
    inputs = [("the bundle", bundle), *output_files.recorded_files(names)]
    output_files.check(reporting, inputs=inputs)
    from convcheck.cli import run_case  # last: it loads NumPy

    case, result = run_case.verify(bundle, names, limits, reporting, trust=trust, timeouts=timeouts)
    return finish(case, result, reporting)
