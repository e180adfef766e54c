"""Messages between this process and a runtime: a JSON head, then the raw bytes of arrays.

No pickle: a frame can carry numbers and text, nothing that runs.

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

from convcheck.case.dtypes import dtype_named
from convcheck.errors import ConvcheckError

if TYPE_CHECKING:
    from convcheck.results import Array

END_OF_REQUEST = b"\x1e"
"""ASCII's record separator, which a worker writes to stderr when it has served a request."""
_MAGIC = b"conv"
_START = struct.Struct("<4sQ")
_HEAD_LIMIT = 1 << 24
_STEP = 1 << 24


class BrokenFrame(ConvcheckError):
    """The other end closed the pipe, or sent something that is not a frame."""


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
    """Write a packed frame."""
    for piece in pieces:
        done = 0
        while done < len(piece):
            done += stream.write(piece[done : done + _STEP]) or 0


def read(stream: Stream) -> tuple[dict[str, Any], dict[str, Array]]:
    """Receive one frame as (head, arrays).

    Raises BrokenFrame at the end of the stream, and for bytes that are not a frame.
    """
    magic, length = _START.unpack(_read_bytes(stream, _START.size))
    if magic != _MAGIC or length > _HEAD_LIMIT:
        raise BrokenFrame("what came over the pipe is not a frame")
    try:
        head = json.loads(_read_bytes(stream, length))
        arrays = {
            name: _read_array(stream, dtype, shape) for name, dtype, shape in head.pop("arrays")
        }
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenFrame(f"what came over the pipe is not a frame: {error}") from error
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


def _read_array(stream: Stream, dtype_name: str, shape: list[int]) -> Array:
    import numpy as np

    dtype = dtype_named(dtype_name)
    raw = np.empty(prod(shape) * dtype.itemsize, np.uint8)
    _fill(stream, raw.data)
    array: Array = raw.view(dtype).reshape(shape)
    return array


def _fill(stream: Stream, space: memoryview) -> None:
    done = 0
    while done < len(space):
        got = stream.readinto(space[done : done + _STEP])
        if not got:
            raise BrokenFrame("the pipe was closed")
        done += got
