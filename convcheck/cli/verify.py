"""``convcheck verify``: run a recorded case here and compare with what was recorded there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from convcheck.case.bundle import unpack
from convcheck.cli import options, output_files
from convcheck.cli.finish import finish
from convcheck.cli.options import Reporting
from convcheck.errors import Mistake
from convcheck.implementations.name import Name
from convcheck.implementations.registry import parse_all
from convcheck.results import Output, Status
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
    recorded = unpack(bundle)
    names, absent, outputs = _runnable_first(recorded.outputs)

    from convcheck.cli import run_case  # last: it loads NumPy

    result = run_case.verify(
        recorded.case, outputs, names, absent, limits, reporting, timeout=timeout
    )
    return finish(recorded.case, result, reporting)


def _runnable_first(
    outputs: Sequence[Output],
) -> tuple[list[Name], list[Output], list[Output]]:
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
