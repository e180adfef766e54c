"""The options about quantized convolutions: how integers are made, or what recorded ones mean."""

from __future__ import annotations

from convcheck.cli import completion
from convcheck.cli.options import as_object, option
from convcheck.cli.params import Choice, OrFile
from convcheck.option_types import Scale, Whole
from convcheck.quantized.requantize.names import SCHEMES
from convcheck.quantized.request import QuantizationRequest
from convcheck.results import ACTIVATIONS

_ZERO_POINT = Whole(at_least=-(2**15), at_most=2**16 - 1)
"""Of any dtype: what an input's own allows is known with the input."""

quantization = as_object(
    "asked",
    QuantizationRequest,
    option(
        "--quantize",
        type=Choice(tuple(SCHEMES)),
        metavar="|".join(SCHEMES),
        help="Compare as integers: operands are quantized as converters do. With --input "
        "separating they are made to tell roundings apart; those of the next six that are given "
        "are kept, the others chosen.",
    ),
    option(
        "--input-scale",
        type=Scale(),
        metavar="X",
        help="Of recorded integers: each stands for scale * (integer - zero point). Without "
        "--quantize, which chooses them.",
    ),
    option(
        "--input-zero-point",
        type=_ZERO_POINT,
        metavar="N",
        show_default="0",
        help="The integer that stands for 0.",
    ),
    option(
        "--kernel-scale",
        type=OrFile(Scale()),
        metavar="X|FILE",
        shell_complete=completion.files(),
        help="A file holds one for each output channel.",
    ),
    option(
        "--kernel-zero-point",
        type=OrFile(_ZERO_POINT),
        metavar="N|FILE",
        show_default="0",
        shell_complete=completion.files(),
        help="As --kernel-scale.",
    ),
    option("--output-scale", type=Scale(), metavar="X", help="Of outputs in the input's dtype."),
    option(
        "--output-zero-point",
        type=_ZERO_POINT,
        metavar="N",
        show_default="0",
        help="The integer that stands for 0.",
    ),
    option(
        "--activation",
        type=Choice(ACTIVATIONS),
        metavar="|".join(ACTIVATIONS),
        show_default="none",
        help="Clamps the output.",
    ),
)
