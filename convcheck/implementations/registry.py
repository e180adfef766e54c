"""Looks implementations up by name; a framework is imported only when its row is loaded.

Other packages add theirs under the entry-point group ``convcheck.implementations``: the name of an
entry point is what ``-i`` takes, its object a module, or what else has the functions of
``interface.Module``. They are looked for only when a name is not built in, or for a listing.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from convcheck.errors import Mistake
from convcheck.implementations.name import Name, parse
from convcheck.implementations.row import Row
from convcheck.implementations.rows import OTHER_NAMES, QUANTIZED_ROWS, ROWS
from convcheck.spelling import did_you_mean_or, listed
from convcheck.untrusted.text import clean

GROUP = "convcheck.implementations"
"""Entry points of other packages."""


def row_of(name: Name, *, quantized: bool = False) -> Row:
    """The row that a name stands for, in the table of quantized implementations or the other.

    Raises Mistake for an unknown name, key or value.
    """
    row = QUANTIZED_ROWS.get(name.base) if quantized else None
    if quantized and row is None and (name.base in ROWS or name.base in plugins()):
        raise Mistake(
            f"'{name.base}' computes no quantized convolutions; {listed(list(QUANTIZED_ROWS))} do"
        )
    row = row or ROWS.get(name.base) or plugins().get(name.base)
    if row is None:
        known = [*ROWS, *plugins()]
        other = OTHER_NAMES.get(name.base.lower())
        hint = f"did you mean {other}?" if other else did_you_mean_or(name.base, known)
        raise Mistake(f"'{name.base}' is no implementation that convcheck knows; {hint}")
    _check_options(name, row, quantized=quantized)
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


def _check_options(name: Name, row: Row, *, quantized: bool) -> None:
    if row.any_option:
        return
    for option in name.options:
        wrong = _wrong(row, *option)
        if wrong is None:
            continue
        other = (ROWS if quantized else QUANTIZED_ROWS).get(name.base)
        if other is not None and _wrong(other, *option) is None:
            wrong += "; without --quantize it does" if quantized else "; with --quantize it does"
        raise Mistake(f"'{name.text}': {wrong}")


def _wrong(row: Row, key: str, value: str) -> str | None:
    """What is wrong with an option; None for one that the row takes."""
    if key not in row.options:
        takes = ", ".join(row.options) or "no options"
        return f"{row.base} has no option '{key}'; it takes {takes}"
    allowed = row.options[key]
    if allowed is None or value in allowed:
        return None
    return f"{key}={value}; expected one of {', '.join(allowed)}"


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


def default_names(*, quantized: bool = False) -> tuple[str, ...]:
    """What is compared where nobody chose."""
    return ("litert", "litert?engine=reference") if quantized else ("tf", "keras")


def parse_all(texts: Iterable[str], *, quantized: bool | None = False) -> tuple[Name, ...]:
    """Names parsed and checked against the table, in order.

    ``quantized`` is None where that is not known yet: a name of either table will do. Raises
    Mistake for an unknown name or key, and for the same text twice.
    """
    names = tuple(parse(text) for text in texts)
    for i, name in enumerate(names):
        if quantized is None:
            _check_either(name)
        else:
            row_of(name, quantized=quantized)
        if name.text in [other.text for other in names[:i]]:
            raise Mistake(f"implementation '{name.text}' is given twice; give it once")
    return names


def _check_either(name: Name) -> None:
    """Raise Mistake for a name that stands in neither table."""
    try:
        row_of(name)
    except Mistake:
        if name.base not in QUANTIZED_ROWS:
            raise
        row_of(name, quantized=True)
