"""Options from ``[tool.convcheck]`` of the pyproject.toml in or above the current folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from convcheck.errors import Mistake


def from_pyproject(
    names: Iterable[str],
    parameters: Callable[[str], Collection[str]],
    folder: Path | None = None,
) -> dict[str, dict[str, Any]]:
    """click's default map: command -> parameter -> value, from the project file.

    The keys of ``[tool.convcheck]`` go to every command that knows them, those of
    ``[tool.convcheck.COMMAND]`` to one. ``names`` are all commands; ``parameters`` gives those of
    a command by its name, and is only called where there is such a table.

    Raises Mistake for a file that is no TOML, and for a key that no command knows.
    """
    folder = (folder or Path.cwd()).resolve()
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            table = _table(file)
            return _by_command(file, table, {n: parameters(n) for n in names}) if table else {}
    return {}


def _table(file: Path) -> dict[str, Any]:
    """``[tool.convcheck]`` of a project file, empty where it has none."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if "[tool.convcheck" not in text:
        return {}  # most projects: no need to load a TOML parser
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table: dict[str, Any] = tomllib.loads(text).get("tool", {}).get("convcheck", {})
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{file} is not valid TOML: {error}") from error
    return table


def _by_command(
    file: Path, table: Mapping[str, Any], commands: Mapping[str, Collection[str]]
) -> dict[str, dict[str, Any]]:
    shared = {_key(k): v for k, v in table.items() if k not in commands}
    own = {name: {_key(k): v for k, v in table.get(name, {}).items()} for name in commands}
    known = set().union(*commands.values())
    unknown = [*(set(shared) - known), *(k for n in own for k in set(own[n]) - set(commands[n]))]
    if unknown:
        raise Mistake(
            f"{file}: [tool.convcheck] has an unknown key '{min(unknown)}'; "
            f"known are {', '.join(sorted(known))}"
        )
    return {
        name: {**{k: v for k, v in shared.items() if k in commands[name]}, **own[name]}
        for name in commands
    }


def _key(key: str) -> str:
    key = key.replace("-", "_")
    # The parameters of --implementation and --import are named in the plural.
    return {"implementation": "implementations", "import": "imports"}.get(key, key)
