"""Takes the excerpt of a check."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from convcheck.case.case import Case
from convcheck.excerpt.data import Excerpt
from convcheck.excerpt.integers import integer_results
from convcheck.excerpt.numbers import take_numbers
from convcheck.excerpt.planes import take_planes, worst_pair
from convcheck.results import Check, Judgement

if TYPE_CHECKING:
    from convcheck.results import Index

PIXELS = 320
"""Along a side of a picture of the whole."""


def take(case: Case, check: Check, most_bytes: int, *, pixels: int = PIXELS) -> Excerpt | None:
    """What a page may hold of a check's arrays; None where no output has the case's shape.

    ``most_bytes`` are the numbers' as the page has them. The errors over bounds and in ULPs are
    those of ``check(maps=True)``. The excerpt shares no memory with the case or the check.
    """
    shape = case.output_shape
    fitting = [j for j in check.judgements if _fits(j, shape) and check.is_comparable(j)]
    if not fitting:
        return None
    worst = _worst(check, fitting, shape)
    integers = integer_results(case, check)
    return Excerpt(
        shape=shape,
        input_shape=case.input.shape,
        planes=take_planes(case, check, worst, pixels, integers),
        numbers=take_numbers(case, check, worst or (0,) * len(shape), most_bytes, integers),
    )


def _fits(judgement: Judgement, shape: tuple[int, ...]) -> bool:
    array = judgement.output.array
    return array is not None and array.shape == shape


def _worst(check: Check, fitting: list[Judgement], shape: tuple[int, ...]) -> Index | None:
    """Where an output leaves its bound by most; if none does, where a pair differs most.

    None where no output has an error.
    """
    judgement = max(fitting, key=attrgetter("distance"))
    pair = worst_pair(check, shape)
    if judgement.distance <= 1 and pair is not None and pair.unequal and pair.worst_index:
        return tuple(pair.worst_index)
    index = judgement.error.worst_index if judgement.error else None
    return tuple(index) if index is not None and judgement.distance else None
