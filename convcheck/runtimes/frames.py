"""Messages between this process and a runtime: a JSON head, then the raw bytes of arrays.

No pickle: a frame can carry numbers and text, nothing that runs.

    8 bytes  length of the head, little-endian
    head     JSON; under "arrays" a list of [name, dtype, shape]
    body     each array's bytes, C order, in that order
"""

from __future__ import annotations

import json
import struct
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

from convcheck.case.dtypes import dtype_named
from convcheck.errors import ConvcheckError

if TYPE_CHECKING:
    from convcheck.results import Array

_LENGTH = struct.Struct("<Q")
_HEAD_LIMIT = 1 << 24
_READ_STEP = 1 << 24


class BrokenFrame(ConvcheckError):
    """The other end closed the pipe or sent something that is no frame."""


def write(
    stream: BinaryIO, head: dict[str, Any], arrays: dict[str, Array | None] | None = None
) -> None:
    """Send one frame. Arrays that are None are left out."""
    import numpy as np

    present = {name: np.asarray(a) for name, a in (arrays or {}).items() if a is not None}
    listing = [[name, a.dtype.name, list(a.shape)] for name, a in present.items()]
    text = json.dumps({**head, "arrays": listing}).encode()
    stream.write(_LENGTH.pack(len(text)))
    stream.write(text)
    for array in present.values():
        # bfloat16 has no buffer format; its bytes have.
        stream.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    stream.flush()


def read(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, Array]]:
    """Receive one frame: (head, arrays).

    Raises BrokenFrame at the end of the stream or for bytes that are no frame.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > _HEAD_LIMIT:
        raise BrokenFrame("what came over the pipe is no frame")
    try:
        head = json.loads(_exactly(stream, length))
        arrays = {name: _array(stream, dtype, shape) for name, dtype, shape in head.pop("arrays")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenFrame(f"what came over the pipe is no frame: {error}") from error
    return head, arrays


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if data is None or len(data) < count:
        raise BrokenFrame("the pipe was closed")
    return data


def _array(stream: BinaryIO, dtype_name: str, shape: list[int]) -> Array:
    import numpy as np

    dtype = dtype_named(dtype_name)
    raw = np.empty(prod(shape) * dtype.itemsize, np.uint8)
    view, done = raw.data, 0
    while done < len(raw):
        got = stream.readinto(view[done : done + _READ_STEP])  # type: ignore[attr-defined]
        if not got:
            raise BrokenFrame("the pipe was closed")
        done += got
    array: Array = raw.view(dtype).reshape(shape)
    return array
