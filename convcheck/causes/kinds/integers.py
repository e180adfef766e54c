"""Integer sums of which a part wrapped around or was clipped in a narrower format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Hypothesis, Shape
from convcheck.causes.geometry_fixes import in_wider
from convcheck.truth.formats import format_of

if TYPE_CHECKING:
    from convcheck.case.case import Array

Parts = Callable[["Array"], "Array"]
"""Products (outputs, taps, channels) -> partial sums (outputs, parts)."""

BLOCKS = (2, 4, 8, 16, 32)
"""Products that a narrow accumulator takes up before it is added to a wide one."""


def _each_product(products: Array) -> Array:
    return products.reshape(len(products), -1)


def _each_channel(products: Array) -> Array:
    return np.array(products.sum(axis=1))


def _each_tap(products: Array) -> Array:
    return np.array(products.sum(axis=2))


def _everything(products: Array) -> Array:
    return np.array(products.sum(axis=(1, 2)))[:, np.newaxis]


def _blocks(products: Array, length: int, *, channels_first: bool = False) -> Array:
    """Sums of so many products next to each other, as they lie in memory; the last may be short."""
    if channels_first:
        products = np.swapaxes(products, 1, 2)
    flat = products.reshape(len(products), -1)
    return np.add.reduceat(flat, np.arange(0, flat.shape[1], length), axis=1)


def _pairs_of_a_tap(products: Array) -> Array:
    """Pairs of channels; an odd number of them leaves one alone at each tap."""
    starts = np.arange(0, products.shape[2], 2)
    return np.add.reduceat(products, starts, axis=2).reshape(len(products), -1)


def wrapped(sums: Array, bits: int) -> Array:
    """The number of so many bits, signed, that stays of each."""
    half = 2.0 ** (bits - 1)
    return np.array(np.mod(sums + half, 2.0**bits) - half)


def _clip(sums: Array, bits: int) -> Array:
    half = 2.0 ** (bits - 1)
    return np.clip(sums, -half, half - 1)


def _sum_of(
    products: Array, parts: Parts, narrowed: Callable[[Array, int], Array], bits: int
) -> Array:
    return np.array(narrowed(parts(products), bits).sum(axis=1))


def _summed(
    cause: str, detail: str, parts: Parts, narrowed: Callable[[Array, int], Array], bits: int
) -> Hypothesis:
    return Hypothesis(
        cause,
        detail,
        changes="values",
        summing=partial(_sum_of, parts=parts, narrowed=narrowed, bits=bits),
        alone=True,
    )


def _wraps(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    per_window = case.terms
    parts: list[tuple[str, Parts]] = [
        ("each input channel's sum", _each_channel),
        ("each tap's sum", _each_tap),
        ("each product", _each_product),
        ("the sum, before the bias,", _everything),
    ]
    parts += [
        (f"each sum of {length} products", partial(_blocks, length=length))
        for length in BLOCKS
        if length < per_window
    ]
    for bits in (16, 8, 32):
        for word, some in parts:
            yield _summed(
                "accumulator-wrap", f"{word} wrapped around to int{bits}", some, wrapped, bits
            )


def _saturations(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """``vpmaddubsw`` adds two products next to each other and keeps 16 bits of the sum."""
    for word, parts in (
        ("channels next to each other", partial(_blocks, length=2)),
        ("channels next to each other, of one tap", _pairs_of_a_tap),
        ("taps next to each other", partial(_blocks, length=2, channels_first=True)),
    ):
        yield _summed(
            "saturated-pairs",
            f"sums of two products ({word}) clipped to 16 bits",
            parts,
            _clip,
            16,
        )


def is_integer(case: Case) -> bool:
    """Whether both operands are integers, and no transposed convolution scatters their products."""
    return all(format_of(dtype).is_integer for dtype in case.dtypes) and not case.spec.transposed


ACCUMULATOR_WRAP = Cause(
    "accumulator-wrap",
    fix=partial(in_wider, "add up in int32 throughout: widen before the first addition"),
    applies=is_integer,
    hypotheses=_wraps,
    hint=hints.random_input,
)
SATURATED_PAIRS = Cause(
    "saturated-pairs",
    fix=partial(
        in_wider,
        "keep one operand to 7 bits (reduce_range=True), or use a processor with VNNI instructions",
    ),
    applies=is_integer,
    hypotheses=_saturations,
    hint=hints.random_input,
)
