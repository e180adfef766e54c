"""The files that a command writes: checked before any work, written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from convcheck.cli.options import Reporting
from convcheck.errors import Mistake

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.results import Check

PLOTS = (".png", ".svg", ".pdf")
BUNDLES = (".npz",)


def check(reporting: Reporting, save: str | None = None) -> None:
    """Raises Mistake unless everything asked for can be written. To be called before any work."""
    if reporting.output is not None:
        _check_file("-o", reporting.output)
    if reporting.plot is not None:
        _check_suffix("--plot", reporting.plot, PLOTS)
        _check_file("--plot", reporting.plot)
    if save is not None:
        _check_suffix("--save", save, BUNDLES)
        _check_file("--save", save)


def _check_suffix(option: str, path: str, suffixes: tuple[str, ...]) -> None:
    if Path(path).suffix.lower() not in suffixes:
        raise Mistake(f"{option} {path}: expected a file that ends in {', '.join(suffixes)}")


def _check_file(option: str, path: str) -> None:
    target = Path(path)
    if target.is_dir():
        raise Mistake(f"{option} {path} is a directory; give a file in it")
    folder = target.parent
    if not folder.is_dir():
        raise Mistake(f"{option} {path}: there is no folder {folder}; make it first")
    if not os.access(target if target.exists() else folder, os.W_OK):
        raise Mistake(f"{option} {path} cannot be written; choose a place that you may write to")


def write_report(path: str | None, text: str) -> None:
    """Write a report to the file, else to stdout."""
    if path is None:
        try:
            click.echo(text, nl=bool(text))
        except BrokenPipeError:
            # Whoever read our output has gone (| head); the exit code still counts.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    else:
        write_whole(path, text.encode() + b"\n")


def write_plot(path: str, case: Case, result: Check) -> None:
    """Draw the picture, in the format of the file's suffix, and write it."""
    from convcheck.reports.plot.draw import draw  # here: it loads Matplotlib

    write_whole(path, draw(case, result, Path(path).suffix.lower()[1:]))


def write_whole(path: str, data: bytes) -> None:
    """Write all of it or nothing: an interrupted write leaves the old file. Raises Mistake."""
    target = Path(path)
    temporary: str | None = None
    try:
        if target.exists() and not target.is_file():  # /dev/stdout, a pipe
            target.write_bytes(data)
            return
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            temporary = file.name
            file.write(data)
        os.chmod(temporary, target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException as error:  # an interruption leaves no file either
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise Mistake(f"cannot write {path}: {error.strerror or error}") from error
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def shows_colors(path: str | None) -> bool:
    """Whether the report goes to a terminal that shows colours."""
    return path is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
