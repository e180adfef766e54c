"""``convcheck model``: every convolution of a model file, or two models against each other."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from convcheck.cli import completion, options, output_files
from convcheck.cli.excerpts import Excerpts
from convcheck.cli.finish import finish_many
from convcheck.cli.help import Command
from convcheck.cli.options import Timeouts, option
from convcheck.cli.params import Choice, Lines
from convcheck.cli.reporting import Reporting
from convcheck.errors import UsageError
from convcheck.implementations.registry import parse_all
from convcheck.model.against.request import AgainstRequest
from convcheck.model.any_file import check_model_file
from convcheck.model.file import case_folder, check_file, is_keras
from convcheck.model.inputs.sources import Sources, sources_of
from convcheck.option_types import Whole
from convcheck.verdict.limits import Limits

DEFAULT_IMPLEMENTATIONS = ("tf",)
_ALONE = {
    "input_b": ("--input-b", None),
    "layout_b": ("--layout-b", None),
    "implementations": ("-i", "beside --against: both models compute, and are held against exact"),
    "pass_": ("--pass", "beside --against: two models are compared as they run forward"),
    "imports": (
        "--import",
        "beside --against: a model of your own classes is python:MODULE:FUNCTION",
    ),
}
"""Option -> how it is typed, and why it cannot stand beside --against; None where it needs it."""


@click.command(
    "model",
    cls=Command,
    examples=(
        "convcheck model net.keras",
        "convcheck model net.keras --input photo.jpg -i torch --layers 'block3/*'",
        "convcheck model net.keras --against net.tflite --input photo.jpg",
    ),
    epilog="Exit codes, over all layers: 0 the same (identical, or equal up to rounding), "
    "1 different or a limit exceeded, 2 a mistake in the command or its files, 3 undecided.",
)
@click.argument("file", metavar="FILE", shell_complete=completion.files())
@option(
    "--input",
    "input",
    type=Lines(),
    multiple=True,
    show_default="random",
    metavar="[NAME=]random|IMAGE|FILE.npy",
    shell_complete=completion.files("random"),
    help="What goes through the model; of one with several inputs NAME=... each, or one source for "
    "all. An image is resized to what it takes.",
)
@option(
    "--against",
    metavar="FILE",
    shell_complete=completion.files(),
    help="Another model of the same network: where do they differ, and why?",
)
@option(
    "--input-b",
    type=Lines(),
    multiple=True,
    metavar="[NAME=]random|IMAGE|FILE.npy",
    show_default="the same as goes into FILE",
    shell_complete=completion.files("random"),
    help="What goes through the model of --against.",
)
@option(
    "--layout-b",
    type=Choice(["NHWC", "NCHW"]),
    show_default="what its input's shape says",
    help="How the model of --against takes its input.",
)
@options.pass_
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
    "--only",
    "layers",
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
@option(
    "--unsafe",
    is_flag=True,
    help="Let a Keras file run code that it holds (Lambda layers) and read other files. Files of "
    "other kinds never may.",
)
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
    against: str | None,
    input_b: tuple[str, ...],
    layout_b: str | None,
    implementations: tuple[str, ...],
    limits: Limits,
    reporting: Reporting,
    timeouts: Timeouts,
    **request: Any,
) -> int:
    """Check every convolution of the model in FILE.

    FILE is .keras, .h5, a SavedModel folder, .onnx, .tflite, .pt2, or python:MODULE:FUNCTION: what
    your function returns, a Keras model or (torch.nn.Module, example input). One input runs through
    it in its own runtime. What reaches each convolution, with its own weights, is computed again by
    TensorFlow's functional call, or by what -i names, and exactly.
    """
    _check_together(against)
    if against is not None:
        wanted = AgainstRequest(
            file,
            against,
            input=request["input"],
            seed=request["seed"],
            input_b=input_b or None,
            layout_b=layout_b,
            only=request["layers"],
            unsafe=request["unsafe"],
            save_case=request["save_case"],
            allow_empty=request["allow_empty"],
        )
        return _against(wanted, limits, reporting, timeouts)
    # A model of another kind may hold layers of integers, which other names compute.
    names = parse_all(
        implementations or DEFAULT_IMPLEMENTATIONS, quantized=False if is_keras(file) else None
    )
    inputs = [("the model", file), *_files(sources_of(request["input"]))]
    inputs += output_files.recorded_files(names)
    _check_outputs(reporting, inputs, request["save_case"])
    check = check_file if is_keras(file) else check_model_file
    check(file, unsafe=request["unsafe"])

    from convcheck.cli import run_model  # last: it loads NumPy

    excerpts = Excerpts()
    look = excerpts.add if reporting.shows_numbers else None
    result = run_model.model(
        file, names, limits, reporting, timeouts=timeouts, look=look, **request
    )
    return finish_many(result, reporting, excerpts.found)


def _check_together(against: str | None) -> None:
    """Raises UsageError for a typed option that says nothing beside the others.

    What is set beforehand is there for other commands too.
    """
    source = click.get_current_context().get_parameter_source
    typed = [name for name in _ALONE if source(name) is ParameterSource.COMMANDLINE]
    for name in typed:
        option, beside = _ALONE[name]
        if (against is None) == (beside is None):
            raise UsageError(f"{option} has no meaning {beside or 'without --against'}")


def _against(
    wanted: AgainstRequest, limits: Limits, reporting: Reporting, timeouts: Timeouts
) -> int:
    inputs = [("A", wanted.a), ("B", wanted.b), *_files(sources_of(wanted.input))]
    inputs += _files(sources_of(wanted.input_b or (), "--input-b"))
    _check_outputs(reporting, inputs, wanted.save_case)
    for path in (wanted.a, wanted.b):
        check_model_file(path, unsafe=wanted.unsafe)

    from convcheck.cli import run_model  # last: it loads NumPy

    return finish_many(run_model.against(wanted, limits, reporting, timeouts=timeouts), reporting)


def _check_outputs(
    reporting: Reporting, inputs: list[tuple[str, str]], save_case: str | None
) -> None:
    """Raises UsageError unless all can be written, and nothing over what is read."""
    output_files.check(reporting, inputs=inputs)
    if save_case is not None:
        outputs = [("-o", path) for path in reporting.files]
        output_files.check_folder("--save-case", case_folder(save_case), [*inputs, *outputs])


def _files(sources: Sources) -> list[tuple[str, str]]:
    """What is read for a model's inputs, as ``output_files.check`` takes it."""
    return [(sources.option, path) for path in sources.files]
