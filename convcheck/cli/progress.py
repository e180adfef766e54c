"""Progress on stderr, only on a terminal; rich is loaded only then."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence

from convcheck.implementations.name import Name
from convcheck.untrusted.text import clean


@contextlib.contextmanager
def waiting_for(names: Sequence[Name], *, quiet: bool) -> Iterator[None]:
    """Show which implementations are being waited for while the body runs."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.markup import escape

    what = escape(clean(", ".join(name.text for name in names)))
    with Console(stderr=True).status(f"starting {what} … the first run takes some seconds"):
        yield


@contextlib.contextmanager
def steps(*, quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A bar while the body runs; call it with (steps done, of how many, what comes next)."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total or None, description=escape(clean(what)))

        yield step
