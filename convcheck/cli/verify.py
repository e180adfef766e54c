"""``convcheck verify``: run a recorded case here and compare with what was recorded there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from convcheck.cli import options
from convcheck.cli.tell import check_targets, tell
from convcheck.errors import Mistake
from convcheck.implementations.name import Name
from convcheck.implementations.registry import parse_all
from convcheck.results import Output, Status


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
    names, absent, outputs = _sorted(recorded.outputs)

    from convcheck.check import Limits, verify
    from convcheck.cli.progress import progress
    from convcheck.runtimes.host import Runtimes

    limits = Limits(identical=identical, max_sum=max_sum, strict=strict, accept=accept)
    with progress(names, quiet=quiet), Runtimes(timeout=timeout, verbose=verbose) as runtimes:
        result = verify(
            *(recorded.case, outputs, names, absent, runtimes, limits), maps=plot is not None
        )
    return tell(ctx, recorded.case, result, format_=format_, output=output, plot=plot, quiet=quiet)


def _sorted(outputs: Sequence[Output]) -> tuple[list[Name], list[Output], list[Output]]:
    """What can run here, what cannot, and the recorded outputs of both in that order.

    At their end those of recorded files: nobody can run them again.
    """
    names: list[Name] = []
    absent, first, second, last = [], [], [], []
    for output in outputs:
        recorded = replace(output, name=f"{output.name} (recorded)")
        if output.name.startswith("file:"):
            last.append(recorded)
            continue
        try:
            names += parse_all([output.name])
        except Mistake as mistake:  # another machine's interpreter, a package that is not here
            why = Status.UNAVAILABLE
            absent.append(Output(output.name, output.call, status=why, message=str(mistake)))
            second.append(recorded)
        else:
            first.append(recorded)
    return names, absent, [*first, *second, *last]
