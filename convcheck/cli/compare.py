"""``convcheck compare``: one case, one or more implementations."""

from __future__ import annotations

from typing import Any

import click

from convcheck.case.dtypes import DTYPES
from convcheck.case.layouts import INPUT_LAYOUTS, KERNEL_LAYOUTS
from convcheck.case.request import NAMED_BIASES, Request
from convcheck.cli import options, output_files
from convcheck.cli.finish import finish
from convcheck.cli.options import Reporting, Timeouts, option
from convcheck.cli.params import Choice, Numbers, Padding
from convcheck.implementations.registry import parse_all
from convcheck.option_types import Whole
from convcheck.verdict.limits import Limits

DEFAULT_IMPLEMENTATIONS = ("tf", "keras")


@click.command(
    "compare",
    epilog="Exit codes: 0 the same (identical, or equal up to rounding), 1 different or a limit "
    "exceeded, 2 a mistake in the command or its files, 3 undecided.",
)
@option("--input", "input", default="china", show_default=True, metavar="china|flower|random|FILE")
@option(
    "--input-shape",
    type=Numbers(at_least=1, metavar="N,H,W,C"),
    help="Shape of --input random. [1,32,32,3]",
)
@option(
    "--input-dtype",
    type=Choice(DTYPES),
    metavar="DTYPE",
    help="Cast the input. Images are float64 from 0 to 1, with an integer dtype the numbers as "
    "stored, 0 to 255; random is float32.",
)
@option(
    "--input-layout",
    type=Choice(INPUT_LAYOUTS),
    metavar="LAYOUT",
    help="How an input file is laid out: NHWC or NCHW, NWC, NCDHW ... [NHWC]",
)
@option(
    "--rank",
    type=click.IntRange(1, 3),
    metavar="N",
    help="Spatial axes, where the arrays leave it open.",
)
@option("--kernel", default="ones", show_default=True, metavar="ones|zeros|random|FILE")
@option(
    "--kernel-layout",
    type=Choice(KERNEL_LAYOUTS),
    metavar="LAYOUT",
    help="How a kernel file is laid out: HWIO, OIHW, HWOI, IOHW, HWCM (Keras depthwise), OIW ... "
    "[HWIO; --transposed HWOI]",
)
@option("--kernel-size", type=Numbers(at_least=1), help="Taps along each axis. [7]")
@option("--filters", type=Whole(at_least=1), metavar="N", help="Output channels. [1]")
@option("--kernel-dtype", type=Choice(DTYPES), metavar="DTYPE", help="[float32]")
@option("--bias", default="none", show_default=True, metavar="|".join((*NAMED_BIASES, "FILE")))
@option("--strides", type=Numbers(at_least=1), default="1", show_default=True)
@option("--padding", type=Padding(), default="same", show_default=True)
@option("--dilations", type=Numbers(at_least=1), default="1", show_default=True)
@option("--groups", type=Whole(at_least=1), default=1, show_default=True, metavar="N")
@option("--transposed/--no-transposed", help="A transposed convolution; padding crops its output.")
@option(
    "--output-padding",
    type=Numbers(at_least=0),
    help="Outputs appended after each axis of --transposed. [0]",
)
@option(
    "--data-format",
    type=Choice(["NHWC", "NCHW"]),
    default="NHWC",
    show_default=True,
    help="What frameworks are asked to use; how files are laid out is --input-layout.",
)
@option(
    "--seed",
    type=Whole(at_least=0, at_most=2**64 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Of every random array.",
)
@options.implementations
@options.limits
@options.timeouts
@options.reporting(plot=True)
@option("--save", metavar="BUNDLE.npz", help="Record the case and its outputs, for verify.")
def command(
    *,
    implementations: tuple[str, ...],
    limits: Limits,
    reporting: Reporting,
    timeouts: Timeouts,
    save: str | None,
    **case_options: Any,
) -> int:
    """Run one convolution through several implementations and say whether they agree.

    Without options: a 7x7 kernel of ones over scikit-learn's china.jpg, through tf.nn.conv2d and
    a Keras Conv2D layer.
    """
    names = parse_all(implementations or DEFAULT_IMPLEMENTATIONS)
    request = Request(**case_options)
    arrays = [(f"--{role}", getattr(request, role)) for role in ("input", "kernel", "bias")]
    inputs = [*arrays, *output_files.recorded_files(names)]
    output_files.check(reporting, save, inputs=inputs)
    from convcheck.cli import run_case  # last: it loads NumPy

    case, result = run_case.compare(request, names, limits, reporting, timeouts=timeouts)
    return finish(case, result, reporting, save)
