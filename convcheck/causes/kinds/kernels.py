"""The kernel read in another order: flipped, transposed, its channel axes exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Hypothesis, Shape

if TYPE_CHECKING:
    from convcheck.case.case import Array

AXES = {1: ("W",), 2: ("H", "W"), 3: ("D", "H", "W")}


def with_kernel(case: Case, kernel: Array) -> Case:
    """The case with this kernel, its size taken from the array."""
    spec = replace(case.spec, kernel_size=tuple(int(n) for n in kernel.shape[:-2]))
    return replace(case, kernel=kernel, spec=spec)


def _flips(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    rank, names = case.spec.rank, AXES[case.spec.rank]
    axes = [axis for axis in range(rank) if case.spec.kernel_size[axis] > 1]
    for count in range(len(axes), 0, -1):
        for some in combinations(axes, count):
            along = "every axis" if count == len(axes) else " and ".join(names[i] for i in some)
            yield Hypothesis(
                "transpose-kernel-flip" if case.spec.transposed else "kernel-flip",
                f"the kernel flipped along {along}",
                partial(_flipped, axes=some),
                "kernel",
            )


def _transposes(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    names, size = AXES[case.spec.rank], case.spec.kernel_size
    for i, j in combinations(range(case.spec.rank), 2):
        if size[i] == size[j] == 1:
            continue
        yield Hypothesis(
            "kernel-transpose",
            f"the kernel's axes {names[i]} and {names[j]} exchanged",
            partial(_swapped, i=i, j=j),
            "kernel" if size[i] == size[j] else "reads",
        )
        if size[i] != size[j]:
            yield Hypothesis(
                "kernel-transpose",
                f"the kernel's numbers read with {names[i]} and {names[j]} exchanged",
                partial(_read_swapped, i=i, j=j),
                "kernel",
            )
            yield Hypothesis(
                "kernel-transpose",
                f"the kernel's numbers stored with {names[i]} and {names[j]} exchanged",
                partial(_stored_swapped, i=i, j=j),
                "kernel",
            )


def _flipped(case: Case, axes: tuple[int, ...]) -> Case:
    return with_kernel(case, np.flip(case.kernel, axes))


def _swapped(case: Case, i: int, j: int) -> Case:
    return with_kernel(case, np.swapaxes(case.kernel, i, j))


def _read_swapped(case: Case, i: int, j: int) -> Case:
    return with_kernel(case, np.swapaxes(case.kernel, i, j).reshape(case.kernel.shape))


def _stored_swapped(case: Case, i: int, j: int) -> Case:
    shape = list(case.kernel.shape)
    shape[i], shape[j] = shape[j], shape[i]
    return with_kernel(case, np.swapaxes(case.kernel.reshape(shape), i, j))


def _io_swaps(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    *_, a, b = case.kernel.shape
    groups = case.spec.groups
    if groups == 1 and a == b:
        yield Hypothesis(
            "kernel-io-swap",
            "input and output channels of the kernel exchanged",
            partial(_swapped, i=-1, j=-2),
            "kernel",
        )
        return
    yield Hypothesis(
        "kernel-io-swap",
        "the kernel's numbers read with input and output channels exchanged",
        partial(_read_swapped, i=-1, j=-2),
        "kernel",
    )
    yield Hypothesis(
        "kernel-io-swap",
        "the kernel's numbers stored with input and output channels exchanged",
        partial(_stored_swapped, i=-2, j=-1),
        "kernel",
    )
    per_group = b // groups
    if groups > 1 and not case.spec.transposed and per_group == a:
        yield Hypothesis(
            "kernel-io-swap",
            "input and output channels of the kernel exchanged within each group",
            _swapped_in_groups,
            "kernel",
        )


def _swapped_in_groups(case: Case) -> Case:
    *size, a, b = case.kernel.shape
    groups = case.spec.groups
    split = case.kernel.reshape(*size, a, groups, b // groups)
    return with_kernel(case, np.swapaxes(split, -1, -3).reshape(case.kernel.shape))


def _flip_fix(case: Case | None, framework: str) -> str:
    rank = case.spec.rank if case is not None else 2
    dims = tuple(range(2, 2 + rank))
    axes = tuple(range(rank))
    here = {
        "torch": f"torch: weight = weight.flip({dims})",
        "scipy": "scipy: signal.correlate in place of signal.convolve",
    }
    generic = (
        f"flip the kernel back: numpy.flip(kernel, {axes}) for HWIO, weight.flip({dims}) for "
        "torch; frameworks correlate, mathematics and scipy.signal.convolve flip"
    )
    return here.get(framework, generic)


def _axes_fix(case: Case | None, framework: str) -> str:
    if case is not None and case.spec.transposed:
        return (
            "kernels are HWOI: torch: weight.permute(2, 3, 1, 0).numpy() of conv_transpose2d's "
            "(in, out, H, W)"
        )
    return (
        "kernels are HWIO: from torch's OIHW weight.permute(2, 3, 1, 0).numpy(), back with "
        "numpy.transpose(kernel, (3, 2, 0, 1))"
    )


KERNEL_FLIP = Cause(
    "kernel-flip",
    fix=_flip_fix,
    applies=lambda case: not case.spec.transposed,
    hypotheses=_flips,
    hint=hints.kernel,
)
TRANSPOSE_KERNEL_FLIP = Cause(
    "transpose-kernel-flip",
    fix=_flip_fix,
    applies=lambda case: case.spec.transposed,
    hypotheses=_flips,
)
KERNEL_TRANSPOSE = Cause(
    "kernel-transpose",
    fix=_axes_fix,
    applies=lambda case: case.spec.rank > 1,
    hypotheses=_transposes,
    hint=hints.kernel,
)
KERNEL_IO_SWAP = Cause(
    "kernel-io-swap",
    fix=_axes_fix,
    applies=lambda case: min(case.kernel.shape[-2:]) > 1,
    hypotheses=_io_swaps,
)
