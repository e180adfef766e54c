"""Pictures made by hand: what a library would refuse to write."""

import functools
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@functools.cache
def png(width, height, *, depth=8, colour=0, data=None, before=b"") -> bytes:
    """A PNG of zeros; ``colour`` is PNG's number: 0 grey, 2 RGB, 3 palette, 4 and 6 with alpha."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    if data is None:
        row = bytes(1 + (width * depth * channels + 7) // 8)
        packer = zlib.compressobj(9)
        data = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", head) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@functools.cache
def bomb(size: int) -> bytes:
    """``size`` zeros, compressed."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(size >> 20)), packer.flush()])
