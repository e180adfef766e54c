"""Which options a settings file may set.

A file may say what is computed and what fails, not what runs, what is read outside its folder or
what is written: whoever checks a project out would run and overwrite whatever its author wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from convcheck.cli.trust.values import as_typed
from convcheck.errors import UsageError
from convcheck.spelling import did_you_mean_or
from convcheck.untrusted.text import clean

DATA = frozenset(
    "input input_shape input_dtype input_layout kernel kernel_size filters kernel_dtype "
    "quantize input_scale input_zero_point kernel_scale kernel_zero_point output_scale "
    "output_zero_point activation kernel_layout rank bias strides padding allow_empty "
    "dilations groups transposed output_padding data_format seed implementations layers "
    "pass_ output_gradient orders orders_timeout identical max_sum strict accept timeout "
    "start_timeout formats verbose quiet dtype random relations properties shrink jobs".split()
)
"""Parameters that a file may set; what is not here is typed."""
_KEYS = {
    "implementation": "implementations",
    "import": "imports",
    "format": "formats",
    "output": "outputs",
    "pass": "pass_",
}
"""Options that are given more than once have parameters named in the plural; pass is Python's."""


def by_command(
    file: Path, table: Mapping[str, Any], commands: Mapping[str, click.Command]
) -> dict[str, dict[str, Any]]:
    """click's default map of each command, from ``[tool.convcheck]`` of a file.

    Its keys go to every command that has them, those of ``[tool.convcheck.COMMAND]`` to one.
    Raises UsageError for a key that no command has, one that a file may not set, and a value that
    the option does not take.
    """
    settings: dict[str, dict[str, Any]] = {name: {} for name in commands}
    # "implementations" is a command and an option: its table is the command's.
    own_tables = {key for key, value in table.items() if key in commands and type(value) is dict}
    shared = {key: value for key, value in table.items() if key not in own_tables}
    known = {key for command in commands.values() for key in options_of(command)}
    for key, value in shared.items():
        users = {n: o for n, c in commands.items() if (o := options_of(c).get(parameter_of(key)))}
        where = f"{clean(file)}: [tool.convcheck] {clean(key, 60)}"
        if not users and key in commands:
            raise UsageError(f"{clean(file)}: '{key}' is no table; write [tool.convcheck.{key}]")
        if not users:
            raise UsageError(f"{where}: unknown key '{clean(key, 60)}'; {known_keys(key, known)}")
        settable = {n: o for n, o in users.items() if is_data(o)} or users
        for name, option in settable.items():
            settings[name][str(option.name)] = _value(where, file.parent, option, value)
    for name, command in commands.items():
        own = table[name] if name in own_tables else {}
        options = options_of(command)
        for key, value in own.items():
            where = f"{clean(file)}: [tool.convcheck.{name}] {clean(key, 60)}"
            if parameter_of(key) not in options:
                raise UsageError(
                    f"{where}: unknown key '{clean(key, 60)}'; {known_keys(key, options)}"
                )
            mine = options[parameter_of(key)]
            settings[name][str(mine.name)] = _value(where, file.parent, mine, value)
    return settings


def parameter_of(key: str) -> str:
    """The parameter that a key sets: its option's name, with dashes or underscores."""
    key = key.replace("-", "_")
    return _KEYS.get(key, key)


def options_of(command: click.Command) -> dict[str, click.Option]:
    """A command's options by the names of their parameters; --help has none that can be set."""
    return {str(one.name): one for one in command.params if isinstance(one, click.Option)}


def _value(where: str, folder: Path, option: click.Option, value: Any) -> Any:
    """The value as the option's text. Raises UsageError for an option that a file may not set."""
    if not is_data(option):
        raise UsageError(
            f"{where}: a file may not set this, which can run code or write files; "
            f"type it: {max(option.opts, key=len)}"
        )
    return as_typed(where, folder, option, value)


def is_data(option: click.Option) -> bool:
    """Whether a file may set it. What no environment variable sets, no file does either."""
    return option.name in DATA and option.envvar is not None


def known_keys(key: str, names: Iterable[str]) -> str:
    """The keys that were meant by one that nobody knows, of those that set these parameters."""
    keys = {parameter: key for key, parameter in _KEYS.items()}
    known = sorted(keys.get(n, n) for n in names if n in DATA)
    return did_you_mean_or(key.replace("-", "_"), known)
