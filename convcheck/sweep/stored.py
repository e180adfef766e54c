"""What a results file holds, read back: each value is of the type and kind that was written.

A file may come from anybody: nothing of it is run, and what does not fit raises UsageError.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.results import Status, Verdict
from convcheck.sweep.failing.features import rank_of
from convcheck.sweep.results import SKIPPED, CaseResult, Checked, Fault, Row
from convcheck.testing.written import from_data
from convcheck.untrusted.text import clean
from convcheck.untrusted.typed import typed

_VERDICTS = {SKIPPED, *(verdict.value for verdict in Verdict)}
_STATUSES = {status.value for status in Status}


@dataclass(frozen=True)
class Found:
    """What of a result stands in one text."""

    faults: tuple[Fault, ...]
    limits: tuple[str, ...]
    accepted: bool
    relations: tuple[Checked, ...]
    properties: tuple[Checked, ...]

    @classmethod
    def of(cls, result: CaseResult) -> Found:
        """What of this result does."""
        return cls(**{name: getattr(result, name) for name in cls.__dataclass_fields__})


def json_of(text: object, what: str) -> Any:
    """The document in a text of the file."""
    if not isinstance(text, str):
        raise UsageError(f"{what} is no text")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what} is no JSON: {clean(error)}") from error


def request_of(text: object, what: str) -> Request:
    """A case, with as many numbers for its axes as it has of them."""
    data = json_of(text, what)
    try:
        request = from_data(data)
    except UsageError as error:
        raise UsageError(f"{what} is none: {error}") from error
    shape, rank = request.input_shape, rank_of(request)
    pads = request.padding
    per_axis = (
        request.kernel_size,
        request.strides,
        request.dilations,
        request.output_padding,
        None if isinstance(pads, str) else pads,
    )
    fit = (
        rank >= 1
        and (shape is None or (len(shape) == rank + 2 and min(shape) >= 1))
        and all(one is None or len(one) in (1, rank) for one in per_axis)
    )
    if not fit:
        raise UsageError(f"{what} is no case: its sizes do not fit together")
    return request


def result_of(verdict: object, text: object, rows: tuple[Row, ...], what: str) -> CaseResult:
    """A result, of its verdict, its text and its rows."""
    found: Found = typed(json_of(text, what), Found, what)
    if verdict not in _VERDICTS:
        raise UsageError(f"{what} has verdict {clean(verdict, 60)}, which is none")
    return CaseResult(str(verdict), rows, **vars(found))


def row_of(values: tuple[Any, ...], what: str) -> Row:
    """What an implementation gave."""
    row: Row = typed(dict(zip(Row.__dataclass_fields__, values, strict=True)), Row, what)
    if row.status not in _STATUSES:
        raise UsageError(f"{what} has status {clean(row.status, 60)}, which is none")
    return row
