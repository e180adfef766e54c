"""A command's process: signals, standard streams, and how it ends.

Standard library alone, and little of it: a signal that comes while the rest is still being
imported ends the command as any other does.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn, TextIO

_CLEARING_UP = 5.0
"""Seconds after a signal in which no other disturbs what it set off. Later it seems to be lost."""
_STDERR = 2
_MISTAKE = 2
"""``errors.EXIT_MISTAKE``; that module is not imported yet."""
_STOPPED_BY = 128
"""What shells add to a signal's number: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP."""


class Interrupted(BaseException):
    """A signal asks the command to end; as an exception, so that runtimes are ended on the way."""

    by: int | None = None
    """The first signal that came."""
    at = 0.0
    """When one was heard last, by ``time.monotonic``."""


def enter(command: Callable[[], int]) -> NoReturn:
    """Run a command and end the process with the code that it returns.

    A signal that asks it to end gives 128 and its number, whatever became of the exception.
    """
    if sys.platform == "win32":
        say("convcheck: Windows is not supported; run it in the Windows Subsystem for Linux (WSL)")
        sys.exit(_MISTAKE)
    _hear_signals()
    _guard_streams()
    try:
        code = command()
    except Interrupted:
        Interrupted.by = Interrupted.by or signal.SIGINT
        code = None
    except BaseException:
        if Interrupted.by is None:
            raise
        code = None  # compiled code, or an import, made the interruption an error of its own
    _deafen()
    if Interrupted.by is not None:
        say("convcheck: interrupted")
        code = _STOPPED_BY + Interrupted.by
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    sys.exit(code or 0)


def end_with(command: Callable[[], int]) -> NoReturn:
    """``enter``, then end at once: without the interpreter's own end, which hears no signal.

    In it Python has taken its handlers away, and a signal would kill the process whose report is
    written already.
    """
    try:
        enter(command)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        with contextlib.suppress(Exception):
            atexit._run_exitfuncs()  # such as Matplotlib's, which remove temporary folders
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)


def say(text: str) -> None:
    """Write lines to stderr, where there is a place for them."""
    with contextlib.suppress(OSError, ValueError):  # of a stream of the caller's own
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _signals() -> list[signal.Signals]:
    known = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    return [one for one in known if signal.getsignal(one) is not signal.SIG_IGN]  # nohup and &


def _hear_signals() -> None:
    sys.unraisablehook = _without_interruptions(sys.unraisablehook)
    for one in _signals():
        signal.signal(one, _interrupt)


def _without_interruptions(
    hook: Callable[[sys.UnraisableHookArgs], Any],
) -> Callable[[sys.UnraisableHookArgs], None]:
    """The hook, but nothing is printed of an interruption that a callback swallowed.

    It is heard again where nothing else ends the command; see ``_CLEARING_UP``.
    """

    def print_unless_interrupted(raised: sys.UnraisableHookArgs) -> None:
        if not isinstance(raised.exc_value, Interrupted):
            hook(raised)

    return print_unless_interrupted


def _deafen() -> None:
    """From here on the result stands: what comes later changes it no more."""
    for one in _signals():
        signal.signal(one, _ignore)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if Interrupted.by is None:
        Interrupted.by = number
    elif time.monotonic() - Interrupted.at < _CLEARING_UP:
        return
    Interrupted.at = time.monotonic()
    raise Interrupted


def _ignore(number: int, frame: FrameType | None) -> None:
    # Not SIG_IGN, which a process started meanwhile would inherit.
    pass


class _Output(io.FileIO):
    """Standard output, or stderr, on which nothing fails.

    A reader that went away is no accident, a full disk is told once.

    Without it the interpreter, which writes what is left when it ends, would choose the exit code.
    """

    failed = False

    def write(self, data: Any, /) -> int:
        size = memoryview(data).nbytes
        if self.failed:
            return size
        try:
            return super().write(data)
        except OSError as error:
            self.failed = True
            if isinstance(error, BrokenPipeError) or self.fileno() == _STDERR:
                return size
            raise


def _guard_streams() -> None:
    """Make stdout and stderr such streams, also where the caller closed them.

    What the caller replaced by a stream of his own stays.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Else the next file or pipe would take its place. Nothing can be written here.
            os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _guarded(sys.stdout, 1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _guarded(sys.stderr, _STDERR)


def _guarded(stream: TextIO | None, number: int) -> TextIO:
    encoding = "utf-8"
    if stream is not None:
        buffer = getattr(stream, "buffer", None)
        if not isinstance(getattr(buffer, "raw", buffer), io.FileIO):  # the buffer itself with -u
            return stream  # none that the interpreter opened
        encoding = stream.encoding
    raw = _Output(number, "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=number == _STDERR or os.isatty(number),
    )
