"""Where the arrays of a model are kept: in memory, and beyond a limit in a file."""

from __future__ import annotations

import os
import tempfile
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from convcheck.results import Array

IN_MEMORY = 1 << 30
"""Bytes of activations that are kept in memory; the rest is written to a file."""


class SpillStore:
    """Keeps arrays in memory up to so many bytes, then in one file that has no name."""

    def __init__(self, in_memory: int | None = None) -> None:
        self._most = IN_MEMORY if in_memory is None else in_memory
        self._bytes = 0
        self._file: Any = None

    def kept(self, array: Array) -> Array:
        """The array itself, or where memory is used up a read-only view of it in the file."""
        self._bytes += array.nbytes
        if self._bytes <= self._most or not array.size:
            return array
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(np.ascontiguousarray(array).view(np.uint8).data)
        self._file.flush()
        return np.memmap(self._file, array.dtype, "r", start, array.shape)

    def close(self) -> None:
        """Take no more arrays; those that were kept stay readable."""
        if self._file is not None:
            self._file.close()
