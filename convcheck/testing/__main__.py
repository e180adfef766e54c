"""``python -m convcheck.testing [NAME...]``: prints the suite's table of counts."""

from __future__ import annotations

import sys

import click

from convcheck.errors import EXIT_MISTAKE, Mistake
from convcheck.implementations.registry import listing, parse_all


@click.command("convcheck.testing", epilog="Exit codes: 0 conforms, 1 does not, 2 a mistake.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--reasons", is_flag=True, help="Say why each unavailable spec is.")
@click.option("--timeout", type=float, default=60.0, show_default=True, metavar="SECONDS")
def main(names: tuple[str, ...], reasons: bool, timeout: float) -> None:
    """Run the conformance suite on implementations: these, or all that can run here."""
    # Here, so that --help and a wrong option do not load NumPy.
    from convcheck.testing.suite import conformance
    from convcheck.testing.table import table

    try:
        chosen = [name.text for name in (parse_all(names) if names else listing())]
        reports = [conformance(name, timeout=timeout) for name in chosen]
    except Mistake as mistake:
        click.echo(f"convcheck: {mistake}", err=True)
        sys.exit(EXIT_MISTAKE)
    click.echo(table(reports, reasons=reasons), nl=False)
    # What is not installed does not fail, unless it was asked for.
    sys.exit(any(report.failures for report in reports if names or report.runs))


if __name__ == "__main__":
    main(prog_name="python -m convcheck.testing")
