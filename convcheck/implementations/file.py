"""``file:PATH.npy``: reads an output that was recorded somewhere else, in NHWC.

A file does not say what computed it. ``dtype=`` declares it; without that the file's own dtype is
taken for it. NumPy drops the name of bfloat16 when it saves: ``dtype=bfloat16`` restores it.
"""

from __future__ import annotations

import os
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.dtypes import DTYPES, dtype_named
from convcheck.errors import Mistake
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes
from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.npy import read_header, read_npy
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.name import Name


_TIMES, _ELEMENTS = 16, 1 << 24
"""A file is read that has at most so many times the output's elements, or this many in all."""


def versions() -> dict[str, str]:
    """Empty: nothing is computed here."""
    return {}


def compute(case: Case, name: Name) -> Computed:
    """The recorded output. Of the case only its size is used: a file far beyond it is not read.

    Raises Mistake for a file that is missing or holds no plain array of numbers.
    """
    path, declared = name.target, name.option("dtype")
    array = _named(path, _read(path, case.output_shape), declared)
    return Computed(
        array=array,
        call=os.path.basename(path),
        dtypes=Dtypes(compute=declared or None, output=array.dtype.name),
    )


def _read(path: str, expected: tuple[int, ...]) -> Array:
    place = os.path.expanduser(path)
    try:
        header = read_header(place)
        if prod(header.shape) > max(_TIMES * prod(expected), _ELEMENTS):
            raise Unreadable(
                f"its shape is {header.shape}, far larger than the output's {expected}"
            )
        check_memory(2 * header.nbytes, "the array, here and where it is judged,")
        return read_npy(place)
    except Unreadable as error:
        if not os.path.exists(place):
            raise Mistake(
                f"no file {clean(path)}; give the path of an array that np.save wrote"
            ) from None
        raise Mistake(
            f"{clean(path)} is not a readable .npy file: {error}; write it with np.save"
        ) from None


def _named(path: str, array: Array, declared: str) -> Array:
    if array.dtype == np.dtype("V2") and declared == "bfloat16":
        return array.view(dtype_named("bfloat16"))
    if array.dtype.name not in DTYPES:
        hint = "; is it bfloat16? say ?dtype=bfloat16" if array.dtype == np.dtype("V2") else ""
        raise Mistake(
            f"{clean(path)} holds {array.dtype.name}, not numbers that convcheck knows{hint}"
        )
    return array
