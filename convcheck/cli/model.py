"""``convcheck model``: every convolution layer of a saved Keras model."""

from __future__ import annotations

import click

from convcheck.cli import options, targets
from convcheck.cli.options import option
from convcheck.cli.tell import report
from convcheck.implementations.registry import parse_all
from convcheck.verdict.limits import Limits

DEFAULT_IMPLEMENTATIONS = ("tf",)
REPORTS = {"text": "convcheck.reports.model_text", "json": "convcheck.reports.model_json"}


@click.command(
    "model",
    short_help="every convolution layer of a saved Keras model",
    epilog="Exit codes, over all layers: 0 the same (identical, or equal up to rounding), "
    "1 different or a limit exceeded, 2 a mistake in the command or its files, 3 undecided.",
)
@click.argument("file", metavar="FILE")
@option(
    "--input",
    "input",
    default="random",
    show_default=True,
    metavar="random|IMAGE|FILE.npy",
    help="What goes through the model. An image is resized to what it takes.",
)
@option(
    "--seed",
    type=click.IntRange(min=0),
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
    help="What each layer is held against; NAME[@PYTHON][?key=value...], repeat it. [tf]",
)
@option(
    "--layers",
    default="*",
    show_default=True,
    metavar="PATTERN",
    help="Paths of the layers to check, such as 'block3/*'.",
)
@option("--save-case", metavar="LAYER", help="Write this layer's case as files for compare.")
@option("--unsafe", is_flag=True, help="Load Lambda layers: they run code that the file holds.")
@option(
    "--import",
    "imports",
    multiple=True,
    metavar="MODULE",
    help="Import it first: it registers the model's own classes. Repeat it.",
)
@options.limits
@options.timeout
@options.reporting()
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: str,
    input: str,  # noqa: A002 - the option's name
    seed: int,
    implementations: tuple[str, ...],
    layers: str,
    save_case: str | None,
    unsafe: bool,
    imports: tuple[str, ...],
    identical: bool,
    max_sum: float | None,
    strict: bool,
    accept: tuple[str, ...],
    timeout: float,
    format_: str,
    output: str | None,
    verbose: bool,
    quiet: bool,
) -> int:
    """Check every convolution of the Keras model in FILE (.keras, .h5).

    One input runs through the model. What reaches each convolution layer, with the layer's own
    weights, is computed again by TensorFlow's functional call, or by what -i names, and exactly.
    """
    from convcheck.model.file import check_file

    names = parse_all(implementations or DEFAULT_IMPLEMENTATIONS)
    targets.check_report(output)
    check_file(file)

    from convcheck.cli.progress import steps
    from convcheck.model.check import ModelRequest, check_model
    from convcheck.model.saving import save
    from convcheck.runtimes.host import Runtimes

    request = ModelRequest(
        path=file,
        input=input,
        seed=seed,
        layers=layers,
        unsafe=unsafe,
        imports=imports,
        save_case=save_case,
    )
    limits = Limits(identical=identical, max_sum=max_sum, strict=strict, accept=accept)
    with steps(quiet=quiet) as progress, Runtimes(timeout=timeout, verbose=verbose) as runtimes:
        result = check_model(
            request, names, runtimes, limits, timeout=timeout, save=save, progress=progress
        )
    report(ctx, result, REPORTS, format_=format_, output=output, quiet=quiet)
    return result.exit_code
