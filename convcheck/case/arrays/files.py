"""Reads an array from a file of any kind that is known: its header first, then its numbers."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convcheck.case.arrays import names, safetensors_file, torch_file
from convcheck.case.arrays.names import Source, pick
from convcheck.untrusted import npy, npz
from convcheck.untrusted.files import open_regular

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ARRAYS = 10_000
"""Arrays that a .npz file may hold."""


def read_header(text: str) -> npy.Header:
    """Shape and dtype of the array in ``FILE.npy`` or ``FILE.npz:NAME``. Raises Unreadable.

    A file of another suffix is read as .npy.
    """
    source = _source(text)
    if source.suffix in (".npy", ""):
        return npy.read_header(source.path)
    if source.suffix == ".npz":
        with _npz(source) as (arrays, name):
            return arrays.header(name)
    if source.suffix == ".safetensors":
        return safetensors_file.read_header(source.path, source.name)
    return torch_file.read_header(source.path, source.name)


def read(text: str) -> NDArray[Any]:
    """The array in such a file; bfloat16 of .npy and .npz comes as ``V2``. Raises Unreadable."""
    source = _source(text)
    if source.suffix in (".npy", ""):
        return npy.read_npy(source.path)
    if source.suffix == ".npz":
        with _npz(source) as (arrays, name):
            return arrays.read(name)
    if source.suffix == ".safetensors":
        return safetensors_file.read(source.path, source.name)
    return torch_file.read(source.path, source.name)


def _source(text: str) -> Source:
    source = names.parse(text)
    return Source(os.path.expanduser(source.path), source.name)


@contextlib.contextmanager
def _npz(source: Source) -> Iterator[tuple[npz.Arrays, str]]:
    with (
        open_regular(source.path) as (file, size),
        npz.open_npz(file, size, most=MOST_ARRAYS, stored=False) as arrays,
    ):
        yield arrays, pick(arrays.names(), source.name)
