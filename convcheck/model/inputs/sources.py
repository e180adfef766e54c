"""What ``--input`` asks for: one source for all inputs of a model, or one for each by its name.

Loads no NumPy: the command line may import it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from convcheck.errors import UsageError
from convcheck.untrusted.text import clean


@dataclass(frozen=True)
class Sources:
    """Where a model's inputs come from: ``random``, an image's name or an array's."""

    of_all: str | None
    """For each input that has none of its own."""
    named: dict[str, str]
    """Name of an input -> its source."""
    option: str = "--input"

    @property
    def files(self) -> tuple[str, ...]:
        """All sources, files or not."""
        return (*(() if self.of_all is None else (self.of_all,)), *self.named.values())

    @property
    def words(self) -> str:
        """As typed."""
        named = [f"{name}={source}" for name, source in self.named.items()]
        return ", ".join([*([] if self.of_all is None else [self.of_all]), *named])


def sources_of(asked: str | Sequence[str], option: str = "--input") -> Sources:
    """What was typed, once or several times; nothing typed is ``random``.

    Raises UsageError for two sources of one input.
    """
    of_all: str | None = None
    named: dict[str, str] = {}
    for text in [asked] if isinstance(asked, str) else asked:
        name, source = split_name(text)
        if name is None and of_all is not None:
            raise UsageError(
                f"{option} {clean(of_all)} and {option} {clean(source)} are for the same inputs; "
                f"say which is for which: {option} NAME={clean(source)}"
            )
        if name in named:
            raise UsageError(f"{option} {clean(name or '')} is given twice; give it once")
        if name is None:
            of_all = source
        else:
            named[name] = source
    return Sources("random" if of_all is None and not named else of_all, named, option)


def split_name(text: str) -> tuple[str | None, str]:
    """(the input's name, its source) of ``NAME=SOURCE``; no name where none is given.

    A file whose own name has a ``=`` is a source.
    """
    name, mark, source = text.partition("=")
    is_named = mark and name and source and "/" not in name and not os.path.exists(text)
    return (name, source) if is_named else (None, text)
