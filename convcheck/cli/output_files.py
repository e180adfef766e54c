"""The files that a command writes: checked before any work, written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from convcheck import __version__
from convcheck.case.request import NAMED_BIASES, NAMED_KERNELS, names_input
from convcheck.cli.reporting import Reporting
from convcheck.errors import UsageError
from convcheck.untrusted.text import clean
from convcheck.writing import write_whole

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.implementations.name import Name
    from convcheck.results import Check
    from convcheck.sweep.results import SweepCheck

_FILE_WIDTH, _PIPE_WIDTH, _LEAST_WIDTH = 100, 80, 40
"""Columns of a text report."""
PLOTS = (".png", ".svg", ".pdf")
BUNDLES = (".npz",)
_NO_FILES = {*NAMED_KERNELS, *NAMED_BIASES}


def check(
    reporting: Reporting, save: str | None = None, *, inputs: Sequence[tuple[str, str]] = ()
) -> None:
    """Raises UsageError unless everything asked for can be written. To be called before any work.

    ``inputs`` are the files that are read, with the words to call them by: none is written over,
    nor is one output written over another.
    """
    for target in reporting.targets:
        target.format.check_installed()
    asked: list[tuple[str, str, tuple[str, ...]]] = [("-o", path, ()) for path in reporting.files]
    asked += [("--plot", reporting.plot, PLOTS)] if reporting.plot is not None else []
    asked += [("--save", save, BUNDLES)] if save is not None else []
    taken = [
        (words, path) for words, path in inputs if path not in _NO_FILES and not names_input(path)
    ]
    for option, path, suffixes in asked:
        _check_suffix(option, path, suffixes)
        _check_file(option, path)
        for other, known in taken:
            if _same_file(path, known):
                raise UsageError(
                    f"{option} {clean(path)} would overwrite {other} {clean(known)}; give it a "
                    "name of its own"
                )
        taken.append((option, path))


def check_folder(option: str, folder: Path, others: Sequence[tuple[str, str]]) -> None:
    """Raises UsageError if one of the other files lies in a folder that this option writes."""
    for other, path in others:
        if path and os.path.realpath(os.path.dirname(path)) == os.path.realpath(folder):
            raise UsageError(
                f"{option} would overwrite files in {clean(folder)}, where {other} {clean(path)} "
                "is; move it elsewhere"
            )


def recorded_files(names: Sequence[Name]) -> list[tuple[str, str]]:
    """The files that these implementations read, as ``check`` takes them."""
    return [("-i file:", os.path.expanduser(n.target)) for n in names if n.base == "file:"]


def _same_file(a: str, b: str) -> bool:
    """Whether both are one file, now or when they are written. A pipe may be written to twice."""
    try:
        if os.path.exists(a) and os.path.exists(b):
            return os.path.isfile(a) and os.path.samefile(a, b)
        return os.path.realpath(a) == os.path.realpath(b)
    except (OSError, ValueError):  # a name that no file can have: reading it says so
        return False


def _check_suffix(option: str, path: str, suffixes: tuple[str, ...]) -> None:
    if suffixes and not path.lower().endswith(suffixes):
        raise UsageError(
            f"{option} {clean(path)}: expected a file that ends in {', '.join(suffixes)}"
        )


def _check_file(option: str, path: str) -> None:
    shown = f"{option} {clean(path)}"
    target = Path(path)
    try:
        if target.is_dir():
            raise UsageError(f"{shown} is a directory; give a file in it")
        folder = target.parent
        if not folder.is_dir():
            raise UsageError(f"{shown}: there is no folder {clean(folder)}; make it first")
        writable = os.access(target if target.exists() else folder, os.W_OK)
    except (OSError, ValueError) as error:  # too long, or with a NUL
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{shown} is no file's name: {clean(why)}") from error
    if not writable or not path:
        raise UsageError(f"{shown} cannot be written; choose a place that you may write to")


def write_report(path: str | None, text: str) -> None:
    """Write a report to the file, else to stdout. Raises UsageError where it cannot be written."""
    if path is not None:
        write_whole(path, text.encode() + b"\n")
        return
    try:
        click.echo(text, nl=bool(text), color=True)  # whether it has colours was decided before
    except OSError as error:
        why = "it is closed" if error.errno == errno.EBADF else clean(error.strerror or error)
        raise UsageError(
            f"cannot write the report to standard output: {why}; give -o FILE"
        ) from error


def write_bundle(path: str, case: Case, result: Check) -> None:
    """Record the case and what each implementation gave, for ``verify``. Raises UsageError."""
    from convcheck.case.bundle import pack  # here: it loads NumPy

    outputs = [judgement.output for judgement in result.judgements]
    write_whole(path, pack(case, outputs, __version__, result.case.quantization))


def write_plot(path: str, case: Case, result: Check) -> None:
    """Draw the picture, in the format of the file's suffix, and write it. Raises UsageError."""

    def drawn(format_: str) -> bytes:
        from convcheck.reports.plot.draw import draw  # here: it loads Matplotlib
        from convcheck.reports.shown import shown

        return draw(case, shown(result), format_)

    _write_picture(path, drawn)


def write_sweep_plot(path: str, result: SweepCheck) -> None:
    """Draw what cases of a sweep came to, as ``write_plot`` does. Raises UsageError."""

    def drawn(format_: str) -> bytes:
        from convcheck.reports.plot.heat.draw import draw  # here: it loads Matplotlib
        from convcheck.reports.shown import shown

        return draw(shown(result), format_)

    _write_picture(path, drawn)


def _write_picture(path: str, drawn: Callable[[str], bytes]) -> None:
    """Write what is drawn in the format of the file's suffix. Raises UsageError."""
    try:
        picture = drawn(Path(path).suffix.lower()[1:])
    except Exception as error:  # the report stands; nobody can know what a drawing stumbles over
        why = f"{type(error).__name__}: {clean(error)}"
        raise UsageError(
            f"--plot {clean(path)} could not be drawn, all else is done: {why}"
        ) from error
    write_whole(path, picture)


def shows_colors(path: str | None) -> bool:
    """Whether the report is shown in colours: on a terminal, unless NO_COLOR or FORCE_COLOR say.

    See https://no-color.org and https://force-color.org.
    """
    if path is not None or os.environ.get("NO_COLOR"):
        return False
    able = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return bool(os.environ.get("FORCE_COLOR")) or able


def width(path: str | None) -> int:
    """Columns of the report: the terminal's, or COLUMNS; 80 in a pipe and 100 in a file."""
    if path is not None:
        return _FILE_WIDTH
    columns = shutil.get_terminal_size((_PIPE_WIDTH, 0)).columns
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        columns = _PIPE_WIDTH
    return max(columns, _LEAST_WIDTH)
