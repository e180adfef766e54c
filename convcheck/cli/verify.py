"""``convcheck verify``: run a recorded case here and compare with what was recorded there."""

from __future__ import annotations

from dataclasses import replace

import click

from convcheck.cli import options
from convcheck.cli.tell import check_targets, tell
from convcheck.implementations.registry import parse_all


@click.command(
    "verify",
    short_help="run a recorded case here and compare with what was recorded",
    epilog="Exit codes: 0 the same (identical, or equal up to rounding), 1 different or a limit "
    "exceeded, 2 a mistake or a changed bundle, 3 undecided.",
)
@click.argument("bundle", metavar="BUNDLE")
@options.limits
@options.timeout
@options.reporting()
@options.plot
@click.pass_context
def command(
    ctx: click.Context,
    /,
    bundle: str,
    identical: bool,
    max_sum: float | None,
    timeout: float,
    format_: str,
    output: str | None,
    plot: str | None,
    verbose: bool,
    quiet: bool,
) -> int:
    """Run the case in BUNDLE, which compare --save wrote, and compare with its outputs.

    The check to make before and after an upgrade, and between machines.
    """
    check_targets(output=output, plot=plot)
    from convcheck.case.bundle import unpack

    recorded = unpack(bundle)
    names = parse_all(one.name for one in recorded.outputs)

    from convcheck.check import Limits, verify
    from convcheck.cli.progress import progress
    from convcheck.runtimes.host import Runtimes

    limits = Limits(identical=identical, max_sum=max_sum)
    outputs = [replace(one, name=f"{one.name} (recorded)") for one in recorded.outputs]
    with progress(names, quiet=quiet), Runtimes(timeout=timeout, verbose=verbose) as runtimes:
        result = verify(recorded.case, outputs, names, runtimes, limits, maps=plot is not None)
    return tell(ctx, recorded.case, result, format_=format_, output=output, plot=plot, quiet=quiet)
