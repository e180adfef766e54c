"""Reads .npz files whose arrays are stored as they are, one array at a time."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.npy import Header, read_array, read_header_of
from convcheck.untrusted.text import clean
from convcheck.untrusted.zips import open_zip

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Arrays:
    """The arrays of an open .npz file, by name. Each method raises Unreadable."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> set[str]:
        """The arrays' names."""
        return {name.removesuffix(".npy") for name in self._archive.namelist()}

    def header(self, name: str) -> Header:
        """What an array's header says; its numbers are not read."""
        member = self._member(name)
        with self._archive.open(member) as stream:
            return read_header_of(cast(BinaryIO, stream), member.file_size)

    def read(self, name: str) -> NDArray[Any]:
        """An array; bfloat16 comes as ``V2``."""
        member = self._member(name)
        with self._archive.open(member) as stream:
            array = read_array(cast(BinaryIO, stream), member.file_size)
            stream.read(1)  # at the end zipfile compares the checksum
            return array

    def _member(self, name: str) -> zipfile.ZipInfo:
        try:
            return self._archive.getinfo(f"{name}.npy")
        except KeyError:
            raise Unreadable(f"it holds no array '{clean(name, 60)}'") from None


@contextlib.contextmanager
def open_npz(file: BinaryIO, size: int, *, most: int) -> Iterator[Arrays]:
    """The arrays in an open .npz file of ``size`` bytes, ``most`` at most, none compressed.

    So none is larger than the file, and the file's size says what they cost. Raises Unreadable.
    """
    with open_zip(file, size, members=most, stored=True) as archive:
        yield Arrays(archive)
