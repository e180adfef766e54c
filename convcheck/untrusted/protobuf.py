"""Looks at a Protocol Buffers message's outermost fields, without its schema or library.

The encoding: protobuf.dev, "Encoding". A message has no mark that says what it is, but each field
says how long it is, so that a file which was cut, or is something else, seldom adds up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from convcheck.untrusted.files import Unreadable

_MOST_FIELDS = 1_000_000
_LONGEST_VARINT = 10
_FIXED = {1: 8, 5: 4}
"""Wire type -> bytes."""


def check_message(file: BinaryIO, size: int, needed: int) -> None:
    """Raises Unreadable unless an open file of ``size`` bytes is a message with this field.

    What is inside its fields is not looked at.
    """
    found = False
    for count, (number, length) in enumerate(_fields(file, size)):
        found = found or (number == needed and length > 0)
        if count >= _MOST_FIELDS:
            raise Unreadable(f"it has more than {_MOST_FIELDS:,} parts")
    if not found:
        raise Unreadable("it is empty, or something else")


def _fields(file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """The number and the bytes of each outermost field."""
    file.seek(0)
    place = 0
    while place < size:
        tag = _varint(file)
        begin, wire = file.tell(), tag & 7
        if wire == 2:
            length = _varint(file)
            begin = file.tell()
        elif wire == 0:
            _varint(file)
            length = file.tell() - begin
        else:
            length = _FIXED.get(wire, size)  # groups are no more in use
        place = begin + length
        if tag < 8 or place > size:
            raise Unreadable("it is cut short or damaged")
        file.seek(place)
        yield tag >> 3, length


def _varint(file: BinaryIO) -> int:
    value = 0
    for i in range(_LONGEST_VARINT):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << 7 * i
        if byte[0] < 0x80:
            return value
    raise Unreadable("it is cut short or damaged")
