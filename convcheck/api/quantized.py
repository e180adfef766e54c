"""Cases of Python callers that are quantized, or are to be."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from convcheck.api.arrays import as_array, words_of_python
from convcheck.case.case import Case
from convcheck.check.quantize import of_integers, quantized_over_exact
from convcheck.errors import UsageError
from convcheck.quantized.any_case import AnyCase
from convcheck.quantized.request import SCALES, ZERO_POINTS, QuantizationRequest

KEYWORDS = tuple(field.name for field in fields(QuantizationRequest))
"""Keywords that say how a case is quantized."""


def any_case(case: Case, **asked: Any) -> AnyCase:
    """The case as it is asked for; as it is where nothing is.

    Raises UsageError for parameters that contradict each other, make no sense or do not fit.
    """
    if all(value is None for value in asked.values()):
        return case
    if case.gradient is not None:
        raise UsageError("a quantized convolution is not differentiated; leave pass_ out")
    with words_of_python():
        return _quantized(case, _request(asked))


def _request(asked: dict[str, Any]) -> QuantizationRequest:
    """The request, its numbers as NumPy has them."""
    given = [name for name in (*SCALES, *ZERO_POINTS) if asked.get(name) is not None]
    return QuantizationRequest(**{**asked, **{name: as_array(asked[name]) for name in given}})


def _quantized(case: Case, asked: QuantizationRequest) -> AnyCase:
    asked.check()
    if asked.given:
        return of_integers(case, asked)
    if asked.quantize is None:
        return case
    return quantized_over_exact(case, asked.quantize, asked.activation or "none")
