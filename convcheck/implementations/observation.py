"""What is observed of an implementation: the dtypes that reach it, and that it gives an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convcheck.case.checks import has_masked
from convcheck.case.dtypes import DTYPES
from convcheck.errors import ConvcheckError
from convcheck.results import Dtypes


@dataclass
class ObservedDtypes:
    """dtypes of the operands of the first convolution that a framework ran while observed.

    None until one has run. Each framework's own file has an ``observed`` that fills one in.
    """

    input: str | None = None
    kernel: str | None = None

    @property
    def pending(self) -> bool:
        """Whether no convolution was observed yet."""
        return self.input is None

    def dtypes(self, output: str) -> Dtypes:
        """What was observed, with the dtype ``output`` of the result in the end."""
        return Dtypes(input=self.input, kernel=self.kernel, compute=self.input, output=output)


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
    if has_masked(given):
        raise NotAnArray(
            f"{subject} an array with masked elements; it must give each a value: array.filled(0)"
        )
    if given.dtype.name not in DTYPES:
        raise NotAnArray(f"{subject} an array of {given.dtype}; it must hold real numbers")
