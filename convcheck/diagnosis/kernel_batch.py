"""Many changed kernels under one look: side by side, multiplied at once by the same windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.probe import Im2col, KernelMatrix, Probe, multiply
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array

STACK = 1 << 20
"""Most numbers of kernels that are multiplied at once."""


@dataclass(frozen=True)
class ChangedKernel:
    """A change of the kernel, made, and its filters that are looked at."""

    hypothesis: Hypothesis
    matrix: KernelMatrix


def results(
    inputs: Im2col,
    kernels: Sequence[ChangedKernel],
    arithmetic: Arithmetic,
    reads: tuple[Hypothesis, Case] | None = None,
) -> Iterator[tuple[ChangedKernel, Probe]]:
    """Each kernel with what it gives for these windows, in the order given.

    ``reads`` is the hypothesis that changed the windows, and its case: its roundings count too.
    """
    for stack in _stacks(kernels):
        filters = stack[0].matrix.values.shape[1]
        found = multiply(inputs, _side_by_side(stack), arithmetic, reads)
        for i, kernel in enumerate(stack):
            own = slice(i * filters, (i + 1) * filters)
            yield (
                kernel,
                Probe(found.value[:, own], found.limit[:, own], found.radius[:, own]),
            )


def _stacks(kernels: Sequence[ChangedKernel]) -> Iterator[list[ChangedKernel]]:
    """Kernels that follow each other, all with a bias or none."""
    for _, alike in groupby(kernels, key=lambda one: one.matrix.bias is None):
        every = list(alike)
        step = max(STACK // max(every[0].matrix.values.size, 1), 1)
        for start in range(0, len(every), step):
            yield every[start : start + step]


def _side_by_side(stack: Sequence[ChangedKernel]) -> KernelMatrix:
    values = np.concatenate([one.matrix.values for one in stack], axis=1)
    given = [one.matrix.bias for one in stack]
    biases: list[Array] = [bias for bias in given if bias is not None]
    return KernelMatrix(values, stack[0].matrix.taps, np.concatenate(biases) if biases else None)
