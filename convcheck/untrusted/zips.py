"""Opens zip archives whose members are no more, and no larger, than their archive may promise."""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from convcheck.untrusted.files import Unreadable, reason
from convcheck.untrusted.text import clean

_END = struct.Struct("<4s4H2LH")  # end of central directory
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 1 << 16
_ENTRY_BYTES = 46 + 512  # what a member of a sensible name takes of the directory
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@contextlib.contextmanager
def open_zip(
    file: BinaryIO, size: int, *, members: int, stored: bool = False
) -> Iterator[zipfile.ZipFile]:
    """The archive in an open file of ``size`` bytes, of at most ``members`` members.

    Its members are stored, or deflated unless ``stored``; none is encrypted, and no name is there
    twice. Raises Unreadable for every other, also where one is read inside and found damaged.
    """
    try:
        _check_directory(file, size, members)
        with zipfile.ZipFile(file) as archive:
            _check_members(archive, size, stored=stored)
            yield archive
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(reason(error)) from error
    except (ValueError, LookupError, struct.error, OverflowError, zlib.error) as error:
        raise Unreadable(f"the archive is damaged: {reason(error)}") from error


def _check_directory(file: BinaryIO, size: int, members: int) -> None:
    """Raise Unreadable where the directory, which zipfile reads whole, is too large."""
    begin = max(size - _LONGEST_COMMENT - _END.size - _LOCATOR.size, 0)
    file.seek(begin)
    tail = file.read(size - begin)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < _END.size:
        raise Unreadable("the archive is cut short or damaged")
    *_, count, length, _, _ = _END.unpack_from(tail, place)
    if place >= _LOCATOR.size:
        mark, _, offset, _ = _LOCATOR.unpack_from(tail, place - _LOCATOR.size)
        if mark == b"PK\6\7" and offset + _END_64.size <= size:
            file.seek(offset)
            *_, count, length, _ = _END_64.unpack(file.read(_END_64.size))
    if count > members or length > members * _ENTRY_BYTES:
        raise Unreadable(f"the archive has {count:,} members; {members:,} are the most")


def _check_members(archive: zipfile.ZipFile, size: int, *, stored: bool) -> None:
    seen: set[str] = set()
    for member in archive.infolist():
        name = clean(member.filename, 60)
        if member.filename in seen:
            raise Unreadable(f"the archive holds {name} twice")
        seen.add(member.filename)
        if member.flag_bits & 1:
            raise Unreadable(f"{name} in the archive is encrypted")
        if member.compress_type not in ({zipfile.ZIP_STORED} if stored else _METHODS):
            expected = "stored" if stored else "stored or deflated"
            raise Unreadable(f"{name} in the archive is compressed; expected it {expected}")
        if member.compress_type == zipfile.ZIP_STORED and member.file_size != member.compress_size:
            raise Unreadable(f"{name} in the archive has two sizes")
    if sum(member.compress_size for member in archive.infolist()) > size:
        raise Unreadable("the archive's members are larger than the archive")
