"""A strategy of hypothesis over the cases that are as simple as a given one, or simpler."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from convcheck.case.passes import FORWARD
from convcheck.case.request import NAMED_BIASES, NAMED_KERNELS, Request
from convcheck.case.shapes import KERNEL_SIZE, RANDOM_SHAPE
from convcheck.sweep.failing.features import each_axis
from convcheck.testing.strategies import fits

_STAY = 40
"""How many times as often as each simpler value the given one is drawn, so that what is drawn is
mostly near the given case; hypothesis then lowers the choices, and with them the values."""
Keep = Callable[[Sequence[Any]], Any]
"""Draws one of some values, the simplest first, the given one last."""


def is_made(request: Request) -> bool:
    """Whether convcheck makes all arrays of a case, so that they can be smaller."""
    named = request.kernel in NAMED_KERNELS and request.bias in NAMED_BIASES
    return request.makes_input and named and request.output_gradient in (None, "ones", "random")


def simpler(request: Request) -> st.SearchStrategy[Request]:
    """Each option at its own value or a simpler one; each of them fits together.

    Sizes go down to 1, axes, groups and channels are left out, formats become float32.
    """
    return _simpler(_written_out(request)).filter(fits)


@st.composite
def _simpler(draw: st.DrawFn, given: Request) -> Request:
    def keep(values: Sequence[Any]) -> Any:
        last = len(values) - 1
        choice = draw(st.sampled_from(range(last * (_STAY + 1) + 1))) if last else 0
        return values[min(choice, last)]

    geometry = _geometry(given, keep)
    channels = _channels(given, keep)
    pass_ = keep(_up_to(FORWARD, given.pass_))
    dtype = keep(_up_to("float32", given.input_dtype))
    assert given.input_shape is not None
    return replace(
        given,
        pass_=pass_,
        input=keep(_up_to("random", given.input)),
        input_dtype=dtype,
        kernel_dtype=keep(_up_to("float32", given.kernel_dtype)),
        bias=keep(_up_to("none", given.bias)),
        data_format=keep(_up_to("NHWC", given.data_format)),
        seed=keep(_up_to(0, given.seed)),
        input_shape=(
            keep(range(1, given.input_shape[0] + 1)),
            *geometry.sizes,
            channels.groups * channels.each,
        ),
        groups=channels.groups,
        filters=channels.groups * channels.filters_each,
        **geometry.options,
    )


@dataclass(frozen=True)
class _Geometry:
    sizes: tuple[int, ...]
    options: dict[str, Any]


def _geometry(given: Request, keep: Keep) -> _Geometry:
    """Some of the axes, with sizes, windows and pads that are no larger."""
    assert given.kernel_size is not None
    assert given.input_shape is not None
    rank = len(given.kernel_size)
    every = range(rank)
    axes = keep([c for n in range(1, rank + 1) for c in itertools.combinations(every, n)])

    def lowered(values: Sequence[int], least: int) -> tuple[int, ...]:
        return tuple(keep(range(least, values[axis] + 1)) for axis in axes)

    transposed = keep(_up_to(False, given.transposed))
    padding = given.padding
    if isinstance(padding, str):
        padding = keep(_up_to("valid", padding))
    elif keep((False, True)):
        pads: Any = padding
        padding = tuple(
            (keep(range(pads[axis][0] + 1)), keep(range(pads[axis][1] + 1))) for axis in axes
        )
    else:
        padding = "valid"
    extra = None
    if given.output_padding is not None:
        extra = lowered(given.output_padding, 0)
    options = {
        "rank": len(axes),
        "kernel_size": lowered(given.kernel_size, 1),
        "strides": lowered(given.strides, 1),
        "dilations": lowered(given.dilations, 1),
        "padding": padding,
        "transposed": transposed,
        "output_padding": extra if transposed and extra and any(extra) else None,
    }
    return _Geometry(lowered(given.input_shape[1:-1], 1), options)


@dataclass(frozen=True)
class _Channels:
    groups: int
    each: int
    """Input channels of a group."""
    filters_each: int


def _channels(given: Request, keep: Keep) -> _Channels:
    assert given.input_shape is not None
    assert given.filters is not None
    groups = given.groups
    return _Channels(
        keep(range(1, groups + 1)),
        keep(range(1, given.input_shape[-1] // groups + 1)),
        keep(range(1, given.filters // groups + 1)),
    )


def _up_to(simplest: Any, given: Any) -> tuple[Any, ...]:
    return (given,) if given == simplest else (simplest, given)


def _written_out(request: Request) -> Request:
    """With all that is left open: shapes, and a number for each axis."""
    shape = request.input_shape or RANDOM_SHAPE
    rank = len(shape) - 2

    def each(values: Any) -> Any:
        return None if values is None else each_axis(values, rank)

    padding: Any = request.padding
    if not isinstance(padding, str):
        padding = tuple(p if isinstance(p, tuple) else (p, p) for p in each(padding))
    return replace(
        request,
        input_shape=shape,
        kernel_size=each(request.kernel_size or KERNEL_SIZE),
        strides=each(request.strides),
        dilations=each(request.dilations),
        output_padding=each(request.output_padding),
        padding=padding,
        filters=request.filters or request.groups,
    )
