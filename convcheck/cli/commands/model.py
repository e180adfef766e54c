"""``convcheck model``: every convolution layer of a saved Keras model."""

from __future__ import annotations

from typing import Any

import click

from convcheck.cli import completion, options, output_files
from convcheck.cli.excerpts import Excerpts
from convcheck.cli.finish import finish_many
from convcheck.cli.help import Command
from convcheck.cli.options import Timeouts, option
from convcheck.cli.reporting import Reporting
from convcheck.implementations.registry import parse_all
from convcheck.model.file import case_folder, check_file
from convcheck.option_types import Whole
from convcheck.verdict.limits import Limits

DEFAULT_IMPLEMENTATIONS = ("tf",)


@click.command(
    "model",
    cls=Command,
    examples=(
        "convcheck model net.keras",
        "convcheck model net.keras --input photo.jpg -i torch --layers 'block3/*'",
    ),
    epilog="Exit codes, over all layers: 0 the same (identical, or equal up to rounding), "
    "1 different or a limit exceeded, 2 a mistake in the command or its files, 3 undecided.",
)
@click.argument("file", metavar="FILE", shell_complete=completion.files())
@option(
    "--input",
    "input",
    default="random",
    show_default=True,
    metavar="random|IMAGE|FILE.npy",
    shell_complete=completion.files("random"),
    help="What goes through the model. An image is resized to what it takes.",
)
@option(
    "--seed",
    type=Whole(at_least=0, at_most=2**64 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Of a random input.",
)
@option(
    "-i",
    "--implementation",
    "implementations",
    multiple=True,
    metavar="NAME",
    show_default="tf",
    shell_complete=completion.implementations,
    help="What each layer is held against; NAME[@PYTHON][?key=value...], repeat it.",
)
@option(
    "--layers",
    default="*",
    show_default=True,
    metavar="PATTERN",
    help="Paths of the layers to check, such as 'block3/*'.",
)
@option("--save-case", metavar="LAYER", help="Write this layer's case as files for compare.")
@option(
    "--allow-empty/--no-allow-empty",
    help="Let a model pass in which no convolution could be checked; else exit 3.",
)
@option("--unsafe", is_flag=True, help="Load Lambda layers: they run code that the file holds.")
@option(
    "--import",
    "imports",
    multiple=True,
    metavar="MODULE",
    help="Import it first: it registers the model's own classes. Repeat it.",
)
@options.limits
@options.timeouts
@options.reporting()
def command(
    *,
    file: str,
    implementations: tuple[str, ...],
    limits: Limits,
    reporting: Reporting,
    timeouts: Timeouts,
    **request: Any,
) -> int:
    """Check every convolution of the Keras model in FILE (.keras, .h5).

    One input runs through the model. What reaches each convolution layer, with the layer's own
    weights, is computed again by TensorFlow's functional call, or by what -i names, and exactly.
    """
    names = parse_all(implementations or DEFAULT_IMPLEMENTATIONS)
    inputs = [("the model", file), ("--input", request["input"])]
    inputs += output_files.recorded_files(names)
    output_files.check(reporting, inputs=inputs)
    if request["save_case"] is not None:
        folder = case_folder(request["save_case"])
        outputs = [("-o", path) for path in reporting.files]
        output_files.check_folder("--save-case", folder, [*inputs, *outputs])
    check_file(file, unsafe=request["unsafe"])

    from convcheck.cli import run_model  # last: it loads NumPy

    excerpts = Excerpts()
    look = excerpts.add if reporting.shows_numbers else None
    result = run_model.model(
        file, names, limits, reporting, timeouts=timeouts, look=look, **request
    )
    return finish_many(result, reporting, excerpts.found)
