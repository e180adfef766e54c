"""Runs a click command: a mistake and an error of our own end it as results never do.

Each of them is one line on stderr and an exit code that no result has, so that nobody takes them
for an answer.
"""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Sequence
from typing import Any

import click

from convcheck.entry import Interrupted, say
from convcheck.errors import EXIT_MISTAKE, EXIT_OWN_ERROR, UsageError
from convcheck.untrusted.text import clean

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""What a report's destination may answer."""
LONGEST_LINE = 1000
"""Characters of a message; foreign words in it are cut shorter."""


def run_command(command: click.Command, name: str, arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    2 for a mistake, click's or ours; 4 for any other exception, which is an error of convcheck's
    own, with the traceback where ``-v`` asks for it. ``Interrupted`` passes through.
    """
    shared: dict[str, bool] = {}
    try:
        code: Any = command.main(arguments, prog_name=name, standalone_mode=False, obj=shared)
    except (KeyboardInterrupt, click.Abort) as error:
        raise Interrupted from error
    except Exception as error:
        # Compiled code may turn the interruption inside it into an error, which looks like any.
        if Interrupted.by is not None:
            raise Interrupted from error
        return _tell(error, shared)
    return code or 0


def remember_verbose(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    """The callback of ``-v``: whoever handles an exception has no context any more."""
    context.ensure_object(dict)["verbose"] = value
    return value


def _tell(error: Exception, shared: dict[str, bool]) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        say(error.format_message())
        return EXIT_MISTAKE
    if isinstance(error, click.ClickException):
        return _end(EXIT_MISTAKE, error.format_message())
    if isinstance(error, UsageError):
        return _end(EXIT_MISTAKE, str(error))
    if isinstance(error, OSError) and error.errno in UNWRITABLE:
        why = "it is closed" if error.errno == errno.EBADF else error.strerror
        return _end(EXIT_MISTAKE, f"cannot write the output: {why}; redirect it to a file")
    if shared.get("verbose"):
        for line in "".join(traceback.format_exception(error)).splitlines():
            say("".join(c if c.isprintable() else " " for c in line))
    # Without the option, or before it was read, nothing is offered.
    more = "; -v shows the traceback" if shared.get("verbose") is False else ""
    return _end(
        EXIT_OWN_ERROR,
        f"this is an error of convcheck's own and says nothing about the convolution: "
        f"{type(error).__name__}: {clean(error)}; please open an issue of the convcheck "
        f"project that has this line and the command{more}",
    )


def _end(code: int, message: str) -> int:
    """Say the message in one line that a terminal can show."""
    words = re.sub(r"\S{300,}", lambda found: clean(found[0]), message)
    say(f"convcheck: {clean(words, LONGEST_LINE)}")
    return code
