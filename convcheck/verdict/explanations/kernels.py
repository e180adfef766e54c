"""The kernel read in another order: flipped, transposed, its channel axes exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.verdict.explanations.variant import Explanation, Shape, Variant

if TYPE_CHECKING:
    from convcheck.case.case import Array

AXES = {1: ("W",), 2: ("H", "W"), 3: ("D", "H", "W")}


def with_kernel(case: Case, kernel: Array) -> Case:
    """The case with this kernel, its size taken from the array."""
    spec = replace(case.spec, kernel_size=tuple(int(n) for n in kernel.shape[:-2]))
    return replace(case, kernel=kernel, spec=spec)


def _flips(case: Case, shape: Shape) -> Iterator[Variant]:
    rank, names = case.spec.rank, AXES[case.spec.rank]
    axes = [axis for axis in range(rank) if case.spec.kernel_size[axis] > 1]
    for count in range(len(axes), 0, -1):
        for some in combinations(axes, count):
            along = "every axis" if count == len(axes) else " and ".join(names[i] for i in some)
            yield Variant(
                "transpose-kernel-flip" if case.spec.transposed else "kernel-flip",
                f"the kernel flipped along {along}",
                lambda c, some=some: with_kernel(c, np.flip(c.kernel, some)),  # type: ignore[misc]
                "kernel",
            )


def _transposes(case: Case, shape: Shape) -> Iterator[Variant]:
    names, size = AXES[case.spec.rank], case.spec.kernel_size
    for i, j in combinations(range(case.spec.rank), 2):
        if size[i] == size[j] == 1:
            continue
        yield Variant(
            "kernel-transpose",
            f"the kernel's axes {names[i]} and {names[j]} exchanged",
            lambda c, i=i, j=j: with_kernel(c, np.swapaxes(c.kernel, i, j)),  # type: ignore[misc]
            "kernel" if size[i] == size[j] else "place",
        )
        if size[i] != size[j]:
            yield Variant(
                "kernel-transpose",
                f"the kernel's numbers read with {names[i]} and {names[j]} exchanged",
                lambda c, i=i, j=j: with_kernel(  # type: ignore[misc]
                    c, np.swapaxes(c.kernel, i, j).reshape(c.kernel.shape)
                ),
                "kernel",
            )
            yield Variant(
                "kernel-transpose",
                f"the kernel's numbers stored with {names[i]} and {names[j]} exchanged",
                lambda c, i=i, j=j: with_kernel(c, _stored_swapped(c.kernel, i, j)),  # type: ignore[misc]
                "kernel",
            )


def _stored_swapped(kernel: Array, i: int, j: int) -> Array:
    shape = list(kernel.shape)
    shape[i], shape[j] = shape[j], shape[i]
    return np.swapaxes(kernel.reshape(shape), i, j)


def _io_swaps(case: Case, shape: Shape) -> Iterator[Variant]:
    *_, a, b = case.kernel.shape
    groups = case.spec.groups
    if groups == 1 and a == b:
        yield Variant(
            "kernel-io-swap",
            "input and output channels of the kernel exchanged",
            lambda c: with_kernel(c, np.swapaxes(c.kernel, -1, -2)),
            "kernel",
        )
        return
    yield Variant(
        "kernel-io-swap",
        "the kernel's numbers read with input and output channels exchanged",
        lambda c: with_kernel(c, np.swapaxes(c.kernel, -1, -2).reshape(c.kernel.shape)),
        "kernel",
    )
    yield Variant(
        "kernel-io-swap",
        "the kernel's numbers stored with input and output channels exchanged",
        lambda c: with_kernel(c, _stored_swapped(c.kernel, c.kernel.ndim - 2, c.kernel.ndim - 1)),
        "kernel",
    )
    per_group = b // groups
    if groups > 1 and not case.spec.transposed and per_group == a:
        yield Variant(
            "kernel-io-swap",
            "input and output channels of the kernel exchanged within each group",
            lambda c: with_kernel(c, _swapped_in_groups(c.kernel, groups)),
            "kernel",
        )


def _swapped_in_groups(kernel: Array, groups: int) -> Array:
    *size, a, b = kernel.shape
    split = kernel.reshape(*size, a, groups, b // groups)
    return np.swapaxes(split, -1, -3).reshape(kernel.shape)


FLIP = Explanation("kernel-flip", lambda case: not case.spec.transposed, _flips)
TRANSPOSE_FLIP = Explanation("transpose-kernel-flip", lambda case: case.spec.transposed, _flips)
TRANSPOSE = Explanation("kernel-transpose", lambda case: case.spec.rank > 1, _transposes)
IO_SWAP = Explanation(
    "kernel-io-swap",
    lambda case: min(case.kernel.shape[-2:]) > 1,
    _io_swaps,
)
