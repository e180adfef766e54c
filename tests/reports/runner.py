"""What GitHub's runner makes of a log: actions/runner, src/Runner.Common/ActionCommand.cs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

REGISTERED = """
add-mask add-matcher add-path debug echo endgroup error group internal-set-repo-path notice
remove-matcher save-state set-env set-output stop-commands warning
""".split()


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str
    old: bool = False
    """Written as ##[name]."""


def commands(log: str) -> Iterator[Command]:
    """The commands that the runner obeys, of the lines that .NET reads."""
    for line in re.split("\r\n|\r|\n", log):
        yield from _new(line.lstrip()) or _old(line)


def _new(line: str) -> list[Command]:
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return []
    name, _, rest = line[2:end].partition(" ")
    if name.lower() not in REGISTERED:
        return []
    pairs = (one.split("=", 1) for one in rest.split(",") if "=" in one)
    properties = {key.strip(): _unescaped(value, property_too=True) for key, value in pairs}
    return [Command(name, properties, _unescaped(line[end + 2 :]))]


def _old(line: str) -> list[Command]:
    found = re.search(r"##(?:vso|teamcity)?\[([^\]]*)(?:\]|$)", line)
    return [Command(found[1], {}, line, old=True)] if found else []


def _unescaped(text: str, *, property_too: bool = False) -> str:
    marks = [("%0D", "\r"), ("%0A", "\n")]
    marks += [("%3A", ":"), ("%2C", ",")] if property_too else []
    for mark, character in [*marks, ("%25", "%")]:
        text = text.replace(mark, character)
    return text
