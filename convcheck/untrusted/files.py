"""Opens files that come from elsewhere: regular ones alone, their size known before a byte is read.

A FIFO waits for a writer for ever, and a link to /dev/zero has no end.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from convcheck.errors import UsageError
from convcheck.untrusted.text import clean

_KINDS = {
    stat.S_IFDIR: "it is a directory",
    stat.S_IFIFO: "it is a FIFO",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
}


class Unreadable(UsageError):
    """A file cannot be read, or does not hold what it should: its message is the reason alone."""


@contextlib.contextmanager
def open_regular(path: str | os.PathLike[str]) -> Iterator[tuple[BinaryIO, int]]:
    """The open file and its size in bytes; a link is followed.

    Raises Unreadable for what is missing, may not be read, or is no regular file.
    """
    try:
        # Without O_NONBLOCK this call waits where the path is a FIFO.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise Unreadable(reason(error)) from error
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        os.close(number)
        raise Unreadable(f"{kind_of_file(status.st_mode)}; give a file")
    with open(number, "rb") as file:
        yield file, status.st_size


def read_regular(path: str | os.PathLike[str], most: int) -> bytes:
    """All bytes of a regular file of at most ``most`` bytes. Raises Unreadable."""
    with open_regular(path) as (file, size):
        if size > most:
            raise Unreadable(f"it has {size:,} bytes; {most:,} are the most")
        try:
            return file.read(most + 1)[:most]  # a file of /proc has no size
        except OSError as error:
            raise Unreadable(reason(error)) from error


def kind_of_file(mode: int) -> str:
    """What a path is that is no regular file, in words, from its mode."""
    return _KINDS.get(stat.S_IFMT(mode), "it is no regular file")


def reason(error: BaseException) -> str:
    """Why a file cannot be read, in words and one line."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory"
    if isinstance(error, OSError):
        if error.errno == errno.ENXIO:  # what opening a socket gives
            return "it is no regular file; give a file"
        if error.strerror:
            return clean(error.strerror)
    return clean(error) or type(error).__name__
