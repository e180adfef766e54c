"""What Pillow does not look at in a PNG file: its bit depth, and whether all of its rows are there.

Rows that are missing become black without a word, and of colours of 16 bits 8 are dropped.
The format: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from convcheck.untrusted.files import Unreadable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_STEP = 1 << 20
# First row and column, and the steps, of each pass of an interlaced picture.
_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
           (1, 0, 2, 1))  # fmt: skip


@dataclass(frozen=True)
class PngHeader:
    """The fields of a PNG's IHDR chunk that say how much data follows."""

    width: int
    height: int
    depth: int
    """Bits of a channel."""
    colour: int
    """PNG's number: 0 grey, 2 RGB, 3 palette, 4 grey and 6 RGB with alpha."""
    interlaced: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the rows, each with its filter's number, once decompressed."""
        if not self.interlaced:
            return self._of(self.height, self.width)
        return sum(
            self._of(-(-(self.height - row) // down), -(-(self.width - column) // right))
            for row, column, down, right in _PASSES
        )

    def _of(self, rows: int, columns: int) -> int:
        bits = columns * self.depth * _CHANNELS[self.colour]
        return max(rows, 0) * (1 + (bits + 7) // 8) if columns > 0 else 0


def png_header(file: BinaryIO) -> PngHeader | None:
    """The header of a PNG file; None for a file that is no PNG. Raises Unreadable."""
    file.seek(0)
    start = file.read(33)
    if start[:8] != _SIGNATURE:
        return None
    if len(start) < 33 or start[12:16] != b"IHDR":
        raise Unreadable("it is a PNG file without a header")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", start[16:29])
    if colour not in _CHANNELS:
        raise Unreadable(f"it is a PNG file of an unknown kind of colour, {colour}")
    return PngHeader(width, height, depth, colour, interlace != 0)


def check_rows(file: BinaryIO, header: PngHeader) -> None:
    """Raises Unreadable unless the file's data, decompressed, has all rows of the picture."""
    unpacker = zlib.decompressobj()
    found = 0
    for part in _data(file):
        while part and found <= header.nbytes:
            found += len(unpacker.decompress(part, _STEP))
            part = unpacker.unconsumed_tail
    if found < header.nbytes:
        raise Unreadable(
            f"its pixels are cut short: {found:,} of {header.nbytes:,} bytes are there"
        )


def _data(file: BinaryIO) -> Iterator[bytes]:
    """The contents of the IDAT chunks, in pieces."""
    file.seek(len(_SIGNATURE))
    while len(start := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", start)
        if kind == b"IDAT":
            left = length
            while left and (part := file.read(min(left, _STEP))):
                left -= len(part)
                yield part
            file.seek(left + 4, 1)
        else:
            file.seek(length + 4, 1)
        if kind == b"IEND":
            return
