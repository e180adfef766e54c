"""Where a failing assertion leaves its case to be looked at: nowhere, unless a runner says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_folders: list[Callable[[], Path]] = []


@contextmanager
def into(make_folder: Callable[[], Path]) -> Iterator[None]:
    """While the body runs, each failing assertion leaves its files in a folder made for it."""
    _folders.append(make_folder)
    try:
        yield
    finally:
        _folders.pop()


def new_folder() -> Path | None:
    """A folder for what one assertion leaves; None where nothing is to be left."""
    return _folders[-1]() if _folders else None
