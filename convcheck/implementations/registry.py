"""The table of implementations: a row each; a framework is imported only when a row is loaded.

Other packages add theirs under the entry-point group ``convcheck.implementations``: the name of an
entry point is what ``-i`` takes, its object a module, or what else has the functions of
``interface.Module``. They are looked for only when a name is not built in, or for a listing.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from convcheck.case.dtypes import DTYPES
from convcheck.case.layouts import INPUT_LAYOUTS
from convcheck.errors import Mistake
from convcheck.implementations.name import Name, parse
from convcheck.spelling import did_you_mean_or
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.implementations.interface import Module

GROUP = "convcheck.implementations"
"""Entry points of other packages."""


@dataclass(frozen=True)
class Row:
    """One implementation: where it lives and what may be asked of it."""

    base: str
    """The name without options, as in ``Name.base``."""
    module: str
    """Module that offers it, or ``module:object``; see ``interface.Module``."""
    framework: str
    """Rows of one framework share a process."""
    call: str
    """The call it makes for a plain convolution."""
    install: str = ""
    """The command that installs what it needs."""
    options: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    """Lower-case keys it takes -> the values allowed, None for any."""
    any_option: bool = False
    """Whether it takes keys that this table does not know."""
    in_this_process: bool = False
    """Whether it needs no runtime: ``compute`` is light and runs no code but convcheck's."""

    def load(self) -> Module:
        """Import the module. Only a worker does this, unless ``in_this_process``."""
        module, _, path = self.module.partition(":")
        found = importlib.import_module(module)
        offered: Module = functools.reduce(getattr, path.split(".") if path else [], found)
        return offered


def _row(
    base: str,
    call: str,
    *,
    module: str = "",
    framework: str = "",
    install: str = "",
    **options: Sequence[str] | None,
) -> Row:
    module = module or base
    return Row(
        base=base,
        module=f"convcheck.implementations.{module}",
        framework=framework or module,
        call=call,
        install=f"pip install {install or base}",
        options=options,
    )


_TF = "tensorflow"

OTHER_NAMES = {
    "tensorflow": "tf", "tf.nn": "tf", "tf.nn.conv2d": "tf", "tf.keras": "keras",
    "pytorch": "torch", "onnx": "onnxruntime", "ort": "onnxruntime", "np": "numpy",
    "tflite": "litert", "lite": "litert", "jit": "xla", "lax": "jax", "file": "file:PATH",
    "python": "python:MODULE:FUNCTION",
}  # fmt: skip
"""What people call some implementations -> the name that is taken."""

ROWS = {
    row.base: row
    for row in (
        _row("tf", "tf.nn.conv2d", module=_TF, install=_TF, mode=("call", "graph"), device=None),
        _row(
            "keras",
            "keras Conv2D",
            framework=_TF,
            install="tensorflow keras",
            mode=("call", "predict", "graph"),
            dtype=None,
            device=None,
        ),
        _row("xla", "xla tf.nn.conv2d", framework=_TF, install=_TF, device=None),
        _row("litert", "LiteRT CONV_2D", framework=_TF, install="tensorflow ai-edge-litert"),
        _row("torch", "torch.nn.functional.conv2d", device=None),
        _row(
            "jax",
            "jax.lax.conv_general_dilated",
            x64=("0", "1"),
            device=None,
        ),
        _row("onnxruntime", "onnxruntime Conv", install="onnx onnxruntime"),
        _row("scipy", "scipy.signal.correlate"),
        _row("numpy", "numpy sliding_window_view + tensordot"),
        replace(
            _row(
                "file:",
                "recorded output",
                module="file",
                dtype=None,
                layout=INPUT_LAYOUTS,
                accumulate=DTYPES,
            ),
            install="",
            in_this_process=True,
        ),
        replace(_row("python:", "your function", module="python"), install=""),
    )
}


def row_of(name: Name) -> Row:
    """The row that a name stands for.

    Raises Mistake for an unknown name, key or value.
    """
    row = ROWS.get(name.base) or plugins().get(name.base)
    if row is None:
        known = [*ROWS, *plugins()]
        other = OTHER_NAMES.get(name.base.lower())
        hint = f"did you mean {other}?" if other else did_you_mean_or(name.base, known)
        raise Mistake(f"'{name.base}' is no implementation that convcheck knows; {hint}")
    _check_options(name, row)
    if row.base == "python:":
        return _for_function(name, row)
    return _on_backend(name, row) if row.base == "keras" else row


@functools.cache
def plugins() -> Mapping[str, Row]:
    """Rows that other packages registered, by name. A built-in name cannot be taken over."""
    from importlib.metadata import entry_points  # slow to import, and mostly not needed

    return {
        point.name: Row(
            base=point.name,
            module=point.value.partition("[")[0].strip(),
            framework=point.value,
            call=point.name,
            any_option=True,
        )
        for point in entry_points(group=GROUP)
        if point.name not in ROWS
    }


def _check_options(name: Name, row: Row) -> None:
    if row.any_option:
        return
    for key, value in name.options:
        if key not in row.options:
            takes = ", ".join(row.options) or "no options"
            raise Mistake(f"'{name.text}': {name.base} has no option '{key}'; it takes {takes}")
        allowed = row.options[key]
        if allowed is not None and value not in allowed:
            raise Mistake(f"'{name.text}': {key}={value}; expected one of {', '.join(allowed)}")


def _for_function(name: Name, row: Row) -> Row:
    """The row of a function: a process for each module, since their imports may clash."""
    if not re.fullmatch(r"([\w.]+|.+\.py):[\w.]+", name.target, re.DOTALL):
        raise Mistake(
            f"'{clean(name.text)}' names no function; expected python:MODULE:FUNCTION, "
            "or python:FILE.py:FUNCTION"
        )
    return replace(row, framework=f"python:{name.target.rpartition(':')[0]}", call=name.target)


def _on_backend(name: Name, row: Row) -> Row:
    """The row of Keras, in the process of the framework that it runs on."""
    inherited = os.environ.get("KERAS_BACKEND", "")
    backend = dict(name.environment).get("KERAS_BACKEND", inherited)
    if backend in ("", row.framework):
        return row
    other = ROWS.get(backend)
    return replace(row, framework=backend, install=other.install if other else row.install)


def listing() -> tuple[Name, ...]:
    """The names of all implementations, built in and registered by other packages."""
    return tuple(parse(base) for base in (*ROWS, *plugins()) if not base.endswith(":"))


def parse_all(texts: Iterable[str]) -> tuple[Name, ...]:
    """Names parsed and checked against the table, in order.

    Raises Mistake for an unknown name or key, and for the same text twice.
    """
    names = tuple(parse(text) for text in texts)
    for i, name in enumerate(names):
        row_of(name)
        if name.text in [other.text for other in names[:i]]:
            raise Mistake(f"implementation '{name.text}' is given twice; give it once")
    return names
