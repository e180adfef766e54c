"""What of a case is not as it was recorded, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case

if TYPE_CHECKING:
    from convcheck.case.case import Array


def changes(recorded: Case, now: Case) -> Iterator[str]:
    """Each array and each option that is another one: ``strides was (1, 1) and is (2, 2)``."""
    for word in ("input", "kernel", "bias"):
        yield from _of_array(word, getattr(recorded, word), getattr(now, word))
    for field in fields(recorded.spec):
        was, is_ = getattr(recorded.spec, field.name), getattr(now.spec, field.name)
        if was != is_ and field.name != "kernel_size":  # that is the kernel's shape
            yield f"{field.name} was {was} and is {is_}"


def same_values(a: Array, b: Array) -> bool:
    """Whether two arrays have the same shape and values; NaN is NaN."""
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=_may_be_nan(a, b)))


def _of_array(word: str, recorded: Array | None, now: Array | None) -> Iterator[str]:
    if recorded is None or now is None:
        if recorded is not now:
            yield f"{word} was {_what(recorded)} and is {_what(now)}"
    elif _what(recorded) != _what(now):
        yield f"{word} was {_what(recorded)} and is {_what(now)}"
    elif not same_values(recorded, now):
        differ = recorded != now
        if _may_be_nan(recorded, now):
            differ &= ~(np.isnan(recorded) & np.isnan(now))
        count = int(differ.sum())
        yield f"{word} has other values: {count:,} of {now.size:,} numbers"


def _what(array: Array | None) -> str:
    return "none" if array is None else f"{array.shape} {array.dtype.name}"


def _may_be_nan(*arrays: Array) -> bool:
    return all(array.dtype.kind not in "iub" for array in arrays)
