"""The kernel read in another order: flipped, transposed, its channel axes exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Fix, Hypothesis, Shape, say
from convcheck.causes.undo import undo

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
                fix=_flip_back(some),
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
            fix=_swap_back(i, j),
        )
        if size[i] != size[j]:
            yield Hypothesis(
                "kernel-transpose",
                f"the kernel's numbers read with {names[i]} and {names[j]} exchanged",
                partial(_read_swapped, i=i, j=j),
                "kernel",
                fix=_unread(case, i, j),
            )
            yield Hypothesis(
                "kernel-transpose",
                f"the kernel's numbers stored with {names[i]} and {names[j]} exchanged",
                partial(_stored_swapped, i=i, j=j),
                "kernel",
                fix=_unstored(i, j),
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
            fix=_swap_back(-1, -2),
        )
        return
    yield Hypothesis(
        "kernel-io-swap",
        "the kernel's numbers read with input and output channels exchanged",
        partial(_read_swapped, i=-1, j=-2),
        "kernel",
        fix=_unread(case, -1, -2),
    )
    yield Hypothesis(
        "kernel-io-swap",
        "the kernel's numbers stored with input and output channels exchanged",
        partial(_stored_swapped, i=-2, j=-1),
        "kernel",
        fix=_unstored(-2, -1),
    )
    per_group = b // groups
    if groups > 1 and not case.spec.transposed and per_group == a:
        yield Hypothesis(
            "kernel-io-swap",
            "input and output channels of the kernel exchanged within each group",
            _swapped_in_groups,
            "kernel",
            fix=_swap_back_in_groups(case),
        )


def _swapped_in_groups(case: Case) -> Case:
    *size, a, b = case.kernel.shape
    groups = case.spec.groups
    split = case.kernel.reshape(*size, a, groups, b // groups)
    return with_kernel(case, np.swapaxes(split, -1, -3).reshape(case.kernel.shape))


def _flip_back(axes: tuple[int, ...]) -> Fix:
    numbers = _numbers(axes) if len(axes) == 1 else str(axes)
    dims = _numbers([axis + 2 for axis in axes])
    return undo(f"kernel = np.flip(kernel, {numbers}).copy()", f"weight = weight.flip({dims})")


def _swap_back(i: int, j: int) -> Fix:
    dims = [axis + 2 if axis >= 0 else -1 - axis for axis in (i, j)]
    return undo(
        f"kernel = np.swapaxes(kernel, {i}, {j})",
        f"weight = weight.transpose({dims[0]}, {dims[1]})",
    )


def _unread(case: Case, i: int, j: int) -> Fix:
    """Undoes numbers that were read with two axes exchanged."""
    shape = list(case.kernel.shape)
    shape[i], shape[j] = shape[j], shape[i]
    return undo(f"kernel = np.swapaxes(kernel.reshape({_numbers(shape)}), {i}, {j})")


def _unstored(i: int, j: int) -> Fix:
    """Undoes numbers that were stored with two axes exchanged."""
    return undo(f"kernel = np.swapaxes(kernel, {i}, {j}).reshape(kernel.shape)")


def _swap_back_in_groups(case: Case) -> Fix:
    *size, each, _ = case.kernel.shape
    split = _numbers([*size, each, case.spec.groups, each])
    return undo(f"kernel = np.swapaxes(kernel.reshape({split}), -1, -3).reshape(kernel.shape)")


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(map(str, values))


def _axes_fix(case: Case | None, framework: str) -> str:
    rank, transposed = (2, False) if case is None else (case.spec.rank, case.spec.transposed)
    order = (*range(2, rank + 2), 1, 0)
    ours, theirs = ("HWOI", "(in, out, ...)") if transposed else ("HWIO", "(out, in, ...)")
    return f"kernels are {ours}: from torch's {theirs} by weight.permute({_numbers(order)})"


KERNEL_FLIP = Cause(
    "kernel-flip",
    fix=say("flip the kernel back along that axis"),
    applies=lambda case: not case.spec.transposed,
    hypotheses=_flips,
    hint=hints.kernel,
)
TRANSPOSE_KERNEL_FLIP = Cause(
    "transpose-kernel-flip",
    fix=say("flip the kernel back along that axis"),
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
