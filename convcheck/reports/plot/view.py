"""Which part of arrays of any rank a picture shows: where the difference is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.results import Check, Difference, Judgement

if TYPE_CHECKING:
    from convcheck.results import Array, Index


@dataclass(frozen=True)
class View:
    """One image and channel of a batch of outputs, in rank 3 one slice, and an element there."""

    element: Index
    """(image, position along each spatial axis, channel)."""
    shape: tuple[int, ...]
    """Of the outputs that it belongs to."""

    def of(self, array: Array) -> Array:
        """The part of an output that is shown: a curve (rank 1), or the last two spatial axes."""
        part = array[self.element[0], ..., self.element[-1]]
        while part.ndim > 2:
            part = part[self.element[1]]
        return np.asarray(part, dtype=np.float64)

    @property
    def position(self) -> tuple[int, ...]:
        """Where the element lies in what ``of`` gives."""
        return tuple(self.element[1:-1][-2:])

    @property
    def words(self) -> str:
        """The part in NumPy's notation, such as [0, :, :, 3]; "" where it is all of an output."""
        picked = [0, *range(1, len(self.shape) - 3), len(self.shape) - 1]
        if all(self.shape[axis] == 1 for axis in picked):
            return ""
        parts = (str(at) if axis in picked else ":" for axis, at in enumerate(self.element))
        return f"[{', '.join(parts)}]"


def view_of_pair(check: Check, pair: Difference | None, worst: Judgement | None) -> View | None:
    """The view of where a pair differs most; None where no output has the case's shape.

    Where there is no pair, or it is equal: of where ``worst`` is furthest over its bound.
    """
    shape = check.case.output_shape
    if not any(_has_shape(judgement, shape) for judgement in check.judgements):
        return None
    if pair is not None and pair.unequal and pair.worst_index is not None:
        return View(tuple(pair.worst_index), shape)
    return view_of_error(worst, shape)


def view_of_error(judgement: Judgement | None, shape: tuple[int, ...]) -> View:
    """The view of where the error of an output of this shape is largest over its bound."""
    index = judgement.error.worst_index if judgement and judgement.error else None
    return View(tuple(index or (0,) * len(shape)), shape)


def _has_shape(judgement: Judgement, shape: tuple[int, ...]) -> bool:
    array = judgement.output.array
    return array is not None and array.shape == shape
