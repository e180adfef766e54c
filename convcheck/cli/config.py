"""``--config`` and ``--no-config``: where the options that nobody typed come from.

Without either they come from ``[tool.convcheck]`` of the project's pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from convcheck.cli import completion
from convcheck.cli.help import Option
from convcheck.errors import UsageError

_META = "convcheck.config"
"""Key of a context's ``meta``: the settings file that was read, or "none" where none shall be."""


def choose(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """The callback of both options, which come first: set the defaults of all others.

    Raises UsageError where both are typed, and for a file with a mistake in it.
    """
    name = str(parameter.name)
    typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    if context.meta.get(_META) and (value and typed):
        raise UsageError("--config reads settings, --no-config reads none; leave one of them out")
    if context.meta.get(_META):
        return
    if name == "no_config":
        context.meta[_META] = "none" if value else None
        return
    file = _find() if value is None else Path(value)
    if file is not None:
        context.meta[_META] = str(file.absolute())
        found = _defaults(context, file, named=value is not None)
        context.default_map = {**(context.default_map or {}), **found}


def settings_file(context: click.Context) -> str:
    """The settings file of a command, "" where it has none."""
    return str(context.meta.get(_META) or "")


def _find() -> Path | None:
    # Here: --help and --version do without.
    from convcheck.cli.trust import project_file

    try:
        folder = Path.cwd()
    except OSError as error:
        raise UsageError("the current folder is gone; change to one that exists") from error
    return project_file.find(folder)


def _defaults(context: click.Context, file: Path, *, named: bool) -> dict[str, Any]:
    from convcheck.cli.trust import project_file, settings

    table = project_file.read(file, named=named)
    if not table:
        return {}
    return settings.by_command(file, table, _commands(context))[str(context.info_name)]


def _commands(context: click.Context) -> dict[str, click.Command]:
    """All commands by name: a file's keys are those of any of them."""
    root = context.find_root()
    if not isinstance(root.command, click.Group):
        return {str(context.info_name): context.command}
    names = root.command.list_commands(root)
    return {name: c for name in names if (c := root.command.get_command(root, name))}


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Both options, for a command whose others a file may set."""
    no_config = click.option(
        "--no-config",
        cls=Option,
        is_flag=True,
        is_eager=True,
        expose_value=False,
        envvar="CONVCHECK_NO_CONFIG",
        callback=choose,
        help="Take no settings from a file.",
    )
    config = click.option(
        "--config",
        cls=Option,
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        envvar="CONVCHECK_CONFIG",
        callback=choose,
        show_default="the project's pyproject.toml",
        shell_complete=completion.files(),
        help="Take settings from [tool.convcheck] of FILE.",
    )
    return no_config(config(function))
