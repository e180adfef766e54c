"""Reads an array from a file of any kind that is known: its header first, then its numbers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

from convcheck.case.arrays import names, npz_file, safetensors_file, torch_file
from convcheck.untrusted import npy

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Reader(Protocol):
    """Reads files that hold arrays by name. Both raise Unreadable."""

    def read_header(self, path: str, name: str | None, /) -> npy.Header:
        """Shape and dtype of an array; of the only one where no name is given."""

    def read(self, path: str, name: str | None, /) -> NDArray[Any]:
        """The array."""


_READERS: dict[str, Reader] = {
    ".npz": npz_file,
    ".safetensors": safetensors_file,
    ".pt": torch_file,
    ".pth": torch_file,
}
"""Suffix -> its reader; every other file is read as .npy."""


def read_header(text: str) -> npy.Header:
    """Shape and dtype of the array in ``FILE.npy`` or ``FILE.npz:NAME``. Raises Unreadable.

    A file of another suffix is read as .npy.
    """
    path, name, reader = _source(text)
    return npy.read_header(path) if reader is None else reader.read_header(path, name)


def read(text: str) -> NDArray[Any]:
    """The array in such a file; bfloat16 of .npy and .npz comes as ``V2``. Raises Unreadable."""
    path, name, reader = _source(text)
    return npy.read_npy(path) if reader is None else reader.read(path, name)


def _source(text: str) -> tuple[str, str | None, Reader | None]:
    source = names.parse(text)
    return os.path.expanduser(source.path), source.name, _READERS.get(source.suffix)
