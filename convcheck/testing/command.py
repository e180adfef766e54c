"""The command line of the conformance suite."""

from __future__ import annotations

import click

from convcheck.command_line import remember_verbose
from convcheck.implementations.registry import listing, parse_all


@click.command(
    "convcheck.testing",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 conforms, 1 does not, 2 a mistake, 3 nothing could be judged, "
    "4 an error of convcheck's own.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--reasons", is_flag=True, help="Say why each unavailable spec is.")
@click.option("--timeout", type=float, default=60.0, show_default=True, metavar="SECONDS")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=remember_verbose,
    help="Show the traceback of an error of convcheck's own.",
)
def main(names: tuple[str, ...], reasons: bool, timeout: float) -> int:
    """Run the conformance suite on implementations: these, or all that can run here."""
    # Here, so that --help and a wrong option do not load NumPy.
    from convcheck.testing.suite import conformance
    from convcheck.testing.table import table

    chosen = [name.text for name in (parse_all(names) if names else listing())]
    reports = [conformance(name, timeout=timeout) for name in chosen]
    click.echo(table(reports, reasons=reasons), nl=False)
    # What is not installed does not fail, unless it was asked for.
    return int(any(report.failures for report in reports if names or report.runs))
