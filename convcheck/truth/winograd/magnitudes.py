"""W, the sum of magnitudes that a Winograd algorithm's errors are in proportion to.

    W = |A| [sum over channels of (|G| |g| |G'|) * (|B| |d| |B'|)] |A'|        on one tile

is the sum over every product of constants, input and kernel value on any way to an output of its
magnitude. Each such product meets at most

    k = (n_A + 1) + (n_G + 1) + (n_B + 1) for each transformed axis, + products added up, + 1: bias

factors 1 + d with |d| <= u, so that an output is within gamma(k) (W + |bias|) of exact (Higham
2002, "Accuracy and Stability of Numerical Algorithms", lemma 3.1): n the most nonzeros in a row,
one factor for the constant, one for its product, n - 1 for additions in any order. Of the products
of transformed tiles each meets its own rounding and one fewer additions than there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.formats import FLOAT64, Array, Floats, Format
from convcheck.truth.winograd.tiling import Tiling
from convcheck.truth.winograd.transforms import sizes

NUMBERS = 1 << 20
"""About how many float64 numbers of tiles are held at once: 8 MB for each array."""
SCALED = 2.0**10
"""How far an implementation may scale the rows of its transforms from those here: it moves what an
underflow loses, and nothing else."""


class Magnitudes:
    """W of a case under a tiling, at any outputs; never below the true one."""

    def __init__(self, case: Case, tiling: Tiling, filters: Array | None = None) -> None:
        self._case, self._tiling = case, tiling
        groups = case.spec.groups
        of_group = case.output_shape[-1] // groups
        chosen = np.arange(case.output_shape[-1]) if filters is None else filters
        self._filters = [np.flatnonzero(chosen // of_group == group) for group in range(groups)]
        kernel: Floats = np.abs(case.kernel[..., chosen].astype(np.float64))
        for axis, transform in enumerate(tiling.axes):
            kernel = _along(sizes(transform.of_kernel), kernel, axis)
        self._kernel = kernel.reshape(-1, *kernel.shape[-2:])  # (elements of a tile, channels, F)
        # Relative: as many roundings as the algorithm has itself, of the matrices one more each.
        roundings = tiling.roundings + tiling.summed(case) + 8
        self._outward = 1.0 + 4 * roundings * FLOAT64.u

    def everywhere(self) -> Floats:
        """W of every output."""
        case = self._case
        shape = case.output_shape
        steps = [axis.outputs for axis in self._tiling.axes]
        counts = [-(-size // step) for size, step in zip(shape[1:-1], steps, strict=True)]
        sides = [count * step for count, step in zip(counts, steps, strict=True)]
        whole = np.empty((shape[0], *sides, shape[-1]))
        # (N, tile, output of the tile, tile, output of the tile, ..., F)
        split = [n for pair in zip(counts, steps, strict=True) for n in pair]
        view = whole.reshape(shape[0], *split, shape[-1])
        every = prod(counts) * shape[0]
        for start in range(0, every, self._at_once):
            flat = np.arange(start, min(start + self._at_once, every))
            image, *tiles = np.unravel_index(flat, (shape[0], *counts))
            index = [part for tile in tiles for part in (tile, slice(None))]
            view[(image, *index)] = self._of([image, *tiles])
        return whole[(slice(None), *(slice(size) for size in shape[1:-1]))]

    def at(self, places: Sequence[Array]) -> Floats:
        """W at some places (image, then each spatial axis), with every filter: (places, F)."""
        image, *spatial = places
        inside = []
        tiles = [np.asarray(image)]
        for place, axis in zip(spatial, self._tiling.axes, strict=True):
            tile, rest = np.divmod(place, axis.outputs)
            tiles.append(tile)
            inside.append(rest)
        distinct, which = np.unique(np.stack(tiles, 1), axis=0, return_inverse=True)
        which = which.reshape(-1)
        found = np.empty((len(which), self._kernel.shape[-1]))
        for start in range(0, len(distinct), self._at_once):
            some = self._of(list(distinct[start : start + self._at_once].T))
            here = np.flatnonzero((which >= start) & (which < start + self._at_once))
            found[here] = some[(which[here] - start, *(rest[here] for rest in inside))]
        return found

    @property
    def _at_once(self) -> int:
        elements, _, filters = self._kernel.shape
        held: int = elements * (filters + self._case.input.shape[-1])
        return max(1, NUMBERS // held)

    def _of(self, tiles: Sequence[Array]) -> Floats:
        """W of tiles (image, then each spatial axis): (tiles, *outputs of a tile, F)."""
        axes = self._tiling.axes
        x = read_tiles(self._case, [(axis.outputs, axis.tile) for axis in axes], tiles)
        for axis, transform in enumerate(axes, 1):
            x = _along(sizes(transform.of_input), x, axis)
        count, groups = len(x), self._case.spec.groups
        # (elements of a tile, groups, tiles, channels of a group)
        x = x.reshape(count, len(self._kernel), groups, -1).transpose(1, 2, 0, 3)
        products = np.empty((len(self._kernel), count, self._kernel.shape[-1]))
        for group, filters in enumerate(self._filters):
            if len(filters):
                products[..., filters] = x[:, group] @ self._kernel[..., filters]
        found: Floats = products.reshape(*(axis.tile for axis in axes), count, -1)
        for axis, transform in enumerate(axes):
            found = _along(sizes(transform.back), found, axis)
        return np.moveaxis(found, -2, 0) * self._outward


def read_tiles(case: Case, axes: Sequence[tuple[int, int]], tiles: Sequence[Array]) -> Floats:
    """|x| of tiles (image, then each spatial axis), 0 outside: (tiles, *elements of a tile, C).

    By axis, the outputs of a tile, which is how far apart tiles are, and its inputs.
    """
    image, *places = tiles
    rank = len(places)
    index: list[Array] = [image.reshape(-1, *[1] * rank)]
    valid: Array = np.ones(1, bool)
    for i, (place, (step, size), own) in enumerate(zip(places, axes, case.axes, strict=True), 1):
        reads = place[:, np.newaxis] * step - own.before + np.arange(size)
        shape = [len(place), *[1] * rank]
        shape[i] = size
        inside = (reads >= 0) & (reads < own.size)
        index.append(np.where(inside, reads, 0).reshape(shape))
        valid = valid & inside.reshape(shape)
    found = np.abs(case.input[tuple(index)].astype(np.float64))
    return np.where(valid[..., np.newaxis], found, 0.0)


def roundings(case: Case, tiling: Tiling) -> int:
    """k: most roundings that one product meets on its way to an output."""
    return tiling.roundings + tiling.summed(case) + (case.bias is not None)


def underflow_loss(case: Case, tiling: Tiling, accumulator: Format) -> float:
    """Most that underflows may lose, flushed to zero or not: the same for every output.

    Each of no more than 4 k operations that an element meets may lose the smallest normal number,
    once stored and once read; the transforms after it enlarge that, and so does the largest number
    that it is multiplied by.
    """
    largest = sum(
        max(float(one.max(initial=0)), -float(one.min(initial=0)))
        for one in (case.input, case.kernel)
    )
    enlarged = prod(axis.growth for axis in tiling.axes) * tiling.summed(case)
    operations = 4 * roundings(case, tiling)
    return SCALED * operations * accumulator.smallest_normal * enlarged * (largest + 1.0)


def _along(matrix: Floats, values: Array, axis: int) -> Floats:
    """A matrix applied to one axis of an array."""
    return np.moveaxis(np.tensordot(matrix, values, (1, axis)), 0, axis)
