"""Causes that only gradients have, and what others make of gradients alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.case.passes import BIAS_GRADIENT, INPUT_GRADIENT, Gradient
from convcheck.case.spec import ConvSpec
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Hypothesis, PostOp, Shape, say

if TYPE_CHECKING:
    from convcheck.case.case import Array


def _averaged(asked: Gradient, shape: Shape) -> Iterator[Hypothesis]:
    """Divided in the end, or each output gradient before: the roundings differ."""
    images, *spatial, _ = asked.output_gradient.shape
    counts = {images: f"the {images} images", images * prod(spatial): "all images and positions"}
    for count, words in counts.items():
        if count == 1:
            continue
        if count not in (1, images) and asked.kind == INPUT_GRADIENT:
            continue
        detail = f"the mean over {words} in place of the sum"
        # A product with 1 / count is rounded twice.
        mean = PostOp(f"divided by {count}", partial(_times, factor=1 / count), 1 / count, 2)
        yield Hypothesis("batch-averaged", detail, post_op=mean, alone=True)
        yield Hypothesis("batch-averaged", detail, partial(_divided, by=count), alone=True)


def _times(value: Array, factor: float) -> Array:
    return value * factor


def _divided(case: Case, by: int) -> Case:
    return _with_output_gradient(case, lambda g: (g / np.asarray(by, g.dtype)).astype(g.dtype))


def _left_out(asked: Gradient, shape: Shape) -> Iterator[Hypothesis]:
    images, *spatial, _ = asked.output_gradient.shape
    for axis, size in enumerate((images, *spatial)):
        if size < 2:
            continue
        what = "image" if axis == 0 else f"position along axis {axis}"
        for word, index in (("last", size - 1), ("first", 0)):
            yield Hypothesis(
                "position-left-out",
                f"a sum without the {word} {what} of {size}",
                partial(_without, axis=axis, index=index),
                alone=True,
            )


def _without(case: Case, axis: int, index: int) -> Case:
    def zeroed(g: Array) -> Array:
        kept = g.copy()
        kept[(slice(None),) * axis + (index,)] = 0
        return kept

    return _with_output_gradient(case, zeroed)


def of_bias_over_other_axes(asked: Gradient, shape: Shape) -> Iterator[Hypothesis]:
    """A bias gradient of which another axis than the filters is left, where it is as long."""
    g = asked.output_gradient
    if asked.kind != BIAS_GRADIENT:
        return
    for axis, size in enumerate(g.shape[:-1]):
        if size == shape[0] and size > 1:
            what = "the images" if axis == 0 else f"the positions along axis {axis}"
            yield Hypothesis(
                "bias-axis",
                f"sums for each of {what} in place of each filter",
                partial(_over_others, axis=axis),
                alone=True,
                fix=say(f"sum the output gradient over all axes but the last ({g.ndim - 1})"),
            )


def _over_others(case: Case, axis: int) -> Case:
    asked = case.gradient
    assert asked is not None
    g = np.moveaxis(asked.output_gradient, axis, -1)
    # Any convolution with such an output: its bias is what counts.
    ones = np.ones((*(1,) * (g.ndim - 2), 1, g.shape[-1]), g.dtype)
    spec = ConvSpec.make((1,) * (g.ndim - 2), padding="valid")
    forward = Case(spec, np.zeros((*g.shape[:-1], 1), g.dtype), ones)
    return replace(asked, forward=forward, output_gradient=g).case


def _with_output_gradient(case: Case, change: Callable[[Array], Array]) -> Case:
    asked = case.gradient
    assert asked is not None
    return replace(asked, output_gradient=change(asked.output_gradient)).case


BATCH_AVERAGED = Cause(
    "batch-averaged",
    fix=say(
        "sum over the batch, or divide on both sides: whether a loss is a sum or a mean is set "
        "where it is reduced (reduction='sum')"
    ),
    gradients=_averaged,
    hint=hints.batch,
)
POSITION_LEFT_OUT = Cause(
    "position-left-out",
    fix=say(
        "let the loop run over every position of the output gradient: with a stride that leaves a "
        "rest there are ceil(...) of them, not floor(...)"
    ),
    gradients=_left_out,
)
