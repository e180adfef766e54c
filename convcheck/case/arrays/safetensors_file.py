"""Reads one array of a .safetensors file. The format holds numbers and text alone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.arrays.names import pick
from convcheck.case.dtypes import dtype_named
from convcheck.untrusted.files import Unreadable, open_regular, reason
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.npy import Header

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def read_header(path: str | os.PathLike[str], name: str | None) -> Header:
    """Shape and dtype of a tensor; of the only one where no name is given. Raises Unreadable."""
    with _opened(path) as file:
        tensor = file.get_slice(pick(file.keys(), name))
        word = tensor.get_dtype()
        if word not in _DTYPES:
            raise Unreadable(f"it holds {word}, not numbers that convcheck knows")
        return Header(tuple(tensor.get_shape()), _dtype(_DTYPES[word]), False, 0)


def read(path: str | os.PathLike[str], name: str | None) -> NDArray[Any]:
    """A tensor; of the only one where no name is given. Raises Unreadable."""
    header = read_header(path, name)
    check_memory(header.nbytes, "the array")
    with _opened(path) as file:
        array: NDArray[Any] = np.array(file.get_tensor(pick(file.keys(), name)))
        return array


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    with open_regular(path):
        pass
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise Unreadable("safetensors is not installed; pip install safetensors") from None
    try:
        with safe_open(path, framework="np") as file:
            yield file
    except (SafetensorError, OSError, ValueError) as error:
        raise Unreadable(reason(error)) from error


def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype(bool) if name == "bool" else dtype_named(name)
