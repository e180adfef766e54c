"""Cuts the sums of a quantized case into blocks that a processor's cache holds.

A formula may see where an output stands (its channel, its flat index modulo 16): each block has all
channels, and a multiple of 16 outputs before it and, but for the last one, in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from convcheck.quantized.sums import Sums

OUTPUTS = 1 << 15
"""About how many outputs a block has: a float64 array of them is 256 KiB."""
_ALIGNED = 16


@dataclass(frozen=True)
class Block:
    """Consecutive outputs of a case."""

    places: slice
    """Along the positions: an array in output shape as ``array.reshape(-1, filters)``."""
    sums: Sums
    """In shape (positions, filters)."""


def blocks(sums: Sums, outputs: int = OUTPUTS) -> Iterator[Block]:
    """Blocks of about ``outputs`` outputs that together give each output once, in order."""
    filters = sums.products.shape[-1]
    products = sums.products.reshape(-1, filters)
    magnitudes = None if sums.magnitudes is None else sums.magnitudes.reshape(-1, filters)
    step = max(outputs // (filters * _ALIGNED), 1) * _ALIGNED
    for first in range(0, len(products), step):
        places = slice(first, min(first + step, len(products)))
        part = replace(
            sums,
            products=products[places],
            magnitudes=None if magnitudes is None else magnitudes[places],
        )
        yield Block(places, part)
