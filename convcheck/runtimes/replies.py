"""Is a worker's reply one? Whatever runs in a worker can write to its pipe.

By hand, since importing a JSON Schema's checker would take longer than a small run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from convcheck.case.dtypes import DTYPES
from convcheck.errors import ConvcheckError
from convcheck.quantized.requantize.names import FLOAT, FORMULA_NAMES

if TYPE_CHECKING:
    from convcheck.results import Array

ERROR_STATUSES = ("unavailable", "crashed", "wrong-shape")
"""What a reply with an ``error`` may say of its row."""
_DTYPES = ("input", "kernel", "compute", "output")
_FORMATS = (*DTYPES, "tfloat32")


class WrongReply(ConvcheckError):
    """A reply without what it must have, or with something of another type."""


def most_elements(shape: Sequence[int]) -> int:
    """How many numbers an output may have: four times as many as its shape says, or a million.

    So many that a stride of 2 which an implementation leaves out can still be told.
    """
    return max(4 * prod(shape), 1 << 20)


def check_error(head: dict[str, Any]) -> None:
    """Raises WrongReply unless the reply that says ``error`` has a text there, and a status."""
    _expect(isinstance(head["error"], str), "error", head["error"], "a text")
    status = head.get("status", "unavailable")
    _expect(status in ERROR_STATUSES, "status", status, f"one of {', '.join(ERROR_STATUSES)}")


def check_versions(head: dict[str, Any]) -> None:
    """Raises WrongReply unless ``versions`` has a text for each package."""
    _check_texts(head, "versions")


def check_output(head: dict[str, Any], arrays: Mapping[str, Array | None]) -> None:
    """Raises WrongReply unless this is the head and array of an output."""
    _expect(list(arrays) == ["output"], "arrays", list(arrays), "output alone")
    for key in ("name", "call"):
        _expect(isinstance(head.get(key), str), key, head.get(key), "a text")
    check_versions(head)
    _check_texts(head, "fixes")
    device, seconds = head.get("device"), head.get("seconds")
    _expect(device is None or isinstance(device, str), "device", device, "a text or None")
    _expect(_is_seconds(seconds), "seconds", seconds, "a number of 0 or more, or None")
    sums = head.get("accumulate")
    _expect(sums is None or sums in DTYPES, "accumulate", sums, "None or a dtype")
    formulas = head.get("formulas")
    known = isinstance(formulas, (list, tuple)) and all(
        one in (*FORMULA_NAMES, FLOAT) for one in formulas
    )
    _expect(known, "formulas", formulas, "names of formulas")
    dtypes = head.get("dtypes")
    _expect(isinstance(dtypes, dict), "dtypes", dtypes, "a dtype for each of what was observed")
    assert isinstance(dtypes, dict)
    _expect(set(dtypes) == set(_DTYPES), "dtypes", sorted(dtypes), f"{', '.join(_DTYPES)}")
    for key, value in dtypes.items():
        known = value is None or (isinstance(value, str) and value in _FORMATS)
        _expect(known, f"dtypes.{key}", value, f"None or one of {', '.join(_FORMATS)}")


def _check_texts(head: dict[str, Any], key: str) -> None:
    value = head.get(key)
    is_dict = isinstance(value, dict) and all(
        isinstance(k, str) and isinstance(v, str) for k, v in value.items()
    )
    _expect(is_dict, key, value, "a text for each name")


def _is_seconds(value: Any) -> bool:
    if value is None:
        return True
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0


def _expect(true: bool, key: str, value: Any, expected: str) -> None:
    if not true:
        raise WrongReply(f"gave {key} = {str(value)[:100]!r}; expected {expected}")
