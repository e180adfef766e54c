"""Padding on another side, of another amount or mode; windows that start elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Hypothesis, Shape, always
from convcheck.causes.geometry_fixes import pads_fix
from convcheck.causes.kinds.kernels import AXES
from convcheck.causes.moved import moved, some_axes, window, with_pads, with_spec

if TYPE_CHECKING:
    from convcheck.case.case import Array

BORDERS = ("reflect", "symmetric", "edge", "wrap")


def _sides(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    pads = case.pads
    uneven = [axis for axis, (before, after) in enumerate(pads) if before != after]
    for some in some_axes(uneven):
        first = [pads[i][1] if i in some else pads[i][0] for i in range(case.spec.rank)]
        sides = [pads[i][::-1] if i in some else pads[i] for i in range(case.spec.rank)]
        yield Hypothesis(
            "same-padding-side",
            f"{_pairs(sides)} padded before and after each axis in place of {_pairs(pads)}",
            partial(moved, before=first),
        )


def _pairs(pads: Sequence[Sequence[int]]) -> str:
    return ", ".join(f"{before}:{after}" for before, after in pads)


def _modes(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    spec, size, sizes = case.spec, window(case), case.spec.kernel_size
    each = spec.dilations
    word = "cropped" if spec.transposed else "padded"

    def pads(detail: str, pairs: Sequence[tuple[int, int]]) -> Hypothesis:
        return Hypothesis("padding-mode", detail, partial(with_pads, pads=pairs))

    nothing = [(0, 0)] * spec.rank
    if spec.padding != "same":
        yield Hypothesis("padding-mode", "padding same", partial(with_spec, padding="same"))
    if any(max(pair) > 0 for pair in case.pads):
        yield pads("padding valid", nothing)
    half = [(w // 2, w // 2) for w in size]
    yield pads(f"{_pairs(half)} {word}, half a window on both sides", half)
    ignoring = [(k // 2, k // 2) for k in sizes]
    yield pads(f"{_pairs(ignoring)} {word}, half an undilated kernel on both sides", ignoring)
    full = [(w - 1, w - 1) for w in size]
    yield pads(f"{_pairs(full)} {word}, a whole window on both sides", full)
    if spec.transposed:
        yield pads(f"{word} before each axis alone", [(w - 1, 0) for w in size])
    yield pads(f"{word} after each axis alone", [(0, w - 1) for w in size])
    if spec.padding == "same" and not spec.transposed:
        yield from _same_of_others(case, each)
        even = [(max(pair), max(pair)) for pair in case.pads]
        yield pads(f"{_pairs(even)} padded, the larger of both sides on each", even)
        even = [(min(pair), min(pair)) for pair in case.pads]
        yield pads(f"{_pairs(even)} padded, the smaller of both sides on each", even)
        strideless = with_spec(case, strides=1).pads
        yield pads(f"{_pairs(strideless)} padded, as for stride 1", strideless)
    out = shape[1:-1]
    if shape != case.output_shape and len(out) == spec.rank:
        # The number of outputs alone does not tell where they start.
        for first in product(*(range(w) for w in size)) if np.prod(size) <= 64 else ():
            yield Hypothesis(
                "padding-mode",
                f"{', '.join(map(str, first))} {word} before and {out} outputs made",
                partial(moved, before=first, out=out),
            )


def _causal(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """Outputs that read nothing after their own place: a whole window of zeros before, or none.

    Along every axis, and along one: time, the first of a video's.
    """
    rank, size = case.spec.rank, window(case)
    names = AXES[rank]
    for some in (range(rank), *([axis] for axis in range(rank) if rank > 1)):
        pads = [(size[i] - 1, 0) if i in some else case.pads[i] for i in range(rank)]
        along = "" if len(some) == rank else f" along {names[some[0]]}"
        if pads != list(case.pads):
            yield Hypothesis(
                "causal-padding",
                f"{_pairs(pads)} padded{along}, as causal, in place of {_pairs(case.pads)}",
                partial(with_pads, pads=pads),
                alone=len(some) < rank,
            )


def _same_of_others(case: Case, dilations: Sequence[int]) -> Iterator[Hypothesis]:
    if max(dilations) > 1:
        undilated = with_spec(case, dilations=1).pads
        yield Hypothesis(
            "padding-mode",
            f"{_pairs(undilated)} padded, as without dilations",
            partial(with_pads, pads=undilated),
        )


def _borders(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    for mode in BORDERS:
        yield Hypothesis(
            "border-mode",
            f"borders padded with numpy.pad's mode {mode} in place of zeros",
            partial(with_border, mode=mode),
        )


def with_border(case: Case, mode: str) -> Case:
    """The case with its padding taken from the input."""
    x = case.input
    for i, (axis, pair) in enumerate(zip(case.axes, case.pads, strict=True)):
        index: Array = np.pad(np.arange(axis.size), pair, mode=mode)  # type: ignore[call-overload]
        x = np.take(x, index, i + 1)
    return with_pads(replace(case, input=x), [(0, 0)] * case.spec.rank)


def _shifts(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    rank = case.spec.rank
    first = [before for before, _ in case.pads]
    steps = [step for step in product((0, 1, -1), repeat=rank) if any(step)]
    steps += [tuple(2 * n for n in step) for step in steps if sum(map(abs, step)) in (1, rank)]
    for step in sorted(steps, key=lambda s: (max(map(abs, s)), sum(map(abs, s)))):
        to = [b - n for b, n in zip(first, step, strict=True)]
        yield Hypothesis(
            "spatial-shift",
            f"windows shifted by ({', '.join(f'{n:+d}' if n else '0' for n in step)})",
            partial(moved, before=to),
        )


def _pads_something(case: Case) -> bool:
    return not case.spec.transposed and case.spec.padding != "valid"


SAME_PADDING_SIDE = Cause(
    "same-padding-side",
    fix=pads_fix,
    applies=_pads_something,
    hypotheses=_sides,
    hint=hints.stride,
)
PADDING_MODE = Cause(
    "padding-mode", fix=pads_fix, applies=always, hypotheses=_modes, hint=hints.window
)
CAUSAL_PADDING = Cause(
    "causal-padding",
    fix=pads_fix,
    applies=lambda case: not case.spec.transposed and max(case.spec.kernel_size) > 1,
    hypotheses=_causal,
    hint=hints.window,
)
BORDER_MODE = Cause(
    "border-mode", fix=pads_fix, applies=_pads_something, hypotheses=_borders, hint=hints.window
)
SPATIAL_SHIFT = Cause(
    "spatial-shift",
    fix=pads_fix,
    applies=lambda case: not case.spec.transposed,
    hypotheses=_shifts,
)
