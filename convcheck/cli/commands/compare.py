"""``convcheck compare``: one case, one or more implementations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from convcheck.case.dtypes import DTYPES
from convcheck.case.layouts import INPUT_LAYOUTS, KERNEL_LAYOUTS
from convcheck.case.request import (
    COMPLETED_INPUTS,
    NAMED_BIASES,
    NAMED_INPUTS,
    NAMED_KERNELS,
    NAMED_OUTPUT_GRADIENTS,
)
from convcheck.cases import NamedCheck
from convcheck.cli import completion, options, output_files
from convcheck.cli.finish import finish, finish_cases
from convcheck.cli.help import Command, Option
from convcheck.cli.options import Timeouts, option
from convcheck.cli.options.one_case import one_case
from convcheck.cli.options.quantization import quantization
from convcheck.cli.params import Choice, Numbers, Padding
from convcheck.cli.reporting import Reporting
from convcheck.cli.reproduce import command_line, flags_of
from convcheck.cli.trust.cases_file import CaseInFile, read_cases
from convcheck.errors import UsageError
from convcheck.option_types import Whole
from convcheck.results import Check


@click.command(
    "compare",
    cls=Command,
    examples=(
        "convcheck compare --kernel ones",
        "convcheck compare --input random --kernel random -i torch -i onnxruntime",
        "convcheck compare --input x.npy --kernel w.pt:conv.weight --kernel-layout OIHW -i tf",
    ),
    epilog="Exit codes: 0 the same (identical, or equal up to rounding), 1 different or a limit "
    "exceeded, 2 a mistake in the command or its files, 3 undecided.",
)
@option(
    "--input",
    "input",
    default="china",
    show_default=True,
    metavar="|".join((*NAMED_INPUTS, "FILE")),
    shell_complete=completion.files(*COMPLETED_INPUTS),
    help="A file: .npy .npz:NAME .safetensors:NAME .pt:NAME .png .jpg. The names from integers to "
    "overflow find faults, best with --kernel random; see the README.",
)
@option(
    "--input-shape",
    type=Numbers(at_least=1, metavar="N,H,W,C"),
    show_default="1,32,32,3",
    help="Shape of --input random, integers ... overflow.",
)
@option(
    "--input-dtype",
    type=Choice(DTYPES),
    metavar="DTYPE",
    show_default="float64 for images, float32 for what is made, a file's own",
    help="Cast the input. Images are from 0 to 1; with an integer dtype the numbers as stored.",
)
@option(
    "--input-layout",
    type=Choice(INPUT_LAYOUTS),
    metavar="LAYOUT",
    show_default="NHWC",
    help="How an input file is laid out: NHWC or NCHW, NWC, NCDHW ...",
)
@option(
    "--rank",
    type=click.IntRange(1, 3),
    metavar="1|2|3",
    help="Spatial axes, where the arrays leave it open.",
)
@option(
    "--kernel",
    default="ones",
    show_default=True,
    metavar="|".join((*NAMED_KERNELS, "FILE")),
    shell_complete=completion.files(*NAMED_KERNELS),
    help="A file: .npy .npz:NAME .safetensors:NAME .pt:NAME.",
)
@option(
    "--kernel-layout",
    type=Choice(KERNEL_LAYOUTS),
    metavar="LAYOUT",
    show_default="HWIO; --transposed: HWOI",
    help="How a kernel file is laid out: HWIO, OIHW, HWOI, IOHW, HWCM (Keras depthwise), OIW ...",
)
@option("--kernel-size", type=Numbers(at_least=1), show_default="7", help="Taps along each axis.")
@option("--filters", type=Whole(at_least=1), metavar="N", show_default="1", help="Output channels.")
@option(
    "--kernel-dtype",
    type=Choice(DTYPES),
    metavar="DTYPE",
    show_default="float32, a file's own",
    help="Cast the kernel.",
)
@option(
    "--bias",
    default="none",
    show_default=True,
    metavar="|".join((*NAMED_BIASES, "FILE")),
    shell_complete=completion.files(*NAMED_BIASES),
    help="A number for each filter.",
)
@option(
    "--strides",
    type=Numbers(at_least=1),
    default="1",
    show_default=True,
    help="One for all axes, or one for each.",
)
@option(
    "--padding",
    type=Padding(),
    default="same",
    show_default=True,
    help="In numbers: every side, by axis, or before:after by axis.",
)
@option(
    "--dilations",
    type=Numbers(at_least=1),
    default="1",
    show_default=True,
    help="Steps between taps, counted from 1.",
)
@option(
    "--groups",
    type=Whole(at_least=1),
    default=1,
    show_default=True,
    metavar="N",
    help="As many as channels: depthwise.",
)
@option("--transposed/--no-transposed", help="A transposed convolution; padding crops its output.")
@option(
    "--output-padding",
    type=Numbers(at_least=0),
    show_default="0",
    help="Outputs appended after each axis of --transposed.",
)
@option(
    "--data-format",
    type=Choice(["NHWC", "NCHW"]),
    metavar="NHWC|NCHW",
    default="NHWC",
    show_default=True,
    help="What frameworks are asked to use; how files are laid out is --input-layout.",
)
@options.pass_
@option(
    "--output-gradient",
    metavar="|".join((*NAMED_OUTPUT_GRADIENTS, "FILE")),
    show_default="random",
    shell_complete=completion.files(*NAMED_OUTPUT_GRADIENTS),
    help="What a gradient weights each output by; laid out as --input-layout says.",
)
@option(
    "--seed",
    type=Whole(at_least=0, at_most=2**64 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Of every random array.",
)
@quantization
@options.orders
@options.implementations
@options.limits
@options.timeouts
@options.reporting(plot=options.PICTURE)
@option(
    "--save",
    metavar="BUNDLE.npz",
    shell_complete=completion.files(),
    help="Record the case and its outputs, for verify.",
)
# It says what runs, all of it: it is typed, and no file or variable sets it.
@click.option(
    "--cases",
    cls=Option,
    metavar="FILE.toml",
    shell_complete=completion.files(),
    help="Many cases in one run: [[case]] tables, each with a name and options of its own, such as "
    "strides = 2. Other options typed here hold for all.",
)
def command(
    *,
    reporting: Reporting,
    timeouts: Timeouts,
    save: str | None,
    cases: str | None,
    **_: Any,
) -> int:
    """Run one convolution through several implementations and say whether they agree.

    Without options: a 7x7 kernel of ones over scikit-learn's china.jpg, through tf.nn.conv2d and
    a Keras Conv2D layer.
    """
    context = click.get_current_context()  # the case's options: of several each has its own
    if cases is not None:
        return _many(context, cases, reporting, timeouts, save)
    one = one_case(context.params)
    output_files.check(reporting, save, inputs=one.files)
    from convcheck.cli import run_case  # last: it loads NumPy

    case, result = run_case.compare(one, reporting, timeouts=timeouts)
    return finish(case, result, reporting, save)


def _many(
    context: click.Context, file: str, reporting: Reporting, timeouts: Timeouts, save: str | None
) -> int:
    """Run the cases of a file, each with its own options over those of the command."""
    for flag, path, words in (("--plot", reporting.plot, "draws"), ("--save", save, "records")):
        if path is not None:
            raise UsageError(
                f"{flag} {words} one case, and --cases runs a file of them; leave one out"
            )
    found = read_cases(file, context)
    cases = []
    for named in found:
        try:
            cases.append((named, one_case({**context.params, **named.values})))
        except UsageError as error:
            raise UsageError(f"{named.where}: {error}") from error
    inputs = [pair for _, one in cases for pair in one.files]
    output_files.check(reporting, inputs=[("--cases", file), *inputs])
    from convcheck.cli import run_case  # last: it loads NumPy

    checks = run_case.compare_each(cases, reporting, timeouts=timeouts)
    return finish_cases([_named(context, one) for one in found], checks, reporting)


def _named(context: click.Context, case: CaseInFile) -> Callable[[Check], NamedCheck]:
    command = command_line(context, **case.values, cases=None)
    return partial(NamedCheck, case.name, reproduce=command, own=flags_of(context, case.values))
