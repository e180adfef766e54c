"""Reads a file of ``[[case]]`` tables: options of a command, once for each of several cases.

It may come from elsewhere, and so sets what a pyproject.toml may set: data. Whether each case makes
sense as a whole is for the command to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from convcheck.cli.trust import toml_file
from convcheck.cli.trust.settings import is_data, known_keys, options_of, parameter_of
from convcheck.cli.trust.values import as_typed
from convcheck.errors import UsageError
from convcheck.spelling import did_you_mean
from convcheck.untrusted.text import clean

LONGEST_NAME = 100
"""Characters of a case's name."""
OF_THE_RUN = frozenset("timeout start_timeout formats verbose quiet".split())
"""Data that holds for all cases: the processes that they share, and the one report."""


@dataclass(frozen=True)
class CaseInFile:
    """A case as its table says it."""

    name: str
    where: str
    """What a message about it begins with: the file and the case."""
    values: Mapping[str, Any]
    """Parameter of the command -> value, as the command gets it of what is typed."""


def read_cases(file: str, context: click.Context) -> list[CaseInFile]:
    """The cases in a file, in its order, their keys those of the options of a command.

    Raises UsageError for what is no such file, for a name that is missing or taken, a key that the
    command does not have or a case may not set, and a value that the option does not take.
    """
    path = Path(file)
    cases: list[CaseInFile] = []
    numbers: dict[str, int] = {}
    for number, table in enumerate(_tables(path), 1):
        name = _name(path, number, table)
        if name in numbers:
            raise UsageError(
                f"{clean(file)}: cases {numbers[name]} and {number} are both named '{name}'; give "
                "each a name of its own"
            )
        numbers[name] = number
        where = f"{clean(file)}: case '{name}'"
        cases.append(CaseInFile(name, where, dict(_values(path, where, table, context))))
    return cases


def _tables(file: Path) -> list[dict[str, Any]]:
    document = toml_file.parse(file, toml_file.read(file, "cases"))
    for key in document:
        if key != "case":
            hint = did_you_mean(key, ["case"]) or "write [[case]] tables and nothing beside them"
            raise UsageError(f"{clean(file)}: unknown key '{clean(key, 60)}'; {hint}")
    tables = document.get("case")
    if tables is None:
        raise UsageError(f"{clean(file)} has no [[case]]; write one, with a name and options")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{clean(file)}: 'case' is no list of tables; write [[case]]")
    if not tables:
        raise UsageError(f"{clean(file)}: the list 'case' is empty; write [[case]]")
    return tables


def _name(file: Path, number: int, table: Mapping[str, Any]) -> str:
    where = f"{clean(file)}: case {number}"
    if "name" not in table:
        raise UsageError(f'{where} has no name; give it one: name = "…"')
    name = table["name"]
    if not isinstance(name, str):
        raise UsageError(f"{where}: name: expected text, not {clean(repr(name), 60)}")
    if not name or clean(name, LONGEST_NAME) != name:
        raise UsageError(
            f"{where}: name: '{clean(name, 60)}' is no name for a line of a report; expected 1 to "
            f"{LONGEST_NAME} characters without blanks around, two in a row or control characters"
        )
    return name


def _values(
    file: Path, where: str, table: Mapping[str, Any], context: click.Context
) -> Iterator[tuple[str, Any]]:
    options = options_of(context.command)
    own = {name for name, one in options.items() if is_data(one) and name not in OF_THE_RUN}
    keys: dict[str, str] = {}
    for key, value in table.items():
        if key == "name":
            continue
        parameter, here = parameter_of(key), f"{where}: {clean(key, 60)}"
        if parameter not in options:
            known = known_keys(key, own)
            raise UsageError(f"{here}: unknown key '{clean(key, 60)}'; {known}")
        option = options[parameter]
        if parameter in OF_THE_RUN:
            flag = max(option.opts, key=len)
            raise UsageError(f"{here}: this holds for all cases; type it beside --cases: {flag}")
        if parameter not in own:
            raise UsageError(
                f"{here}: a case may not set this, which can run code, or read or write files; "
                "leave it out"
            )
        if parameter in keys:
            raise UsageError(f"{here}: '{clean(keys[parameter], 60)}' is the same; leave one out")
        keys[parameter] = key
        typed = as_typed(here, file.parent, option, value)
        yield parameter, option.type_cast_value(context, typed)
