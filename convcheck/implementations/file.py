"""``file:PATH.npy``: reads an output that was recorded somewhere else, in NHWC.

A file does not say what computed it. ``dtype=`` declares it; without that the file's own dtype is
taken for it. NumPy drops the name of bfloat16 when it saves: ``dtype=bfloat16`` restores it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.dtypes import DTYPES, dtype_named
from convcheck.errors import Mistake
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.name import Name


def versions() -> dict[str, str]:
    """Empty: nothing is computed here."""
    return {}


def compute(case: Case, name: Name) -> Computed:
    """The recorded output; the case is not used.

    Raises Mistake for a file that is missing or holds no plain array of numbers.
    """
    path, declared = name.target, name.option("dtype")
    array = _named(path, _read(path), declared)
    return Computed(
        array=array,
        call=os.path.basename(path),
        dtypes=Dtypes(compute=declared or None, output=array.dtype.name),
    )


def _read(path: str) -> Array:
    try:
        array = np.load(os.path.expanduser(path), allow_pickle=False)
    except FileNotFoundError:
        raise Mistake(f"no file {path}; give the path of an array that np.save wrote") from None
    except (OSError, ValueError, EOFError) as error:
        words = " ".join(str(error).split())
        raise Mistake(
            f"{path} is not a readable .npy file: {words}; write it with np.save"
        ) from None
    if not isinstance(array, np.ndarray):
        array.close()
        raise Mistake(f"{path} holds several arrays; give one array as a .npy file")
    return array


def _named(path: str, array: Array, declared: str) -> Array:
    if array.dtype == np.dtype("V2") and declared == "bfloat16":
        return array.view(dtype_named("bfloat16"))
    if array.dtype.name not in DTYPES:
        hint = "; is it bfloat16? say ?dtype=bfloat16" if array.dtype == np.dtype("V2") else ""
        raise Mistake(f"{path} holds {array.dtype.name}, not numbers that convcheck knows{hint}")
    return array
