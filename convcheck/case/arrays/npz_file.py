"""Reads one array of a .npz file, compressed ones too."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convcheck.case.arrays.names import pick
from convcheck.untrusted import npz
from convcheck.untrusted.files import open_regular
from convcheck.untrusted.npy import Header

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ARRAYS = 10_000
"""Arrays that a file may hold."""


def read_header(path: str | os.PathLike[str], name: str | None) -> Header:
    """Shape and dtype of an array; of the only one where no name is given. Raises Unreadable."""
    with _opened(path, name) as (arrays, chosen):
        return arrays.header(chosen)


def read(path: str | os.PathLike[str], name: str | None) -> NDArray[Any]:
    """An array; of the only one where no name is given. Raises Unreadable."""
    with _opened(path, name) as (arrays, chosen):
        return arrays.read(chosen)


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str], name: str | None) -> Iterator[tuple[npz.Arrays, str]]:
    with (
        open_regular(path) as (file, size),
        npz.open_npz(file, size, most=MOST_ARRAYS, stored=False) as arrays,
    ):
        yield arrays, pick(arrays.names(), name)
