"""``convcheck sweep``: many cases, a grid of them or a random sample."""

from __future__ import annotations

import click

from convcheck.cli import options, output_files
from convcheck.cli.help import Command
from convcheck.cli.options import Timeouts
from convcheck.cli.options.axes import space
from convcheck.cli.options.swept import Swept, swept
from convcheck.cli.reporting import Reporting
from convcheck.errors import UsageError
from convcheck.testing.space import Space
from convcheck.verdict.limits import Limits


@click.command(
    "sweep",
    cls=Command,
    examples=(
        "convcheck sweep --kernel-size 1/3/5 --strides 1/2 --padding same/valid",
        "convcheck sweep --random 2000 -i tf -i torch --jobs 2 --results sweep.sqlite",
        "convcheck sweep --report new.sqlite --against old.sqlite",
    ),
    sections={
        "Cases": ("random", "cases", "seed", "only"),
        "Tried on each": ("relations", "properties", "shrink"),
        "Where it runs": ("jobs", "dask"),
        "Results": ("results", "report", "against"),
        "Axes": tuple(
            "rank input input_shape dtype kernel_size filters bias strides padding dilations "
            "groups transposed output_padding data_format pass_".split()
        ),
        "Picture": ("plot", "picture"),
    },
    epilog="A relation holds bit for bit whatever is added in which order: an input or kernel "
    "times a power of two, or negated. One that fails is a failure. A property, such as the same "
    "output in another batch, is told and is none. Exit codes: 0 every case the same, 1 some "
    "different or a limit exceeded, 2 a mistake, 3 some undecided.",
)
@swept
@space
@options.implementations
@options.limits
@options.timeouts
@options.reporting(plot="Draw a heat map of verdicts: .png, .svg or .pdf.")
def command(
    *,
    swept: Swept,
    space: Space,
    implementations: tuple[str, ...],
    limits: Limits,
    timeouts: Timeouts,
    reporting: Reporting,
) -> int:
    """Run many convolutions, a grid or a random sample, and shrink each failure.

    Values of an axis stand between slashes; a grid takes every value with every other. Each
    implementation is held to one thread, so that the bits do not depend on --jobs.
    """
    swept.check(space, limits, implementations)
    output_files.check(reporting, inputs=swept.files)
    try:
        from convcheck.cli import run_sweep  # last: it loads NumPy
    except ModuleNotFoundError as error:  # the light install
        raise UsageError(f"a sweep needs {error.name}; pip install {error.name}") from error

    return run_sweep.sweep(swept, space, implementations, limits, timeouts, reporting)
