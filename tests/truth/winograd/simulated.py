"""Convolutions by transforms of tiles, simulated in the dtype's own roundings, in any order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.winograd.tiling import Tiling
from convcheck.truth.winograd.transforms import Matrix, Transform


def by_winograd(
    case: Case, tiling: Tiling, dtype: Any = np.float32, seed: int | None = None
) -> np.ndarray:
    """The case by Winograd's algorithm: products and additions each rounded to the dtype.

    With a seed terms are added in an order drawn at random, and rows of the transforms are scaled
    by numbers drawn at random, as implementations do to have nicer constants.
    """
    rng = None if seed is None else np.random.default_rng(seed)
    groups, rank = case.spec.groups, case.spec.rank
    scaled = [_scaled(axis, rng) for axis in tiling.axes]
    kernel = case.kernel.astype(dtype)
    for axis, (_, of_kernel, _) in enumerate(scaled):
        kernel = apply(of_kernel, kernel, axis, rng)
    padded = _padded(case, tiling).astype(dtype)
    out = np.zeros(_covered(case, tiling), dtype)
    for tile in np.ndindex(*_counts(case, tiling)):
        starts = [t * axis.outputs for t, axis in zip(tile, tiling.axes, strict=True)]
        read = [slice(s, s + axis.tile) for s, axis in zip(starts, tiling.axes, strict=True)]
        x = padded[(slice(None), *read)]
        for axis, (_, _, of_input) in enumerate(scaled, 1):
            x = apply(of_input, x, axis, rng)
        y = _products(x, kernel, groups, rng)
        for axis, (back, _, _) in enumerate(scaled, 1):
            y = apply(back, y, axis, rng)
        write = [slice(s, s + axis.outputs) for s, axis in zip(starts, tiling.axes, strict=True)]
        out[(slice(None), *write)] = y
    out = out[(slice(None), *(slice(n) for n in case.output_shape[1 : 1 + rank]))]
    return out if case.bias is None else out + case.bias.astype(dtype)


def by_fft(case: Case, tile: int) -> np.ndarray:
    """The case by Fourier transforms of square tiles (overlap-save), in float32 spectra."""
    groups = case.spec.groups
    tiling = Tiling(tuple(_Overlapping(tile - r + 1, r) for r in case.spec.kernel_size))
    axes = tuple(range(1, 1 + case.spec.rank))
    flipped = np.flip(case.kernel, axis=tuple(a - 1 for a in axes))
    spectrum = np.fft.rfftn(flipped, [tile] * len(axes), [a - 1 for a in axes])
    spectrum = spectrum.astype(np.complex64)
    padded = _padded(case, tiling)
    out = np.zeros(_covered(case, tiling), np.float32)
    for place in np.ndindex(*_counts(case, tiling)):
        starts = [t * axis.outputs for t, axis in zip(place, tiling.axes, strict=True)]
        read = [slice(s, s + tile) for s in starts]
        x = np.fft.rfftn(padded[(slice(None), *read)], axes=axes).astype(np.complex64)
        x = x.reshape(*x.shape[:-1], groups, -1)
        k = spectrum.reshape(*spectrum.shape[:-1], groups, -1)
        product = np.einsum("n...gc,...cgo->n...go", x, k).astype(np.complex64)
        y = np.fft.irfftn(product.reshape(*product.shape[:-2], -1), [tile] * len(axes), axes)
        keep = [slice(r - 1, None) for r in case.spec.kernel_size]
        write = [slice(s, s + axis.outputs) for s, axis in zip(starts, tiling.axes, strict=True)]
        out[(slice(None), *write)] = y.astype(np.float32)[(slice(None), *keep)]
    return out[(slice(None), *(slice(n) for n in case.output_shape[1:-1]))]


class _Overlapping(Transform):
    """The sizes of a tile alone: no points."""

    def __post_init__(self) -> None:
        pass


def apply(matrix: Matrix, values: np.ndarray, axis: int, rng: Any) -> np.ndarray:
    """A matrix applied to an axis: each row a sum of rounded products by rounded constants."""
    values = np.moveaxis(values, axis, 0)
    rows = []
    for row in matrix:
        terms = [j for j, constant in enumerate(row) if constant]
        if rng is not None:
            rng.shuffle(terms)
        total = values.dtype.type(float(row[terms[0]])) * values[terms[0]]
        for j in terms[1:]:
            total = total + values.dtype.type(float(row[j])) * values[j]
        rows.append(total)
    return np.moveaxis(np.stack(rows), 0, axis)


def _products(x: np.ndarray, kernel: np.ndarray, groups: int, rng: Any) -> np.ndarray:
    each, of_group = x.shape[-1] // groups, kernel.shape[-1] // groups
    out = np.zeros((*x.shape[:-1], kernel.shape[-1]), x.dtype)
    for group in range(groups):
        filters = slice(group * of_group, (group + 1) * of_group)
        channels = np.arange(each) if rng is None else rng.permutation(each)
        for c in channels:
            out[..., filters] += x[..., group * each + c, None] * kernel[..., c, filters]
    return out


def _scaled(transform: Transform, rng: Any) -> tuple[Matrix, Matrix, Matrix]:
    back, of_kernel, of_input = transform.back, transform.of_kernel, transform.of_input
    if rng is None or transform.is_direct:
        return back, of_kernel, of_input
    s, t = ([Fraction(int(n), 12) for n in rng.integers(1, 40, transform.tile)] for _ in "st")
    return (
        tuple(tuple(v * s[j] for j, v in enumerate(row)) for row in back),
        tuple(tuple(v * t[j] for v in row) for j, row in enumerate(of_kernel)),
        tuple(tuple(v / (s[j] * t[j]) for v in row) for j, row in enumerate(of_input)),
    )


def _counts(case: Case, tiling: Tiling) -> list[int]:
    sizes = zip(case.output_shape[1:-1], tiling.axes, strict=True)
    return [-(-size // axis.outputs) for size, axis in sizes]


def _covered(case: Case, tiling: Tiling) -> tuple[int, ...]:
    counts = zip(_counts(case, tiling), tiling.axes, strict=True)
    return (len(case.input), *(n * axis.outputs for n, axis in counts), case.output_shape[-1])


def _padded(case: Case, tiling: Tiling) -> np.ndarray:
    wide = [(0, 0)]
    for n, tiles, axis in zip(_covered(case, tiling)[1:-1], tiling.axes, case.axes, strict=True):
        wide.append((axis.before, n + tiles.taps - 1 - axis.before - axis.size))
    cut = tuple(slice(None, min(after, 0) or None) for _, after in wide)
    x = case.input[(*cut, slice(None))]
    return np.pad(x, [*((before, max(after, 0)) for before, after in wide), (0, 0)])
