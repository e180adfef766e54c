"""Options that several commands share, declared once.

Those that belong together reach a command as one object: ``limits`` as ``Limits``, ``reporting``
as ``Reporting``. To add an option to all commands, add it here and its field to the object.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from convcheck.case.passes import FORWARD, PASSES
from convcheck.cli import completion, config
from convcheck.cli.help import Option
from convcheck.cli.params import Cause, Choice, FileName
from convcheck.cli.reporting import Reporting
from convcheck.command_line import remember_verbose
from convcheck.option_types import Amount, Seconds
from convcheck.plan import OrderSearch
from convcheck.reports.registry import DEFAULT, FORMATS
from convcheck.verdict.limits import Limits

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]
T = TypeVar("T")


@dataclass(frozen=True)
class Timeouts:
    """Seconds after which a process is given up; the arguments of ``Runtimes``."""

    timeout: float = 120.0
    start_timeout: float = 300.0


def option(*names: str, **settings: Any) -> Decorator:
    """A click option that may also be set by the environment, as CONVCHECK_NAME."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    settings.setdefault("envvar", "CONVCHECK_" + long[2:].replace("-", "_").upper())
    return click.option(*names, cls=Option, **settings)


def made_of(make: type[T], values: Mapping[str, Any]) -> T:
    """The dataclass made of those of the values that have its fields' names."""
    names = [field.name for field in fields(make)]  # type: ignore[arg-type]
    return make(**{name: values[name] for name in names if name in values})


def as_object(argument: str, make: type[Any], *options: Decorator) -> Decorator:
    """Options whose values a command gets as one ``argument``, an object of this dataclass.

    Its fields have the options' names; a field without an option keeps its default.
    """
    names = {field.name for field in fields(make)}

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def with_object(*args: Any, **values: Any) -> Any:
            others = {name: value for name, value in values.items() if name not in names}
            return function(*args, **others, **{argument: made_of(make, values)})

        decorated: Function = with_object
        for one in reversed(options):
            decorated = one(decorated)
        return decorated

    return decorate


implementations = option(
    "-i",
    "--implementation",
    "implementations",
    multiple=True,
    metavar="NAME",
    show_default="tf, keras; of integers litert, litert?engine=reference",
    shell_complete=completion.implementations,
    help="NAME[@PYTHON][?key=value[&key=value...]]; repeat it.",
)

pass_ = option(
    "--pass",
    "pass_",
    type=Choice(PASSES),
    metavar="PASS",
    default=FORWARD,
    show_default=True,
    help="forward, input-gradient, kernel-gradient or bias-gradient.",
)

limits = as_object(
    "limits",
    Limits,
    option("--identical/--no-identical", help="Fail unless the outputs are identical."),
    option(
        "--max-sum",
        type=Amount(min=0),
        metavar="X",
        help="Fail also if a summed absolute difference exceeds X.",
    ),
    option(
        "--strict/--no-strict",
        help="Fail also on a finding or warning inside the bounds (summation-order aside).",
    ),
    option(
        "--accept",
        multiple=True,
        type=Cause(),
        metavar="CAUSE",
        shell_complete=completion.causes,
        help="Let a difference pass that this cause wholly explains; repeat it.",
    ),
)

timeouts = as_object(
    "timeouts",
    Timeouts,
    option(
        "--timeout",
        type=Seconds(),
        default=Timeouts.timeout,
        show_default=f"{Timeouts.timeout:g}",
        metavar="SECONDS",
        help="For each implementation's run, its start apart.",
    ),
    option(
        "--start-timeout",
        type=Seconds(),
        default=Timeouts.start_timeout,
        show_default=f"{Timeouts.start_timeout:g}",
        metavar="SECONDS",
        help="For each framework's start: its process, and all that it imports.",
    ),
)

orders = as_object(
    "orders",
    OrderSearch,
    option(
        "--orders/--no-orders",
        default=None,
        show_default="where it takes no two seconds in all",
        help="Find the order of each implementation's sums, and add up in it again.",
    ),
    option(
        "--orders-timeout",
        type=Seconds(),
        default=OrderSearch.orders_timeout,
        show_default=f"{OrderSearch.orders_timeout:g}",
        metavar="SECONDS",
        help="For finding all orders.",
    ),
)


def _typed(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Notes whether the format is typed, or was set beforehand by a file or the environment."""
    source = context.get_parameter_source(str(parameter.name))
    if value and source is not ParameterSource.COMMANDLINE:
        if len(value) > 1:
            raise click.BadParameter("only one can be set beforehand; type the others")
        context.params["preset"] = True
    return value


_FORMAT = option(
    "--format",
    "formats",
    multiple=True,
    type=Choice(list(FORMATS)),
    callback=_typed,
    show_default=f"the file's suffix tells, else {DEFAULT}",
    help="Of the report; of several, in the order of -o.",
)
_OUTPUT = option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=FileName(),
    metavar="FILE",
    show_default="-, standard output",
    shell_complete=completion.files("-"),
    help="Write the report to FILE; repeat it for other formats.",
)
_VERBOSE = option(
    "-v",
    "--verbose/--no-verbose",
    is_eager=True,  # known before anything else can fail
    callback=remember_verbose,
    help="Let the frameworks' own log lines through, and tracebacks.",
)
_QUIET = option(
    "-q", "--quiet/--no-quiet", help="No progress and no text report: the exit code tells."
)
PICTURE = "Draw the outputs and their difference: .png, .svg or .pdf."


def reporting(*, plot: str | None = None) -> Decorator:
    """Where the report goes and in which format; ``plot`` says what a command draws, if it does.

    With it come the options that say where settings are read.
    """
    drawn = option("--plot", metavar="FILE", shell_complete=completion.files(), help=plot)
    pictures = () if plot is None else (drawn,)
    # Settings first: what comes before takes its default without them.
    return as_object(
        "reporting", Reporting, config.options, _FORMAT, _OUTPUT, _VERBOSE, _QUIET, *pictures
    )
