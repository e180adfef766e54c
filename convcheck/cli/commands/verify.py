"""``convcheck verify``: run recorded cases here and compare with what was recorded there."""

from __future__ import annotations

from functools import partial

import click

from convcheck.cases import NamedCheck
from convcheck.cli import completion, options, output_files
from convcheck.cli.finish import finish, finish_cases
from convcheck.cli.help import Command, Option
from convcheck.cli.options import Timeouts
from convcheck.cli.reporting import Reporting
from convcheck.cli.reproduce import command_line
from convcheck.errors import UsageError
from convcheck.implementations.registry import parse_all
from convcheck.untrusted.text import clean
from convcheck.verdict.limits import Limits


@click.command(
    "verify",
    cls=Command,
    examples=(
        "convcheck verify before.npz",
        "convcheck verify layer1.npz layer2.npz --identical -i tf",
    ),
    epilog="Exit codes, the worst of all bundles: 0 the same (identical, or equal up to rounding), "
    "1 different or a limit exceeded, 2 a mistake or a changed bundle, 3 undecided.",
)
@click.argument(
    "bundles",
    metavar="BUNDLE...",
    nargs=-1,
    required=True,
    shell_complete=completion.files(),
)
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
@options.reporting(plot=options.PICTURE)
def command(
    *,
    bundles: tuple[str, ...],
    implementations: tuple[str, ...],
    trust: bool,
    limits: Limits,
    reporting: Reporting,
    timeouts: Timeouts,
) -> int:
    """Run the case in each BUNDLE, which compare --save wrote, and compare with its outputs.

    The check to make before and after an upgrade, and between machines. Several bundles share one
    start of the frameworks and give a table. Of the names in BUNDLE only built-in ones run,
    without @PYTHON and environment variables, unless you --trust it.
    """
    if trust and implementations:
        raise UsageError(
            "--trust runs what the bundle names, -i what you name in its place; leave one out"
        )
    if reporting.plot and len(bundles) > 1:
        raise UsageError(f"--plot draws one case, and these are {len(bundles)}; verify one bundle")
    for i, bundle in enumerate(bundles):
        if bundle in bundles[:i]:
            raise UsageError(f"the bundle {clean(bundle)} is given twice; give it once")
    names = parse_all(implementations, quantized=None)  # which it is, the bundle says
    inputs = [("the bundle", bundle) for bundle in bundles]
    output_files.check(reporting, inputs=[*inputs, *output_files.recorded_files(names)])
    from convcheck.cli import run_case  # last: it loads NumPy

    checks = run_case.verify(bundles, names, limits, reporting, trust=trust, timeouts=timeouts)
    if len(bundles) == 1:
        ((case, result),) = checks
        return finish(case, result, reporting)
    context = click.get_current_context()
    named = [
        partial(NamedCheck, bundle, reproduce=command_line(context, bundles=(bundle,)))
        for bundle in bundles
    ]
    return finish_cases(named, checks, reporting)
