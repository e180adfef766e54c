"""Numbers in one layout read as another: NCHW as NHWC, OIHW as HWIO, rows as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, Hypothesis, Shape, say
from convcheck.causes.undo import undo

if TYPE_CHECKING:
    from convcheck.case.case import Array

CAUSE = "layout-reshape"
TRANSPOSE = "transpose where the layout changes, do not reshape; until then"


def read_as_channels_first(x: Array) -> Array:
    """Numbers stored channels last, taken for channels first; in shape (N, *spatial, C) again."""
    n, *spatial, c = x.shape
    return np.moveaxis(x.reshape(n, c, *spatial), 1, -1)


def stored_channels_first(x: Array) -> Array:
    """Numbers stored channels first, taken for channels last."""
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)).reshape(x.shape)


def _read_columns_first(x: Array) -> Array:
    n, h, w, *rest = x.shape
    return np.swapaxes(x.reshape(n, w, h, *rest), 1, 2)


def _stored_columns_first(x: Array) -> Array:
    return np.ascontiguousarray(np.swapaxes(x, 1, 2)).reshape(x.shape)


def _read_as_oihw(kernel: Array) -> Array:
    *size, i, o = kernel.shape
    return np.moveaxis(kernel.reshape(o, i, *size), (0, 1), (-1, -2))


def _stored_oihw(kernel: Array) -> Array:
    stored = np.moveaxis(kernel, (-1, -2), (0, 1))
    return np.ascontiguousarray(stored).reshape(kernel.shape)


def _layouts(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    channels, filters = case.input.shape[-1], case.output_shape[-1]
    here = case.output_shape
    x_first, y_first = _first(case.input.shape), _first(here)
    kernel_first = _numbers([*case.kernel.shape[:-3:-1], *case.kernel.shape[:-2]])
    if channels > 1:
        yield Hypothesis(
            CAUSE,
            "the input's channels-last numbers read as channels first, without a transpose",
            lambda c: replace(c, input=read_as_channels_first(c.input)),
            fix=undo("x = np.moveaxis(x, -1, 1).reshape(x.shape)", words=TRANSPOSE),
        )
        yield Hypothesis(
            CAUSE,
            "the input's channels-first numbers read as channels last, without a transpose",
            lambda c: replace(c, input=stored_channels_first(c.input)),
            fix=undo(f"x = np.moveaxis(x.reshape({x_first}), 1, -1)", words=TRANSPOSE),
        )
    if min(prod(case.kernel.shape[:-2]), prod(case.kernel.shape[-2:])) > 1:
        yield Hypothesis(
            CAUSE,
            "the kernel's HWIO numbers read as OIHW, without a transpose",
            lambda c: replace(c, kernel=_read_as_oihw(c.kernel)),
            "kernel",
            fix=undo(
                "kernel = np.moveaxis(kernel, (-1, -2), (0, 1)).reshape(kernel.shape)",
                words=TRANSPOSE,
            ),
        )
        yield Hypothesis(
            CAUSE,
            "the kernel's OIHW numbers read as HWIO, without a transpose",
            lambda c: replace(c, kernel=_stored_oihw(c.kernel)),
            "kernel",
            fix=undo(
                f"kernel = np.moveaxis(kernel.reshape({kernel_first}), (0, 1), (-1, -2))",
                words=TRANSPOSE,
            ),
        )
    if filters > 1 and shape == here:
        yield Hypothesis(
            CAUSE,
            "the output's channels-first numbers read as channels last, without a transpose",
            relayout=lambda out: np.moveaxis(out.reshape(here[0], filters, *here[1:-1]), 1, -1),
            changes="values",
            fix=undo(f"y = np.moveaxis(y.reshape({y_first}), 1, -1)", words=TRANSPOSE),
        )
        yield Hypothesis(
            CAUSE,
            "the output's channels-last numbers read as channels first, without a transpose",
            relayout=lambda out: np.moveaxis(out, -1, 1).reshape(here),
            changes="values",
            fix=undo("y = np.moveaxis(y, -1, 1).reshape(y.shape)", words=TRANSPOSE),
        )
    if shape != here:
        yield from _other_shapes(case, shape)
    if case.spec.rank > 1:
        yield from _rows_and_columns(case, shape)


def _other_shapes(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    batch, *spatial, filters = here = case.output_shape
    if shape == (batch, filters, *spatial):
        yield Hypothesis(
            CAUSE,
            "the output is channels first",
            relayout=lambda out: np.moveaxis(out, 1, -1),
            changes="values",
            fix=undo("y = np.moveaxis(y, 1, -1)", f"y = y.permute({_permutation(case)})"),
        )
    if prod(shape) == prod(here) and len(shape) != len(here):
        yield Hypothesis(
            CAUSE,
            f"the output's numbers in shape {shape}",
            relayout=lambda out: out.reshape(here),
            changes="values",
            fix=undo(f"y = y.reshape({_numbers(here)})"),
        )


def _rows_and_columns(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    yield Hypothesis(
        CAUSE,
        "rows and columns of the input exchanged",
        lambda c: replace(c, input=np.swapaxes(c.input, 1, 2)),
        fix=undo("x = np.swapaxes(x, 1, 2)", "x = x.transpose(2, 3)"),
    )
    batch, rows, columns, *others = case.input.shape
    exchanged = _numbers([batch, columns, rows, *others])
    if rows != columns:
        yield Hypothesis(
            CAUSE,
            "the input's numbers read columns first",
            lambda c: replace(c, input=_read_columns_first(c.input)),
            fix=undo("x = np.swapaxes(x, 1, 2).reshape(x.shape)", words=TRANSPOSE),
        )
        yield Hypothesis(
            CAUSE,
            "the input's numbers stored columns first",
            lambda c: replace(c, input=_stored_columns_first(c.input)),
            fix=undo(f"x = np.swapaxes(x.reshape({exchanged}), 1, 2)", words=TRANSPOSE),
        )
    swapped = list(case.output_shape)
    swapped[1], swapped[2] = swapped[2], swapped[1]
    if shape == tuple(swapped):
        yield Hypothesis(
            CAUSE,
            "rows and columns of the output exchanged",
            relayout=lambda out: np.swapaxes(out, 1, 2),
            changes="values",
            fix=undo("y = np.swapaxes(y, 1, 2)", "y = y.transpose(2, 3)"),
        )


def _first(shape: Shape) -> str:
    """The shape of the same numbers, channels first."""
    return _numbers([shape[0], shape[-1], *shape[1:-1]])


def _permutation(case: Case) -> str:
    return _numbers([0, *range(2, case.spec.rank + 2), 1])


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(map(str, values))


LAYOUT_RESHAPE = Cause(
    CAUSE,
    fix=say(TRANSPOSE),
    applies=lambda case: prod(case.kernel.shape) > 1 or case.input.shape[-1] > 1,
    hypotheses=_layouts,
)
