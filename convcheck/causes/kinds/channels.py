"""Channels in another order: of the input, the filters, within groups; or one left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import permutations

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, Hypothesis, Shape, say
from convcheck.causes.undo import inverse, reordered, reordered_torch, undo

PERMUTED = 4
"""Channels up to which every order is tried: 23 of four."""
ROTATED = 16
"""Rotations tried of more channels than that."""
DROPPED = 64
"""Channels up to which each is left out in turn."""


def orders(count: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Orders of so many channels that people meet, commonest first."""
    plain = tuple(range(count))
    if count < 2:
        return
    yield "reversed", plain[::-1]
    if count <= PERMUTED:
        for order in permutations(plain):
            if order not in (plain, plain[::-1]):
                yield f"in the order {', '.join(map(str, order))}", order
        return
    for by in [*range(1, min(count, ROTATED)), count - 1]:
        yield f"rotated by {by}", plain[by:] + plain[:by]


def _channel_orders(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    for word, order in orders(case.input.shape[-1]):
        yield _input_order("channel-order", f"the input's channels {word}", case, order)
    for word, order in orders(case.output_shape[-1]):
        yield _filter_order("channel-order", f"the output's channels {word}", case, order)


def _input_order(cause: str, detail: str, case: Case, order: Sequence[int]) -> Hypothesis:
    """x[..., order] in place of x: with one group, the kernel's channels the other way round."""
    back = inverse(order)
    fix = undo(reordered("x", back), reordered_torch("x", back, 1))
    if case.spec.groups > 1:
        return Hypothesis(cause, detail, partial(_take_input, order=order), fix=fix)
    axis = -1 if case.spec.transposed else -2
    change = partial(_take_kernel, order=back, axis=axis)
    return Hypothesis(cause, detail, change, "kernel", fix=fix)


def _filter_order(cause: str, detail: str, case: Case, order: Sequence[int]) -> Hypothesis:
    """y[..., order] in place of y: channel i of y is found where order names it."""
    back = tuple(inverse(order))
    fix = undo(reordered("y", back), reordered_torch("y", back, 1))
    if case.spec.groups > 1:
        return Hypothesis(cause, detail, channel_permutation=back, changes="values", fix=fix)
    axis = -2 if case.spec.transposed else -1

    def change(c: Case) -> Case:
        bias = None if c.bias is None else c.bias[list(order)]
        return replace(c, kernel=np.take(c.kernel, order, axis), bias=bias)

    return Hypothesis(cause, detail, change, "kernel", fix=fix)


def shuffled(count: int, groups: int) -> tuple[int, ...]:
    """The order that a channel shuffle gives: one of each group in turn."""
    return tuple(int(i) for i in np.arange(count).reshape(groups, -1).T.ravel())


def _shuffles(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """Channels read as (n, g) where (g, n) is meant, for every g that divides them."""
    channels, filters = case.input.shape[-1], case.output_shape[-1]
    for g in divisors(channels):
        word = f"the input's channels shuffled as {g} groups of {channels // g}"
        yield _input_order("channel-shuffle", word, case, shuffled(channels, g))
    for g in divisors(filters):
        word = f"the output's channels shuffled as {g} groups of {filters // g}"
        yield _filter_order("channel-shuffle", word, case, shuffled(filters, g))


def divisors(count: int) -> list[int]:
    """Other than 1 and the number itself."""
    return [g for g in range(2, count // 2 + 1) if count % g == 0]


def _group_orders(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    groups, channels, filters = case.spec.groups, case.input.shape[-1], case.output_shape[-1]
    for to, word in ((groups, "one of each group in turn"), (None, "interleaved groups undone")):
        if channels > groups:
            order = shuffled(channels, to or channels // groups)
            yield _input_order("group-order", f"the input's channels taken {word}", case, order)
        if filters > groups:
            order = shuffled(filters, to or filters // groups)
            yield _filter_order("group-order", f"the output's channels taken {word}", case, order)
            yield _kernel_order(case, f"the kernel's filters taken {word}", order)
    for word, some in orders(groups):
        by_group = np.arange(filters).reshape(groups, -1)[list(some)].ravel()
        yield _kernel_order(case, f"the kernel's groups {word}", by_group.tolist())
        yield _filter_order("group-order", f"the output's groups {word}", case, by_group.tolist())
        inputs = np.arange(channels).reshape(groups, -1)[list(some)].ravel()
        yield _input_order("group-order", f"the input's groups {word}", case, inputs.tolist())


def _kernel_order(
    case: Case, detail: str, order: Sequence[int], cause: str = "group-order"
) -> Hypothesis:
    """The filters of the kernel in another order, and the bias left where it was."""
    back = inverse(order)
    if not case.spec.transposed:
        change = partial(_take_kernel, order=order, axis=-1)
        fix = undo(reordered("kernel", back), reordered_torch("weight", back, 0))
        return Hypothesis(cause, detail, change, "kernel", fix=fix)
    groups = case.spec.groups
    *size, each, inputs = case.kernel.shape
    apart, flat, grouped = (
        (*size, each, groups, inputs // groups),
        (*size, groups * each, inputs // groups),
        (*size, groups, each, inputs // groups),
    )

    def change_transposed(c: Case) -> Case:
        filters = np.moveaxis(c.kernel.reshape(apart), -2, -3).reshape(flat)
        moved = filters[..., list(order), :].reshape(grouped)
        return replace(c, kernel=np.moveaxis(moved, -3, -2).reshape(c.kernel.shape))

    filters = f"np.moveaxis(kernel.reshape{apart}, -2, -3).reshape{flat}"
    moved = f"{filters}[..., {back}, :].reshape{grouped}"
    fix = undo(f"kernel = np.moveaxis({moved}, -3, -2).reshape(kernel.shape)")
    return Hypothesis(cause, detail, change_transposed, "kernel", fix=fix)


def _depthwise_orders(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    channels, filters = case.spec.groups, case.output_shape[-1]
    for to, word in (
        (channels, "multiplier before channel"),
        (filters // channels, "channel before multiplier"),
    ):
        order = shuffled(filters, to)
        yield _filter_order("depthwise-order", f"the output read {word}", case, order)
        yield _kernel_order(case, f"the kernel read {word}", order, "depthwise-order")


def _dropped(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    channels = case.input.shape[-1]
    for channel in range(channels if channels <= DROPPED else 0):
        yield Hypothesis(
            "input-channel-dropped",
            f"input channel {channel} taken for 0",
            partial(_without, channels=[channel]),
            "kernel",
        )
    if channels > 2:
        yield Hypothesis(
            "input-channel-dropped",
            "all but the first input channel taken for 0",
            partial(_without, channels=range(1, channels)),
            "kernel",
        )


def _without(case: Case, channels: Sequence[int]) -> Case:
    """The case with 0 in the kernel wherever it meets these input channels."""
    kernel = case.kernel.copy()
    if case.spec.transposed:
        kernel[..., list(channels)] = 0
        return replace(case, kernel=kernel)
    each, per_group = kernel.shape[-2], kernel.shape[-1] // case.spec.groups
    for channel in channels:
        group = channel // each
        kernel[..., channel % each, group * per_group : (group + 1) * per_group] = 0
    return replace(case, kernel=kernel)


def _take_input(case: Case, order: Sequence[int]) -> Case:
    return replace(case, input=case.input[..., list(order)])


def _take_kernel(case: Case, order: Sequence[int], axis: int) -> Case:
    return replace(case, kernel=np.take(case.kernel, list(order), axis))


CHANNEL_ORDER = Cause(
    "channel-order",
    fix=say("give both the same channel order"),
    applies=lambda case: max(case.input.shape[-1], case.output_shape[-1]) > 1,
    hypotheses=_channel_orders,
)
CHANNEL_SHUFFLE = Cause(
    "channel-shuffle",
    fix=say(
        "shuffle as the other does: x.reshape(..., g, n), axes exchanged, reshaped back; (n, g) "
        "undoes (g, n)"
    ),
    applies=lambda case: bool(divisors(case.input.shape[-1]) or divisors(case.output_shape[-1])),
    hypotheses=_shuffles,
)
GROUP_ORDER = Cause(
    "group-order",
    fix=say(
        "filters and channels of a group stand together: group g has filters g*O/G to (g+1)*O/G-1"
    ),
    applies=lambda case: case.spec.groups > 1 and not case.is_depthwise,
    hypotheses=_group_orders,
)
DEPTHWISE_ORDER = Cause(
    "depthwise-order",
    fix=say(
        "output channel c*multiplier+m: tf's kernel (H, W, C, M) reshapes to (H, W, 1, C*M), "
        "torch's weight is (C*M, 1, H, W)"
    ),
    applies=lambda case: case.is_depthwise and case.output_shape[-1] > case.spec.groups,
    hypotheses=_depthwise_orders,
)
INPUT_CHANNEL_DROPPED = Cause(
    "input-channel-dropped",
    fix=say("feed every channel: look at the array's shape just before the call"),
    applies=lambda case: case.input.shape[-1] > 1,
    hypotheses=_dropped,
)
