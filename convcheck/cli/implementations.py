"""``convcheck implementations``: what can run here, and what to install for the rest."""

from __future__ import annotations

import click

from convcheck.cli import options, targets
from convcheck.implementations.registry import listing


@click.command(
    "implementations",
    short_help="what can run here, and what to install for the rest",
    epilog="Exit codes: 0 the table is complete, 2 a mistake in the command.",
)
@options.timeout
@options.reporting()
def command(timeout: float, format_: str, output: str | None, verbose: bool, quiet: bool) -> int:
    """Run a tiny convolution through every implementation and list what answers."""
    targets.check_report(output)
    names = listing()

    from convcheck.cli.progress import progress
    from convcheck.inventory import inventory
    from convcheck.reports import listing as report
    from convcheck.runtimes.host import Runtimes

    with progress(names, quiet=quiet), Runtimes(timeout=timeout, verbose=verbose) as runtimes:
        rows = inventory(names, runtimes)
    if format_ == "json":
        text = report.render_json(rows)
    else:
        text = "" if quiet else report.render_text(rows, color=targets.colors(output))
    targets.write_report(output, text)
    return 0
