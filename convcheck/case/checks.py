"""Checks of a geometry's numbers and of array sizes; each raises SpecError with a remedy."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcheck.errors import SpecError

LARGEST = 2**31 - 1
"""The largest stride, dilation, padding or number of elements: what signed 32 bits can count."""


def check_axes(word: str, values: Sequence[int], rank: int, *, at_least: int) -> None:
    """Raise SpecError unless there is a value of ``at_least`` or more for every axis."""
    if len(values) != rank:
        raise SpecError(
            f"{word} {show(values)} has {len(values)} axes but the kernel has {rank}; "
            "give one number, or one for each axis"
        )
    if min(values) < at_least:
        raise SpecError(f"{word} {show(values)} must be {at_least} or more on every axis")
    check_largest(word, show(values), max(values))


def check_pads(pads: Sequence[Sequence[int]], text: str, rank: int) -> None:
    """Raise SpecError unless there are two sensible pads for every axis; ``text`` shows them."""
    if len(pads) != rank:
        raise SpecError(
            f"padding has {len(pads)} axes but the kernel has {rank}; "
            "give one number for all sides, or one for each axis"
        )
    if min(map(min, pads)) < 0:
        raise SpecError(f"padding {text} is negative; it must be 0 or more")
    check_largest("padding", text, max(map(max, pads)))


def check_largest(word: str, text: str, value: int) -> None:
    """Raise SpecError for a value above what frameworks can count."""
    if value > LARGEST:
        raise SpecError(f"{word} {text} is too large; {LARGEST:,} is the most on an axis")


def check_size(word: str, shape: Sequence[int]) -> None:
    """Raise SpecError for an array of this shape that is larger than any framework takes."""
    if prod(shape) > LARGEST:
        raise SpecError(
            f"the {word} would have shape {show(shape)}, {prod(shape):,} elements; "
            f"{LARGEST:,} are the most"
        )


def has_masked(array: object) -> bool:
    """Whether this is a ``numpy.ma`` array of which any element is masked."""
    mask = getattr(array, "mask", None)
    return mask is not None and hasattr(array, "filled") and bool(mask.any())


def check_unmasked(word: str, array: object) -> None:
    """Raise SpecError for a ``numpy.ma`` array of which any element is masked.

    What lies under a mask is no number of the convolution, and NumPy leaves it out of every sum.
    """
    if has_masked(array):
        raise SpecError(
            f"the {word} is a masked array with masked elements, which have no value; "
            "give them one: array.filled(0)"
        )


def wrong_rank(input_shape: Sequence[int], rank: int) -> str:
    """The message for an input with too many axes or too few."""
    names = {1: "(N, W, C)", 2: "(N, H, W, C)", 3: "(N, D, H, W, C)"}
    message = (
        f"input of shape {show(input_shape)} does not fit a kernel of rank {rank}; "
        f"expected {names[rank]}"
    )
    if len(input_shape) == rank + 1:
        message += f"; without a batch axis? reshape it to {show((1, *input_shape))}"
    return message


def show(values: Sequence[int]) -> str:
    """A shape as Python writes it."""
    return "(" + ", ".join(str(v) for v in values) + ("," if len(values) == 1 else "") + ")"
