"""``convcheck verify``: run a recorded case here and compare with what was recorded there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from convcheck.cli import options
from convcheck.cli.tell import check_targets, tell
from convcheck.errors import Mistake
from convcheck.implementations.registry import parse_all
from convcheck.plan import Plan, RecordedRun
from convcheck.results import Output, Status
from convcheck.verdict.limits import Limits


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
    strict: bool,
    accept: tuple[str, ...],
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

    from convcheck.check import check
    from convcheck.cli.progress import progress
    from convcheck.runtimes.host import Runtimes

    plan = Plan.verifying(recorded.case, _runs(recorded.outputs))
    limits = Limits(identical=identical, max_sum=max_sum, strict=strict, accept=accept)
    with progress(plan.names, quiet=quiet), Runtimes(timeout=timeout, verbose=verbose) as runtimes:
        result = check(plan, runtimes, limits, maps=plot is not None)
    return tell(ctx, recorded.case, result, format_=format_, output=output, plot=plot, quiet=quiet)


def _runs(outputs: Sequence[Output]) -> list[RecordedRun]:
    """What can run here first, then what cannot; last recorded files: nobody can run them again."""
    here, absent, files = [], [], []
    for output in outputs:
        recorded = replace(output, name=f"{output.name} (recorded)")
        if output.name.startswith("file:"):
            files.append(RecordedRun(recorded))
            continue
        try:
            (name,) = parse_all([output.name])
        except Mistake as mistake:  # another machine's interpreter, a package that is not here
            row = Output(output.name, output.call, status=Status.UNAVAILABLE, message=str(mistake))
            absent.append(RecordedRun(recorded, absent=row))
        else:
            here.append(RecordedRun(recorded, name))
    return [*here, *absent, *files]
