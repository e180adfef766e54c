"""What each implementation of a check is called: the shortest text that tells it from others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from convcheck.results import Judgement, Output

_FILE = re.compile(r"file:(?P<path>.*?)(?P<rest>(?:\?\w+=[^?]*)?(?: \(recorded\))?)", re.DOTALL)


def labels(judgements: Iterable[Judgement]) -> dict[str, str]:
    """Implementation as typed -> its label.

    The real call, or the name as typed where that says more. Of files the last part of the path,
    with as many folders and options as tell them apart.
    """
    outputs = [judgement.output for judgement in judgements]
    found = {output.name: _own(output) for output in outputs}
    files = {output.name: _FILE.fullmatch(output.name) for output in outputs}
    paths = {name: parts for name, parts in files.items() if parts}
    for name, parts in paths.items():
        others = [other["path"] for key, other in paths.items() if key != name]
        same = parts["path"] in others
        found[name] = _ending(parts["path"], others) + (parts["rest"] if same else _tail(parts))
    texts = list(found.values())
    return {name: text if texts.count(text) == 1 else name for name, text in found.items()}


def _own(output: Output) -> str:
    return output.call if output.name.isalnum() else output.name


def _tail(parts: re.Match[str]) -> str:
    return " (recorded)" if parts["rest"].endswith(" (recorded)") else ""


def _ending(path: str, others: Iterable[str]) -> str:
    """The shortest end of a path, in whole folders, that is no other's."""
    parts = PurePath(path).parts or (path,)
    ends = [PurePath(other).parts for other in others if other != path]
    for count in range(1, len(parts) + 1):
        end = parts[-count:]
        if not any(other[-count:] == end for other in ends):
            return str(PurePath(*end))
    return path
