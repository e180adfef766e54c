"""The table of implementations: a row each, nothing imported until a runtime asks for it."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcheck.errors import Mistake
from convcheck.implementations.name import Name, parse

if TYPE_CHECKING:
    from convcheck.implementations.interface import Module


@dataclass(frozen=True)
class Row:
    """One implementation: where it lives and what may be asked of it."""

    base: str
    module: str
    """Module that offers it; see ``interface.Module``."""
    framework: str
    """Rows of one framework share a process."""
    call: str
    """The call it makes for a plain convolution."""
    install: str = ""
    """The command that installs what it needs."""
    options: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Lower-case keys it takes -> the values allowed, None for any."""

    def load(self) -> Module:
        """Import the module. Only a runtime's process does this."""
        return importlib.import_module(self.module)  # type: ignore[return-value]


_HERE = "convcheck.implementations"
_TENSORFLOW = "pip install convcheck"
_MODES = ("call", "predict", "graph")

ROWS = {
    row.base: row
    for row in (
        Row(
            "tf",
            f"{_HERE}.tensorflow",
            "tensorflow",
            "tf.nn.conv2d",
            _TENSORFLOW,
            {"mode": ("call", "graph"), "device": None},
        ),
        Row(
            "keras",
            f"{_HERE}.keras",
            "tensorflow",
            "keras Conv2D",
            _TENSORFLOW,
            {"mode": _MODES, "dtype": None, "device": None},
        ),
    )
}


def row_of(name: Name) -> Row:
    """The row that a name asks for.

    Raises Mistake for a name, a key or a value that nobody offers.
    """
    row = ROWS.get(name.base)
    if row is None:
        close = difflib.get_close_matches(name.base, ROWS, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(ROWS)}"
        raise Mistake(f"'{name.base}' is no implementation that convcheck knows; {hint}")
    for key, value in name.options:
        if key not in row.options:
            takes = ", ".join(row.options) or "no options"
            raise Mistake(f"'{name.text}': {name.base} has no option '{key}'; it takes {takes}")
        allowed = row.options[key]
        if allowed is not None and value not in allowed:
            raise Mistake(f"'{name.text}': {key}={value}; expected one of {', '.join(allowed)}")
    return row


def parse_all(texts: Iterable[str]) -> tuple[Name, ...]:
    """Names taken apart and checked against the table, in order.

    Raises Mistake for an unknown name or key, and for the same text twice.
    """
    names = tuple(parse(text) for text in texts)
    for i, name in enumerate(names):
        row_of(name)
        if name.text in [other.text for other in names[:i]]:
            raise Mistake(f"implementation '{name.text}' is given twice; give it once")
    return names
