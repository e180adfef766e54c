"""Reads a TOML file that may come from elsewhere: a regular file, of a size that is known first."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from convcheck.errors import UsageError
from convcheck.untrusted.files import Unreadable, read_regular
from convcheck.untrusted.text import clean

LARGEST = 256 * 1024
"""Bytes of such a file; the largest pyproject.toml known are a tenth of it."""


_LONG_KEY = re.compile(rb"""(?:\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*){64}""")
"""A dotted key that opens 64 tables: the parser's memory grows with the square of their number."""


def read(file: Path, what: str) -> bytes:
    """The bytes of a file that holds ``what``, in words. Raises UsageError for no such file."""
    try:
        return read_regular(file, LARGEST)
    except Unreadable as error:
        raise UsageError(f"cannot read the {what} in {clean(file)}: {error}") from error


def parse(file: Path, data: bytes) -> dict[str, Any]:
    """The document in the bytes of this file. Raises UsageError for what is no TOML."""
    if _LONG_KEY.search(data):
        raise UsageError(f"{clean(file)} has a key of more than 64 parts; shorten it")
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise UsageError(f"{clean(file)} is not UTF-8, as TOML must be; save it again") from error
    except RecursionError as error:
        raise UsageError(f"{clean(file)} is not valid TOML: nested too deep") from error
    except ValueError as error:  # a number that is too long to read too
        raise UsageError(f"{clean(file)} is not valid TOML: {clean(error)}") from error
    return document
