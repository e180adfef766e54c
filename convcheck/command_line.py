"""Runs a click command and ends the process: a mistake, an interruption, an error of our own.

Each of them is one line on stderr and an exit code that no result has, so that nobody takes them
for an answer.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from convcheck.errors import EXIT_MISTAKE, EXIT_OWN_ERROR, Mistake

INTERRUPTED = 130  # what shells give for SIGINT
UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What a report's destination may answer."""


def run_command(command: click.Command, name: str, arguments: Sequence[str] | None = None) -> None:
    """Run a command line and end the process with the exit code that the command returns.

    2 for a mistake, click's or ours; 130 where it was interrupted; 4 for any other exception,
    which is an error of convcheck's own, with the traceback where ``-v`` asks for it.
    """
    for stop in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(stop) is not signal.SIG_IGN:  # as nohup and & ask for
            signal.signal(stop, _interrupt)
    shared: dict[str, bool] = {}
    try:
        code: Any = command.main(arguments, prog_name=name, standalone_mode=False, obj=shared)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = EXIT_MISTAKE
    except click.ClickException as error:
        code = _end(EXIT_MISTAKE, error.format_message())
    except Mistake as error:
        code = _end(EXIT_MISTAKE, str(error))
    except (_Interrupted, KeyboardInterrupt, click.Abort):
        code = _end(INTERRUPTED, "interrupted")
    except BrokenPipeError:
        # Whoever read our help has gone (| head): nobody is left to read a message.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except Exception as error:
        code = _other(error, shared)
    sys.exit(code or 0)


def remember_verbose(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    """The callback of ``-v``: whoever handles an exception has no context any more."""
    context.ensure_object(dict)["verbose"] = value
    return value


def _other(error: Exception, shared: dict[str, bool]) -> int:
    # Compiled code may turn the interruption inside it into an error of its own.
    if _Interrupted.happened:
        return _end(INTERRUPTED, "interrupted")
    if isinstance(error, OSError) and error.errno in UNWRITABLE:
        return _end(EXIT_MISTAKE, f"cannot write the output: {error.strerror}; make room for it")
    if shared.get("verbose"):
        traceback.print_exception(error)
    # Without the option, or before it was read, nothing is offered.
    more = "; -v shows the traceback" if shared.get("verbose") is False else ""
    return _end(
        EXIT_OWN_ERROR,
        f"this is an error of convcheck's own and says nothing about the convolution: "
        f"{type(error).__name__}: {error}; please open an issue of the convcheck project that "
        f"has this line and the command{more}",
    )


def _end(code: int, message: str) -> int:
    click.echo("convcheck: " + " ".join(message.split()), err=True)
    return code


class _Interrupted(BaseException):
    """As an exception, so that runtimes are ended on the way out; click adds lines to its own."""

    happened = False


def _interrupt(*_: object) -> None:
    _Interrupted.happened = True
    raise _Interrupted
