"""The bias added along another axis, in another order, in part, twice, or rounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Hypothesis, Shape
from convcheck.causes.geometry_fixes import right_call
from convcheck.causes.gradients.kinds import of_bias_over_other_axes
from convcheck.causes.kinds.channels import orders
from convcheck.causes.kinds.kernels import AXES
from convcheck.truth.formats import BFLOAT16, FLOAT16, FLOAT32, TFLOAT32, format_of
from convcheck.truth.rounding import Rounding, cast

if TYPE_CHECKING:
    from convcheck.case.case import Array

MISSING = 16
"""Channels up to which each is tried without its bias: any choice of them is found by solving."""


def with_bias(cause: str, detail: str, bias: Array, *, n_fitted: int = 0) -> Hypothesis:
    """The case with another bias; its addition may round once more."""
    return Hypothesis(
        cause,
        detail,
        lambda case: replace(case, bias=bias),
        "kernel",
        roundings=1,
        n_fitted=n_fitted,
        n_chosen=n_fitted,
        alone=True,
    )


def _axes(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """Along an axis as long as there are filters; or a flat output read in the other layout."""
    bias = case.bias
    if bias is None or len(bias) < 2 or len(shape) != case.spec.rank + 2:
        return
    names = ("batch", *AXES[case.spec.rank])
    for axis in range(len(shape) - 2, -1, -1):
        if shape[axis] == len(bias):
            yield _added(f"along the axis {names[axis]}", partial(_along, bias=bias, axis=axis))
    yield _added("to channels-last numbers taken for channels first", partial(_as_first, bias=bias))
    yield _added("to channels-first numbers taken for channels last", partial(_as_last, bias=bias))


def _added(where: str, addend: object) -> Hypothesis:
    return Hypothesis(
        "bias-axis",
        f"the bias added {where}",
        lambda case: replace(case, bias=None),
        "values",
        addend=addend,  # type: ignore[arg-type]
        roundings=1,
        alone=True,
    )


def _along(shape: Shape, index: Sequence[Array], bias: Array, axis: int) -> Array:
    return np.broadcast_to(bias[index[axis]], np.broadcast_shapes(*(i.shape for i in index)))


def _as_first(shape: Shape, index: Sequence[Array], bias: Array) -> Array:
    """Number p of an image stored (*spatial, O) has channel p // positions where O is first."""
    within = _flat(shape[1:], index[1:])
    return np.broadcast_to(bias[within // prod(shape[1:-1])], np.broadcast(*index).shape)


def _as_last(shape: Shape, index: Sequence[Array], bias: Array) -> Array:
    """Number p of an image stored (O, *spatial) has channel p modulo O where O is last."""
    _, *spatial, filters = shape
    within = _flat((filters, *spatial), (index[-1], *index[1:-1]))
    return np.broadcast_to(bias[within % filters], np.broadcast(*index).shape)


def _flat(shape: Sequence[int], index: Sequence[Array]) -> Array:
    flat: Array = np.zeros((), np.int64)
    for size, axis in zip(shape, index, strict=True):
        flat = flat * size + axis
    return flat


def _orders(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    assert case.bias is not None
    for word, order in orders(len(case.bias)):
        yield with_bias("bias-order", f"the bias {word}", case.bias[list(order)])


def _missing(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    assert case.bias is not None
    count = len(case.bias)
    some = [[channel] for channel in range(count)] if count <= MISSING else []
    some += [list(range(1, count)), list(range(count // 2, count)), list(range(count // 2))]
    for channels in some:
        if 0 < len(channels) < count:
            yield with_bias(
                "bias-missing-in-channels",
                f"no bias added in {channels_in_words(channels)}",
                without(case.bias, channels),
            )


def channels_in_words(channels: Sequence[int]) -> str:
    """Such as "channel 3", "channels 1, 4 and 7", "channels 8 to 15"."""
    first, last = channels[0], channels[-1]
    if len(channels) == 1:
        return f"channel {first}"
    if last - first == len(channels) - 1 and len(channels) > 2:
        return f"channels {first} to {last}"
    if len(channels) > 8:
        return f"{len(channels)} channels, {', '.join(map(str, channels[:4]))} ..."
    return f"channels {', '.join(map(str, channels[:-1]))} and {last}"


def without(bias: Array, channels: Sequence[int]) -> Array:
    """The bias with 0 in these channels."""
    left = bias.copy()
    left[list(channels)] = 0
    return left


def _twice(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    assert case.bias is not None
    twice = 2 * case.bias.astype(np.int64 if case.bias.dtype.kind in "iu" else np.float64)
    yield with_bias("bias-twice", "the bias added twice", twice)


def _precision(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    assert case.bias is not None
    own = format_of(case.bias.dtype)
    ways: tuple[Rounding, ...] = ("nearest-even", "toward-zero")
    for fmt in (BFLOAT16, FLOAT16, TFLOAT32, FLOAT32):
        for way in ways if fmt.precision < own.precision else ():
            word = "" if way == "nearest-even" else ", toward zero"
            rounded = cast(case.bias, fmt, way).astype(np.float64)
            if not np.array_equal(rounded, case.bias.astype(np.float64), equal_nan=True):
                yield with_bias("bias-precision", f"the bias rounded to {fmt}{word}", rounded)


def _has_several(case: Case) -> bool:
    return case.bias is not None and len(case.bias) > 1


BIAS_AXIS = Cause(
    "bias-axis",
    fix=partial(right_call, "add the bias to the channels: bias.reshape(-1, 1, 1) in NCHW"),
    applies=_has_several,
    hypotheses=_axes,
    gradients=of_bias_over_other_axes,
    hint=hints.bias,
)
BIAS_ORDER = Cause(
    "bias-order",
    fix=partial(right_call, "reorder the bias together with the kernel's filters: bias[order]"),
    applies=_has_several,
    hypotheses=_orders,
    hint=hints.bias,
)
BIAS_MISSING_IN_CHANNELS = Cause(
    "bias-missing-in-channels",
    fix=partial(
        right_call, "copy the whole bias: one number for each filter, those of padded channels too"
    ),
    applies=_has_several,
    hypotheses=_missing,
    hint=hints.bias,
)
BIAS_TWICE = Cause(
    "bias-twice",
    fix=partial(right_call, "add the bias once: in the convolution or after it, not both"),
    applies=lambda case: case.bias is not None,
    hypotheses=_twice,
    hint=hints.bias,
)
BIAS_PRECISION = Cause(
    "bias-precision",
    fix=partial(
        right_call,
        "keep the bias in the accumulator's format: float32, not the kernel's narrower one",
    ),
    applies=lambda case: case.bias is not None and not format_of(case.bias.dtype).is_integer,
    hypotheses=_precision,
    hint=hints.bias,
)
