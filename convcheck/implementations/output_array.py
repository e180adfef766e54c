"""What counts as an implementation's output: a NumPy array of real numbers."""

from __future__ import annotations

from typing import Any

from convcheck.case.dtypes import DTYPES
from convcheck.errors import ConvcheckError


class NotAnArray(ConvcheckError):
    """An implementation gave something other than a NumPy array of real numbers."""


def check_array(given: Any, subject: str) -> None:
    """Raises NotAnArray unless ``given`` is a NumPy array of a dtype that convcheck knows.

    ``subject`` begins the message: who gave it, and the verb, such as ``mine:f returned``.
    """
    # Imported late: a worker imports this module first of all, and its Python may lack NumPy.
    import numpy as np

    if not isinstance(given, np.ndarray):
        what = "None" if given is None else f"a {type(given).__name__}"
        raise NotAnArray(f"{subject} {what}; it must return the output as a NumPy array")
    if given.dtype.name not in DTYPES:
        raise NotAnArray(f"{subject} an array of {given.dtype}; it must hold real numbers")
