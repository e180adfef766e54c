"""Progress on stderr, only on a terminal; rich is loaded only then."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcheck.runtimes.doing import RUNNING, STARTING
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.sweep.sweep import Progress


@dataclass
class Doing:
    """What goes on in a check, in a line; ``show`` gets it whenever it changes."""

    show: Callable[[str], None]
    _case: str = ""
    _step: str = ""
    _implementations: dict[str, str] = field(default_factory=dict)

    def case(self, number: int, of: int, name: str) -> None:
        """Note which of several cases comes next."""
        self._case = f"case {number} of {of}, {name}: "
        self._step = ""

    def step(self, what: str) -> None:
        """Note what our own process does next."""
        self._step = what
        self._changed()

    def tell(self, name: str, what: str) -> None:
        """Note that an implementation is ``starting`` or ``running``; "" when it is done."""
        self._implementations[name] = what
        self._changed()

    def _changed(self) -> None:
        states = list(self._implementations.items())  # runtimes tell it from threads of their own
        parts = []
        for what in (RUNNING, STARTING):
            names = ", ".join(name for name, state in states if state == what)
            parts += [f"{what} {names}"] if names else []
        # What this process does meanwhile takes none of the time.
        self.show(self._case + ("; ".join(parts) or self._step))


@contextlib.contextmanager
def doing(*, quiet: bool) -> Iterator[Doing]:
    """Show what goes on while the body runs, and for how long."""
    if quiet or not sys.stderr.isatty():
        yield Doing(lambda text: None)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")

        def show(text: str) -> None:
            bar.update(task, description=escape(clean(text)), refresh=True)

        yield Doing(show)


@contextlib.contextmanager
def sweeping(*, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar of a sweep while the body runs: cases done, their rate, time left, by verdict."""
    if quiet or not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich import progress as rich_progress
    from rich.console import Console
    from rich.markup import escape

    columns = (
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TextColumn("{task.fields[rate]}"),
        rich_progress.TimeRemainingColumn(),
        rich_progress.TextColumn("{task.description}"),
    )
    with rich_progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def tell(now: Progress) -> None:
            counts = "  ".join(f"{count} {verdict}" for verdict, count in now.counts.items())
            bar.update(
                task,
                completed=now.done,
                total=now.total or None,
                description=escape(clean(now.what or counts)),
                rate=_rate(bar.tasks[0].speed),
            )

        yield tell


def _rate(speed: float | None) -> str:
    return f"{speed:.3g}/s" if speed else ""


@contextlib.contextmanager
def steps(*, quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A bar while the body runs; call it with (steps done, of how many, what comes next)."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    words = TextColumn("{task.description}")
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), words)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total or None, description=escape(clean(what)))

        yield step
