"""Reads one tensor of a file that ``torch.save`` wrote, in a process of torch's own.

Weights alone (``weights_only=True``): a pickle in it that would run anything is refused.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.arrays.names import pick
from convcheck.case.dtypes import DTYPES, dtype_named
from convcheck.untrusted.documents import parse_json
from convcheck.untrusted.files import Unreadable, open_regular
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.npy import Header
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCRIPT = Path(__file__).with_name("load_tensor.py")
SECONDS = 300
"""What importing torch and reading a file may take."""


def read_header(path: str | os.PathLike[str], name: str | None) -> Header:
    """Shape and dtype of a tensor; of the only one where no name is given. Raises Unreadable."""
    array = read(path, name)
    return Header(array.shape, array.dtype, False, 0)


def read(path: str | os.PathLike[str], name: str | None) -> NDArray[Any]:
    """A tensor by its name in the file's dicts, such as ``layer.weight``. Raises Unreadable."""
    with open_regular(path) as (_, size):
        check_memory(3 * size, "a torch file, read here and in torch's own process,")
    changed = os.stat(path).st_mtime_ns
    return _read(os.path.abspath(path), name, changed)


@functools.lru_cache(maxsize=4)
def _read(path: str, name: str | None, changed: int) -> NDArray[Any]:
    """``changed`` keeps what was read of a file from serving for a later one."""
    try:
        done = subprocess.run(
            [sys.executable, str(_SCRIPT), path, name or ""],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"torch did not read it within {SECONDS} s") from None
    line, _, data = done.stdout.partition(b"\n")
    head = parse_json(line, "torch's answer") if line else None
    if not isinstance(head, dict):
        raise Unreadable(f"torch ended with exit code {done.returncode}: {_last_line(done.stderr)}")
    if "names" in head:
        pick(head["names"], name)  # raises: it is none of them
    if "error" in head:
        raise Unreadable(_first_sentence(str(head["error"])))
    if head["dtype"] not in DTYPES:
        raise Unreadable(f"it holds {clean(head['dtype'])}, not numbers that convcheck knows")
    dtype, shape = dtype_named(head["dtype"]), tuple(head["shape"])
    if len(data) != prod(shape) * dtype.itemsize:
        raise Unreadable("torch gave fewer numbers than the tensor has")
    array: NDArray[Any] = np.frombuffer(data, np.uint8).view(dtype).reshape(shape)
    return array  # of bytes, and so read-only: the cache gives it to everyone


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return clean(lines[-1]) if lines else "it said nothing"


def _first_sentence(text: str) -> str:
    """What torch says first; its whole refusal of a pickle is a page."""
    return clean(text.partition(". ")[0], 200)
