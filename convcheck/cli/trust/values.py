"""How a value in a file from elsewhere becomes that of an option, checked as what is typed is.

Of such a file no value runs code, or names a path outside its folder.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from convcheck.case.arrays import names as array_names
from convcheck.case.request import (
    NAMED_BIASES,
    NAMED_INPUTS,
    NAMED_KERNELS,
    NAMED_OUTPUT_GRADIENTS,
    names_input,
)
from convcheck.cli.trust.names import why_not_plain
from convcheck.errors import UsageError
from convcheck.implementations.name import parse
from convcheck.model.inputs.sources import split_name
from convcheck.untrusted.text import clean

FILES: Mapping[str, tuple[str, ...]] = {
    "input": NAMED_INPUTS,
    "kernel": NAMED_KERNELS,
    "bias": NAMED_BIASES,
    "output_gradient": NAMED_OUTPUT_GRADIENTS,
    "kernel_scale": (),
    "kernel_zero_point": (),
}
"""Parameters that may name a file -> the values that name none; () for those that take numbers."""
_ONE = {"formats"}
"""Options that are typed more than once, and of which a file sets one value."""


def as_typed(where: str, folder: Path, option: click.Option, value: Any) -> Any:
    """The value as the option's text, or several of them, checked by the option's own type.

    ``where`` says in a message what is wrong; ``folder`` is the file's. Raises UsageError for a
    value that the option does not take, or that a file may not give it.
    """
    if option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where}: expected true or false, not {clean(repr(value), 60)}")
        return value
    texts = _texts(where, option, value)
    if option.name == "implementations":
        texts = [_name(where, folder, text) for text in texts]
    elif option.name in FILES:
        texts = [_file(where, folder, option, text) for text in texts]
    try:
        for text in texts:
            option.type.convert(text, option, None)
    except click.UsageError as error:
        raise UsageError(f"{where}: {clean(error.format_message())}") from error
    return texts if option.multiple else texts[0]


def _file(where: str, folder: Path, option: click.Option, text: str) -> str:
    """The value of an option that may name an array's file, seen from the current folder."""
    known = FILES[str(option.name)]
    name, source = split_name(text) if option.multiple else (None, text)
    is_family = known is NAMED_INPUTS and names_input(source)
    if source not in known and not is_family and (known or not _is_number(source)):
        typed = f"{max(option.opts, key=len)} {clean(text, 60)}"
        source = _inside(where, folder, source, typed)
    return source if name is None else f"{name}={source}"


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
    """The path of a file in that folder, seen from the current one."""
    outside = UsageError(
        f"{where}: '{clean(text, 60)}' leaves the folder that the file is in, and a file may "
        f"name nothing outside it; type it: {typed}"
    )
    if text.startswith("~"):
        raise outside
    try:
        root = folder.resolve()
        path = (root / array_names.parse(text).path).resolve()  # link.npz:NAME is a link too
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, a circle of links
        raise UsageError(f"{where}: '{clean(text, 60)}' is no path: {clean(error)}") from error
    if not path.is_relative_to(root):
        raise outside
    if root == Path.cwd():
        return text
    return os.path.relpath(root / text)
