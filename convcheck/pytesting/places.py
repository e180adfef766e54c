"""Where a test's recorded case is: one file for each call, named by the test."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

FOLDER = "__convcheck__"
"""Beside the test's file."""
_LONGEST = 150
_PLAIN = re.compile(r"[A-Za-z0-9_.+=,-]+")


def bundle_path(test_file: Path, test: str, call: str) -> Path:
    """The bundle of one call of a test.

    ``test`` is its name as pytest has it, ``Class.function[parameters]``; ``call`` tells several
    calls of a test apart, "" is the first.
    """
    return test_file.parent / FOLDER / test_file.stem / f"{file_name(test, call)}.npz"


def file_name(test: str, call: str) -> str:
    """A file's name for a call of a test: its own, readable, and one that any system takes.

    Parameters may hold any text: what is not plain, or too long, is cut and has a checksum.
    """
    function, bracket, parameters = test.partition("[")
    parameters = parameters.removesuffix("]") if bracket else ""
    name = ".".join([function, *([parameters] if bracket else [])])
    whole = "--".join([name, *([call] if call else [])])
    if _PLAIN.fullmatch(whole) and len(whole) <= _LONGEST and "--" not in name + call:
        return whole
    cut = re.sub(rf"(?!{_PLAIN.pattern[:-1]}).", "_", whole, flags=re.DOTALL)[: _LONGEST - 20]
    digest = hashlib.sha256(repr((test, call)).encode()).hexdigest()
    return f"{cut}.{digest[:12]}"
