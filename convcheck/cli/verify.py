"""``convcheck verify``: run a recorded case here and compare with what was recorded there."""

from __future__ import annotations

import click

from convcheck.cli import options, output_files
from convcheck.cli.finish import finish
from convcheck.cli.options import Reporting
from convcheck.verdict.limits import Limits


@click.command(
    "verify",
    epilog="Exit codes: 0 the same (identical, or equal up to rounding), 1 different or a limit "
    "exceeded, 2 a mistake or a changed bundle, 3 undecided.",
)
@click.argument("bundle", metavar="BUNDLE")
@options.limits
@options.timeout
@options.reporting(plot=True)
def command(*, bundle: str, limits: Limits, reporting: Reporting, timeout: float) -> int:
    """Run the case in BUNDLE, which compare --save wrote, and compare with its outputs.

    The check to make before and after an upgrade, and between machines.
    """
    output_files.check(reporting)
    from convcheck.cli import run_case  # last: it loads NumPy

    case, result = run_case.verify(bundle, limits, reporting, timeout=timeout)
    return finish(case, result, reporting)
