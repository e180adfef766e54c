"""``convcheck compare``: one case, one or more implementations."""

from __future__ import annotations

from typing import Any

import click

from convcheck.case.dtypes import DTYPES
from convcheck.case.layouts import INPUT_LAYOUTS, KERNEL_LAYOUTS
from convcheck.case.request import NAMED_BIASES, NAMED_INPUTS, NAMED_KERNELS, Request
from convcheck.cli import completion, options, output_files
from convcheck.cli.finish import finish
from convcheck.cli.help import Command
from convcheck.cli.options import Timeouts, option
from convcheck.cli.options.quantization import quantization
from convcheck.cli.params import Choice, Numbers, Padding
from convcheck.cli.reporting import Reporting
from convcheck.implementations.registry import default_names, parse_all
from convcheck.option_types import Whole
from convcheck.quantized.request import QuantizationRequest
from convcheck.verdict.limits import Limits


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
    shell_complete=completion.files(*NAMED_INPUTS),
    help="A file: .npy .npz:NAME .safetensors:NAME .pt:NAME .png .jpg.",
)
@option(
    "--input-shape",
    type=Numbers(at_least=1, metavar="N,H,W,C"),
    show_default="1,32,32,3",
    help="Shape of --input random.",
)
@option(
    "--input-dtype",
    type=Choice(DTYPES),
    metavar="DTYPE",
    show_default="float64 for images, float32 for random, a file's own",
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
@option(
    "--seed",
    type=Whole(at_least=0, at_most=2**64 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Of every random array.",
)
@quantization
@options.implementations
@options.limits
@options.timeouts
@options.reporting(plot=True)
@option(
    "--save",
    metavar="BUNDLE.npz",
    shell_complete=completion.files(),
    help="Record the case and its outputs, for verify.",
)
def command(
    *,
    asked: QuantizationRequest,
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
    request = Request(**case_options)
    asked.check(separating=request.is_separating)
    chosen = implementations or default_names(quantized=asked.asks)
    names = parse_all(chosen, quantized=asked.asks)
    arrays = [(f"--{role}", getattr(request, role)) for role in ("input", "kernel", "bias")]
    inputs = [*arrays, *asked.files, *output_files.recorded_files(names)]
    output_files.check(reporting, save, inputs=inputs)
    from convcheck.cli import run_case  # last: it loads NumPy

    case, result = run_case.compare(request, asked, names, limits, reporting, timeouts=timeouts)
    return finish(case, result, reporting, save)
