"""Messages between this process and a runtime: a JSON head, then the raw bytes of arrays.

No pickle: a frame can carry numbers and text, nothing that runs. NaNs arrive quiet.

    4 bytes  "conv": what other code writes to the pipe is noticed at once
    8 bytes  length of the head, little-endian
    head     JSON; under "arrays" a list of [name, dtype, shape]
    body     each array's bytes, C order, in that order

NumPy is imported where an array is met: a worker whose Python lacks it can then still say so.
"""

from __future__ import annotations

import json
import struct
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

from convcheck.case.dtypes import DTYPES, dtype_named
from convcheck.case.nans import with_quiet_nans
from convcheck.errors import ConvcheckError

if TYPE_CHECKING:
    from convcheck.results import Array

END_OF_REQUEST = b"\x1e"
"""ASCII's record separator, which a worker writes to stderr when it has served a request."""
_MAGIC = b"conv"
_START = struct.Struct("<4sQ")
_HEAD_LIMIT = 1 << 24
_STEP = 1 << 24
_AT_ONCE = 1 << 16
"""Bytes that are quicker copied than written one array after another; a pipe holds as many."""
_AXES = 32
"""Axes that an array of any NumPy may have."""


class BrokenFrame(ConvcheckError):
    """The other end closed the pipe, or sent something that is not a frame."""


class PipeClosed(BrokenFrame):
    """The other end closed the pipe."""


class Stream(Protocol):
    """An unbuffered stream: either call may handle fewer bytes than it is given."""

    def write(self, data: memoryview, /) -> int | None:
        """Write some of the bytes; return how many."""

    def readinto(self, space: memoryview, /) -> int | None:
        """Read some bytes into ``space``; return how many, 0 at the end."""


def pack(head: dict[str, Any], arrays: dict[str, Array | None] | None = None) -> list[memoryview]:
    """A frame as the pieces to send, arrays not copied. Arrays that are None are left out.

    Raises TypeError for a head that is not plain JSON.
    """
    present = {name: _native(a) for name, a in (arrays or {}).items() if a is not None}
    listing = [[name, a.dtype.name, list(a.shape)] for name, a in present.items()]
    text = json.dumps({**head, "arrays": listing}).encode()
    pieces = [memoryview(_START.pack(_MAGIC, len(text)) + text)]
    # bfloat16 has no buffer format; bytes have one.
    pieces += [a.reshape(-1).view("uint8").data for a in present.values()]
    return pieces


def send(stream: Stream, pieces: list[memoryview]) -> None:
    """Write a packed frame, a small one at once: each write may wake the other end."""
    if sum(map(len, pieces)) <= _AT_ONCE:
        pieces = [memoryview(b"".join(pieces))]
    for piece in pieces:
        done = 0
        while done < len(piece):
            done += stream.write(piece[done : done + _STEP]) or 0


def read(stream: Stream, most_bytes: int | None = None) -> tuple[dict[str, Any], dict[str, Array]]:
    """Receive one frame as (head, arrays), with arrays of at most ``most_bytes`` in all.

    Raises BrokenFrame at the end of the stream, and for bytes that are not such a frame.
    """
    magic, length = _START.unpack(_read_bytes(stream, _START.size))
    if magic != _MAGIC or length > _HEAD_LIMIT:
        raise BrokenFrame("it is no frame")
    try:
        head = json.loads(_read_bytes(stream, length))
        listing = head.pop("arrays")
        _check_listing(listing, most_bytes)
        arrays = {name: _read_array(stream, dtype, shape) for name, dtype, shape in listing}
    except (
        *(ValueError, LookupError, TypeError, AttributeError),
        *(RecursionError, MemoryError),
    ) as error:
        raise BrokenFrame(str(error) or type(error).__name__) from error
    return head, arrays


def _native(array: Array) -> Array:
    """The array in C order and this machine's byte order, copied only where these differ."""
    import numpy as np

    array = np.asarray(array)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return np.ascontiguousarray(array).reshape(array.shape)


def _read_bytes(stream: Stream, count: int) -> bytearray:
    data = bytearray(count)
    _fill(stream, memoryview(data))
    return data


def _check_listing(listing: list[Any], most_bytes: int | None) -> None:
    """Raise ValueError for arrays that no sender of ours lists, before any of them is allocated."""
    total = 0
    for name, dtype, shape in listing:
        if not isinstance(name, str) or dtype not in (*DTYPES, "bool"):
            raise ValueError(f"an array of {str(dtype)[:40]}")
        if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > _AXES:
            raise ValueError(f"an array of shape {str(shape)[:80]}")
        total += prod(shape) * dtype_named(dtype).itemsize
    if most_bytes is not None and total > most_bytes:
        shapes = ", ".join(str(tuple(shape))[:80] for _, _, shape in listing[:3])
        raise ValueError(f"arrays of shape {shapes}, {total:,} bytes; expected {most_bytes:,}")


def _read_array(stream: Stream, dtype_name: str, shape: list[int]) -> Array:
    import numpy as np

    dtype = dtype_named(dtype_name)
    raw = np.empty(prod(shape) * dtype.itemsize, np.uint8)
    _fill(stream, raw.data)
    array: Array = with_quiet_nans(raw.view(dtype).reshape(shape))
    return array


def _fill(stream: Stream, space: memoryview) -> None:
    done = 0
    while done < len(space):
        got = stream.readinto(space[done : done + _STEP])
        if not got:
            raise PipeClosed("the pipe was closed")
        done += got
