"""Names of arrays in files that hold several: ``FILE.npz:NAME``."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass

from convcheck.spelling import did_you_mean
from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.text import clean

SEVERAL = (".npz", ".safetensors", ".pt", ".pth")
"""Suffixes of files that hold arrays by name."""
SUFFIXES = (".npy", *SEVERAL)
"""Suffixes of files that hold arrays."""
_NAMED = re.compile(
    rf"(?P<path>.+(?:{'|'.join(map(re.escape, SEVERAL))})):(?P<name>.+)", re.S | re.I
)


@dataclass(frozen=True)
class Source:
    """An array's file as typed, and the array's name in it."""

    path: str
    name: str | None
    """None where none was typed: the only array."""

    @property
    def suffix(self) -> str:
        """Of the file, in small letters, such as ``.npz``; "" for a file of no known kind."""
        end = os.path.splitext(self.path.lower())[1]
        return end if end in SUFFIXES else ""


def parse(text: str) -> Source:
    """The parts of a source such as ``weights.npz:conv1``."""
    found = _NAMED.fullmatch(text)
    return Source(found["path"], found["name"]) if found else Source(text, None)


def is_array_file(text: str) -> bool:
    """Whether this names a file of a kind that can be read."""
    return bool(parse(text).suffix)


def pick(names: Collection[str], name: str | None) -> str:
    """The array to read: the one of this name, or the only one. Raises Unreadable for neither."""
    if name in names:
        return str(name)
    if name is None and len(names) == 1:
        return next(iter(names))
    known = ", ".join(sorted(names)[:12]) + (", …" if len(names) > 12 else "")
    if name is None:
        raise Unreadable(
            f"it holds {len(names)} arrays; give one as FILE:NAME, of {clean(known) or 'none'}"
        )
    hint = clean(did_you_mean(name, names)) or f"it holds {clean(known) or 'none'}"
    raise Unreadable(f"it holds no array '{clean(name, 80)}'; {hint}")
