"""Which options a settings file may set, and how its values become those of the options.

A file may say what is computed and what fails, not what runs, what is read outside its folder or
what is written: whoever checks a project out would run and overwrite whatever its author wants.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from convcheck.case.request import NAMED_BIASES, NAMED_INPUTS, NAMED_KERNELS
from convcheck.cli.trust.names import why_not_plain
from convcheck.errors import UsageError
from convcheck.implementations.name import parse
from convcheck.spelling import did_you_mean_or
from convcheck.untrusted.text import clean

DATA = frozenset(
    "input input_shape input_dtype input_layout kernel kernel_size filters kernel_dtype "
    "quantize input_scale input_zero_point kernel_scale kernel_zero_point output_scale "
    "output_zero_point activation kernel_layout rank bias strides padding allow_empty "
    "dilations groups transposed output_padding data_format seed implementations layers "
    "identical max_sum strict accept timeout start_timeout formats verbose quiet".split()
)
"""Parameters that a file may set; what is not here is typed."""
FILES: Mapping[str, tuple[str, ...]] = {
    "input": NAMED_INPUTS,
    "kernel": NAMED_KERNELS,
    "bias": NAMED_BIASES,
    "kernel_scale": (),
    "kernel_zero_point": (),
}
"""Parameters that may name a file -> the values that name none; () for those that take numbers."""
_KEYS = {
    "implementation": "implementations",
    "import": "imports",
    "format": "formats",
    "output": "outputs",
}
"""Options that are given more than once have parameters named in the plural."""
_ONE = {"formats"}
"""Options that are typed more than once, and of which a file sets one value."""


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
    known = {key for command in commands.values() for key in _options(command)}
    for key, value in shared.items():
        users = {n: o for n, c in commands.items() if (o := _options(c).get(_parameter(key)))}
        where = f"{clean(file)}: [tool.convcheck] {clean(key, 60)}"
        if not users and key in commands:
            raise UsageError(f"{clean(file)}: '{key}' is no table; write [tool.convcheck.{key}]")
        if not users:
            raise UsageError(f"{where}: unknown key '{clean(key, 60)}'; {_known(key, known)}")
        settable = {n: o for n, o in users.items() if _is_data(o)} or users
        for name, option in settable.items():
            settings[name][str(option.name)] = _value(where, file.parent, option, value)
    for name, command in commands.items():
        own = table[name] if name in own_tables else {}
        options = _options(command)
        for key, value in own.items():
            where = f"{clean(file)}: [tool.convcheck.{name}] {clean(key, 60)}"
            if _parameter(key) not in options:
                raise UsageError(f"{where}: unknown key '{clean(key, 60)}'; {_known(key, options)}")
            mine = options[_parameter(key)]
            settings[name][str(mine.name)] = _value(where, file.parent, mine, value)
    return settings


def _parameter(key: str) -> str:
    key = key.replace("-", "_")
    return _KEYS.get(key, key)


def _options(command: click.Command) -> dict[str, click.Option]:
    """A command's options by the names of their parameters; --help has none that can be set."""
    return {str(one.name): one for one in command.params if isinstance(one, click.Option)}


def _is_data(option: click.Option) -> bool:
    """Whether a file may set it. What no environment variable sets, no file does either."""
    return option.name in DATA and option.envvar is not None


def _known(key: str, names: Any) -> str:
    keys = {parameter: key for key, parameter in _KEYS.items()}
    known = sorted(keys.get(n, n) for n in names if n in DATA)
    return did_you_mean_or(key.replace("-", "_"), known)


def _value(where: str, folder: Path, option: click.Option, value: Any) -> Any:
    """The value as the option's text, checked by the option's own type."""
    flag = max(option.opts, key=len)
    if not _is_data(option):
        raise UsageError(
            f"{where}: a file may not set this, which can run code or write files; type it: {flag}"
        )
    if option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where}: expected true or false, not {clean(repr(value), 60)}")
        return value
    texts = _texts(where, option, value)
    if option.name == "implementations":
        texts = [_name(where, folder, text) for text in texts]
    elif option.name in FILES:
        texts = [
            text
            if text in FILES[option.name] or (not FILES[option.name] and _is_number(text))
            else _inside(where, folder, text, f"{flag} {clean(text, 60)}")
            for text in texts
        ]
    try:
        for text in texts:
            option.type.convert(text, option, None)
    except click.UsageError as error:
        raise UsageError(f"{where}: {clean(error.format_message())}") from error
    return texts if option.multiple else texts[0]


def _is_number(text: str) -> bool:
    """Whether this is a number: an option that takes one, or a file, means the number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _texts(where: str, option: click.Option, value: Any) -> list[str]:
    """What would be typed; a list is one value for each axis, or the option more than once."""
    parts = value if isinstance(value, list) else [value]
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, (str, int, float)):
            raise UsageError(f"{where}: expected text or a number, not {clean(repr(part), 60)}")
    texts = [str(part) for part in parts]
    if option.multiple and option.name not in _ONE:
        return texts
    if not texts:
        raise UsageError(f"{where}: the list is empty; give a value or leave the key out")
    return [",".join(texts)]


def _name(where: str, folder: Path, text: str) -> str:
    """The name of an implementation that a file may run."""
    why = why_not_plain(text)
    if why is None:
        return text
    typed = f"-i {clean(text, 60)}"
    if not text.startswith("file:"):
        raise UsageError(f"{where}: {why}, which a file may not have done; type it: {typed}")
    try:
        name = parse(text)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error
    if name.python or name.environment:
        raise UsageError(f"{where}: {why} in another process; type it: {typed}")
    path = _inside(where, folder, name.target, typed)
    return "file:" + path + text[len("file:") + len(name.target) :]


def _inside(where: str, folder: Path, text: str, typed: str) -> str:
    """The path of a file in the settings file's folder, seen from the current one."""
    outside = UsageError(
        f"{where}: '{clean(text, 60)}' leaves the folder of the settings, and a file may name "
        f"nothing outside it; type it: {typed}"
    )
    if text.startswith("~"):
        raise outside
    try:
        root = folder.resolve()
        path = (root / text).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, a circle of links
        raise UsageError(f"{where}: '{clean(text, 60)}' is no path: {clean(error)}") from error
    if not path.is_relative_to(root):
        raise outside
    if root == Path.cwd():
        return text
    return os.path.relpath(root / text)
