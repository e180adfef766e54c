"""``convcheck implementations``: what can run here, and what to install for the rest."""

from __future__ import annotations

import click

from convcheck.cli import options, output_files
from convcheck.cli.finish import write_reports
from convcheck.cli.help import Command
from convcheck.cli.options import Timeouts
from convcheck.cli.reporting import Reporting
from convcheck.implementations.registry import listing


@click.command(
    "implementations",
    cls=Command,
    epilog="Exit codes: 0 the table is complete, 2 a mistake in the command.",
)
@options.timeouts
@options.reporting()
def command(*, timeouts: Timeouts, reporting: Reporting) -> int:
    """Run a tiny convolution through every implementation and list what answers."""
    output_files.check(reporting)
    names = listing()

    from convcheck.cli import run_case  # last: it loads NumPy

    write_reports(run_case.implementations(names, reporting, timeouts=timeouts), reporting)
    return 0
