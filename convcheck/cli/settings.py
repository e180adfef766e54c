"""Options from ``[tool.convcheck]`` of the pyproject.toml in or above the current folder."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from convcheck.errors import Mistake


def from_pyproject(
    commands: Mapping[str, Collection[str]], folder: Path | None = None
) -> dict[str, dict[str, Any]]:
    """click's default map, from the project file.

    The keys of ``[tool.convcheck]`` go to every command that knows them, those of
    ``[tool.convcheck.COMMAND]`` to one. ``commands``: name -> its parameters.

    Raises Mistake for a file that is no TOML, and for a key that nobody knows.
    """
    folder = (folder or Path.cwd()).resolve()
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            return _read(file, commands)
    return {}


def _read(file: Path, commands: Mapping[str, Collection[str]]) -> dict[str, dict[str, Any]]:
    text = file.read_text(encoding="utf-8", errors="replace")
    if "[tool.convcheck" not in text:
        return {}  # most projects: no need to load a TOML parser
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table = tomllib.loads(text).get("tool", {}).get("convcheck", {})
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{file} is not valid TOML: {error}") from error
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
