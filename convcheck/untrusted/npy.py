"""Reads .npy files: the header by a grammar of its own, the numbers only once their size is right.

The format is NumPy's (numpy.lib.format). Its header is a Python literal; here it is matched and
never evaluated, so that neither nesting nor escapes can do anything.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from convcheck.untrusted.files import Unreadable, open_regular, reason
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_MOST_AXES = 32  # NumPy 1's limit
_LARGEST = 2**63 - 1
_TEXT = r"'[^'\\]*'|\"[^\"\\]*\""
_SHAPE = r"\(\s*(?:[0-9]+L?\s*,\s*)*(?:[0-9]+L?\s*)?\)"
_ENTRY = rf"({_TEXT})\s*:\s*({_TEXT}|True|False|{_SHAPE})\s*"
_HEADER = re.compile(rf"\{{\s*(?:{_ENTRY},\s*){{2}}{_ENTRY},?\s*\}}\s*")
_DTYPE = re.compile(r"[<>=|]?[fiubV][0-9]{1,2}")


@dataclass(frozen=True)
class Header:
    """What a .npy file says it holds; its size is that of the numbers it promises."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    """``V2`` for bfloat16, of which the format has no name."""
    fortran_order: bool
    offset: int
    """Bytes before the first number."""

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return prod(self.shape) * self.dtype.itemsize


def read_header(path: str | os.PathLike[str]) -> Header:
    """The header of a .npy file that holds one array of numbers, of the size that it says.

    Raises Unreadable for every other.
    """
    with open_regular(path) as (file, size):
        return read_header_of(file, size)


def read_npy(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The array in a .npy file, never unpickled; bfloat16 comes as ``V2``.

    Raises Unreadable for a file that holds no array of numbers, or not all of it, and UsageError
    where there is not memory enough for it.
    """
    with open_regular(path) as (file, size):
        return read_array(file, size)


def read_array(file: BinaryIO, size: int) -> NDArray[Any]:
    """As ``read_npy``, from an open file that has ``size`` bytes in all."""
    header = read_header_of(file, size)
    check_memory(header.nbytes, "the array")
    raw = np.empty(header.nbytes, np.uint8)
    done = 0
    try:
        while done < header.nbytes:
            part = file.read(min(1 << 24, header.nbytes - done))
            if not part:
                raise Unreadable("it became shorter while it was read")
            raw[done : done + len(part)] = np.frombuffer(part, np.uint8)
            done += len(part)
    except (OSError, EOFError) as error:
        raise Unreadable(reason(error)) from error
    array = raw.view(header.dtype)
    return array.reshape(header.shape, order="F" if header.fortran_order else "C")


def parse_header(text: str) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Shape, dtype and whether in Fortran's order, of a header's text. Raises Unreadable."""
    if "'O" in text or "|O" in text:
        raise Unreadable(
            "it holds Python objects, which are never loaded (allow_pickle=False); "
            "save plain numbers"
        )
    if not _HEADER.fullmatch(text):
        raise Unreadable(f"its header describes no array of numbers: {clean(text, 80)}")
    entries = {key[1:-1]: value for key, value in re.findall(_ENTRY, text)}
    if set(entries) != {"descr", "fortran_order", "shape"}:
        raise Unreadable(
            f"its header has {clean(', '.join(entries), 80)}; "
            "expected descr, fortran_order and shape"
        )
    descr, order, shape = (entries[key] for key in ("descr", "fortran_order", "shape"))
    if not shape.startswith("(") or order not in ("True", "False"):
        raise Unreadable("its header says no shape, or no order")
    return _shape(shape), _dtype(descr), order == "True"


def read_header_of(file: BinaryIO, size: int) -> Header:
    """As ``read_header``, of an open file that has ``size`` bytes in all."""
    try:
        start = file.read(10)
        if start[:4] == b"PK\3\4":
            raise Unreadable("it holds several arrays (.npz); give one array as a .npy file")
        if start[:6] != _MAGIC or len(start) < 10:
            raise Unreadable("it is no .npy file: it does not begin as NumPy's arrays do")
        length, offset = struct.unpack("<H", start[8:10])[0], 10
        if start[6] in (2, 3):
            length = struct.unpack("<I", start[8:10] + file.read(2).ljust(2, b"\0"))[0]
            offset = 12
        elif start[6] != 1:
            raise Unreadable(f"its format has the version {start[6]}.{start[7]}; 1 to 3 are known")
        if length > min(_LONGEST_HEADER, size - offset):
            raise Unreadable(
                f"its header would have {length:,} bytes, of a file of {size:,}; "
                f"{_LONGEST_HEADER:,} are the most"
            )
        text = file.read(length).decode("utf-8" if start[6] == 3 else "latin-1")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise Unreadable(reason(error)) from error
    shape, dtype, fortran_order = parse_header(text)
    header = Header(shape, dtype, fortran_order, offset + length)
    if header.offset + header.nbytes != size:
        raise Unreadable(
            f"it has {size:,} bytes, but {_shown(shape)} of {_word(dtype)} makes "
            f"{header.offset + header.nbytes:,}: it is cut short, or its header is wrong"
        )
    return header


def _shape(text: str) -> tuple[int, ...]:
    numbers = re.findall(r"[0-9]+", text)
    too_long = any(len(number) > 19 for number in numbers)
    shape = () if too_long else tuple(int(number) for number in numbers)
    if too_long or len(shape) > _MOST_AXES or prod(size or 1 for size in shape) > _LARGEST:
        raise Unreadable(f"its shape {clean(text, 60)} is larger than any array")
    if len(shape) == 1 and "," not in text:
        raise Unreadable(f"its header gives the shape as a number, {clean(text, 30)}")
    return shape


def _dtype(text: str) -> np.dtype[Any]:
    plain = text[1:-1]
    if _DTYPE.fullmatch(plain) or plain == "|b1":
        try:
            dtype = np.dtype(plain)
        except TypeError:
            dtype = None
        # Of more than 64 bits no implementation computes.
        if dtype is not None and (
            dtype.str == "|V2" or (dtype.kind in "fiub" and dtype.itemsize <= 8)
        ):
            return dtype
    raise Unreadable(f"it holds {_kind(plain)}, so it does not hold one array of numbers")


def _kind(text: str) -> str:
    """The dtype by its name, such as complex128, where NumPy knows it."""
    if re.fullmatch(r"[<>=|]?[?a-zA-Z][0-9]{0,4}", text):
        try:
            return np.dtype(text).name
        except TypeError:
            pass
    return f"the dtype '{clean(text, 40)}'"


def _word(dtype: np.dtype[Any]) -> str:
    return "bfloat16" if dtype.str == "|V2" else dtype.name


def _shown(shape: tuple[int, ...]) -> str:
    text = str(shape)
    return text if len(text) <= 80 else f"{text[:76]} …)"
