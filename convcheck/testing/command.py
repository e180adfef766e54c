"""The command line of the conformance suite."""

from __future__ import annotations

import click

from convcheck.cases import worst_exit_code
from convcheck.command_line import remember_verbose
from convcheck.implementations.registry import listing, parse_all
from convcheck.option_types import Seconds


@click.command(
    "convcheck.testing",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 conforms, 1 some output is not its convolution, 2 a mistake, 3 something "
    "could not run or be judged, or a known failure is gone, 4 an error of convcheck's own.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--reasons", is_flag=True, help="Say why each unavailable spec is.")
@click.option(
    "--timeout",
    type=Seconds(),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="For each spec, the start apart.",
)
@click.option(
    "--start-timeout",
    type=Seconds(),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="For the start of each framework.",
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=remember_verbose,
    help="Show the traceback of an error of convcheck's own.",
)
def main(names: tuple[str, ...], reasons: bool, timeout: float, start_timeout: float) -> int:
    """Run the conformance suite on implementations: these, or all that can run here."""
    chosen = [name.text for name in (parse_all(names) if names else listing())]
    # Here, so that --help and a wrong option do not load NumPy.
    from convcheck.runtimes.host import Runtimes
    from convcheck.testing.counts import table
    from convcheck.testing.suite import conformance

    with Runtimes(timeout=timeout, start_timeout=start_timeout) as runtimes:
        reports = [conformance(name, runtimes=runtimes) for name in chosen]
    click.echo(table(reports, reasons=reasons), nl=False)
    # What is not installed does not fail, unless it was asked for.
    codes = {report.exit_code for report in reports if names or report.runs}
    return worst_exit_code(codes)
