"""Functions of this process as implementations: called on a case, as a worker would."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from convcheck.case.case import Case
from convcheck.case.passes import Gradient
from convcheck.implementations import python
from convcheck.quantized.any_case import Asked, operands_of
from convcheck.results import Output, Status
from convcheck.runtimes.intact import checksum, kept_intact, read_only
from convcheck.runtimes.messages import output_of
from convcheck.untrusted.text import clean


def call(function: Callable[..., Any], given: Asked) -> Output:
    """What the function gives for the case or gradient; a row ``unavailable`` where it raises.

    It gets arrays that it may not write to.
    """
    module, name = (
        getattr(function, attribute, "") for attribute in ("__module__", "__qualname__")
    )
    text = f"{module}.{name}" if module and name else repr(type(function).__name__)
    case = operands_of(given)
    arrays = replace(
        case,
        input=read_only(case.input),
        kernel=read_only(case.kernel),
        bias=None if case.bias is None else read_only(case.bias),
    )
    lent: Asked
    if isinstance(given, Gradient):
        lent = Gradient(given.kind, arrays, read_only(given.output_gradient))
    else:
        lent = arrays if isinstance(given, Case) else replace(given, case=arrays)
    try:
        begin = time.perf_counter()
        with kept_intact(given, checksum(given)):
            computed = python.call(function, text, lent)
        return output_of(text, computed, python.versions(), time.perf_counter() - begin)
    except Exception as error:  # a user's function may raise anything
        message = clean(f"{type(error).__name__}: {error}")
        return Output(text, text, status=Status.UNAVAILABLE, message=message)
