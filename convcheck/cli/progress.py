"""A progress line on stderr, only on a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence

from convcheck.implementations.name import Name


@contextlib.contextmanager
def progress(names: Sequence[Name], *, quiet: bool) -> Iterator[None]:
    """Show what is being waited for while the body runs."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    what = ", ".join(name.text for name in names)
    with Console(stderr=True).status(f"starting {what} … the first run takes some seconds"):
        yield
