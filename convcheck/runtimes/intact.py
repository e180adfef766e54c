"""Keeps a case as it was sent: no run may change what the next one is given.

Arrays are read-only, down to the memory that NumPy knows of. Code that gets around this, by an
address say, is found out by a checksum after the run.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcheck.errors import ConvcheckError
from convcheck.quantized.any_case import arrays_of

if TYPE_CHECKING:
    from convcheck.quantized.any_case import Asked
    from convcheck.results import Array

_REFUSED = re.compile("read-?only|not writ(e)?able|WRITEABLE", re.IGNORECASE)
"""What NumPy, Cython and others say of an array that may not be written to."""


class WritesIntoInput(ConvcheckError):
    """An implementation wrote into the arrays that it was given, or tried to."""


def read_only(array: Array) -> Array:
    """The same numbers in the same memory; ``setflags`` cannot make them writable again."""
    import numpy as np

    if not array.size:  # NumPy takes no empty buffer, and there is nothing to write to
        return array
    memory = array.reshape(-1).view(np.uint8).data.toreadonly()
    return np.frombuffer(memory, np.uint8).view(array.dtype).reshape(array.shape)


def checksum(case: Asked) -> int:
    """The same for the same numbers; for 10 MB it takes some milliseconds."""
    value = 0
    for array in arrays_of(case).values():
        if array is not None and array.size:
            value = zlib.crc32(array.reshape(-1).view("uint8").data, value)
    return value


@contextlib.contextmanager
def kept_intact(case: Asked, expected: int) -> Iterator[None]:
    """Raises WritesIntoInput where the body changes the case, or is refused to.

    ``expected`` is the ``checksum`` of the case.
    """
    try:
        yield
    except (ValueError, TypeError, BufferError) as error:
        if _REFUSED.search(str(error)):
            raise WritesIntoInput(
                f"writes into its input, which it may not ({error}); let it copy the array first"
            ) from error
        raise
    finally:
        if checksum(case) != expected:
            raise WritesIntoInput("writes into its input; let it copy the array first")
