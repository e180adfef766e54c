"""Where taps read: padding sides and modes, shifts, strides, dilations, crops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.verdict.explanations.kernels import AXES
from convcheck.verdict.explanations.moved import moved, window, with_pads
from convcheck.verdict.explanations.variant import Explanation, Shape, Variant

if TYPE_CHECKING:
    from convcheck.case.case import Array

BORDERS = ("reflect", "symmetric", "edge", "wrap")


def _some_axes(axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All of them, then fewer."""
    for count in range(len(axes), 0, -1):
        yield from combinations(axes, count)


def _named(case: Case, axes: Sequence[int]) -> str:
    return " and ".join(AXES[case.spec.rank][axis] for axis in axes)


def _sides(case: Case, shape: Shape) -> Iterator[Variant]:
    pads = case.pads
    uneven = [axis for axis, (before, after) in enumerate(pads) if before != after]
    for some in _some_axes(uneven):
        first = [pads[i][1] if i in some else pads[i][0] for i in range(case.spec.rank)]
        sides = [pads[i][::-1] if i in some else pads[i] for i in range(case.spec.rank)]
        yield Variant(
            "same-padding-side",
            f"{_pairs(sides)} padded before and after each axis in place of {_pairs(pads)}",
            lambda c, first=first: moved(c, first),  # type: ignore[misc]
        )


def _pairs(pads: Sequence[Sequence[int]]) -> str:
    return ", ".join(f"{before}:{after}" for before, after in pads)


def _modes(case: Case, shape: Shape) -> Iterator[Variant]:
    spec, size, sizes = case.spec, window(case), case.spec.kernel_size
    each = spec.dilations
    word = "cropped" if spec.transposed else "padded"

    def pads(detail: str, pairs: Sequence[tuple[int, int]]) -> Variant:
        return Variant("padding-mode", detail, lambda c: with_pads(c, pairs))

    nothing = [(0, 0)] * spec.rank
    if spec.padding != "same":
        yield Variant(
            "padding-mode", "padding same", lambda c: replace(c, spec=_with(c.spec, padding="same"))
        )
    if any(max(pair) > 0 for pair in case.pads):
        yield pads("padding valid", nothing)
    half = [(w // 2, w // 2) for w in size]
    yield pads(f"{_pairs(half)} {word}, half a window on both sides", half)
    ignoring = [(k // 2, k // 2) for k in sizes]
    yield pads(f"{_pairs(ignoring)} {word}, half an undilated kernel on both sides", ignoring)
    full = [(w - 1, w - 1) for w in size]
    yield pads(f"{_pairs(full)} {word}, a whole window on both sides", full)
    yield pads(f"{word} before each axis alone, as causal", [(w - 1, 0) for w in size])
    yield pads(f"{word} after each axis alone", [(0, w - 1) for w in size])
    if spec.padding == "same" and not spec.transposed:
        yield from _same_of_others(case, each)
        even = [(max(pair), max(pair)) for pair in case.pads]
        yield pads(f"{_pairs(even)} padded, the larger of both sides on each", even)
        even = [(min(pair), min(pair)) for pair in case.pads]
        yield pads(f"{_pairs(even)} padded, the smaller of both sides on each", even)
        strideless = replace(case, spec=_with(spec, strides=1)).pads
        yield pads(f"{_pairs(strideless)} padded, as for stride 1", strideless)
    out = shape[1:-1]
    if shape != case.output_shape and len(out) == spec.rank:
        # The number of outputs alone does not tell where they start.
        for first in product(*(range(w) for w in size)) if np.prod(size) <= 64 else ():
            yield Variant(
                "padding-mode",
                f"{', '.join(map(str, first))} {word} before and {out} outputs made",
                lambda c, first=first: moved(c, first, out),  # type: ignore[misc]
            )


def _same_of_others(case: Case, dilations: Sequence[int]) -> Iterator[Variant]:
    if max(dilations) > 1:
        undilated = replace(case, spec=_with(case.spec, dilations=1)).pads
        yield Variant(
            "padding-mode",
            f"{_pairs(undilated)} padded, as without dilations",
            lambda c: with_pads(c, undilated),
        )


def _with(spec: ConvSpec, **changes: Any) -> ConvSpec:
    """The spec with changes in the short forms that ``ConvSpec.make`` takes."""
    for key in ("strides", "dilations"):
        if isinstance(changes.get(key), int):
            changes[key] = (changes[key],) * spec.rank
    return replace(spec, output_padding=None, **changes)


def _borders(case: Case, shape: Shape) -> Iterator[Variant]:
    for mode in BORDERS:
        yield Variant(
            "border-mode",
            f"borders padded with numpy.pad's mode {mode} in place of zeros",
            lambda c, mode=mode: with_border(c, mode),  # type: ignore[misc]
        )


def with_border(case: Case, mode: str) -> Case:
    """The case with its padding taken from the input."""
    x = case.input
    for i, (axis, pair) in enumerate(zip(case.axes, case.pads, strict=True)):
        index: Array = np.pad(np.arange(axis.size), pair, mode=mode)  # type: ignore[call-overload]
        x = np.take(x, index, i + 1)
    return with_pads(replace(case, input=x), [(0, 0)] * case.spec.rank)


def _shifts(case: Case, shape: Shape) -> Iterator[Variant]:
    rank = case.spec.rank
    first = [before for before, _ in case.pads]
    steps = [step for step in product((0, 1, -1), repeat=rank) if any(step)]
    steps += [tuple(2 * n for n in step) for step in steps if sum(map(abs, step)) in (1, rank)]
    for step in sorted(steps, key=lambda s: (max(map(abs, s)), sum(map(abs, s)))):
        to = [b - n for b, n in zip(first, step, strict=True)]
        yield Variant(
            "spatial-shift",
            f"windows shifted by ({', '.join(f'{n:+d}' if n else '0' for n in step)})",
            lambda c, to=to: moved(c, to),  # type: ignore[misc]
        )


def _crops(case: Case, shape: Shape) -> Iterator[Variant]:
    """Another part of the full output: what ``padding``, crops and output padding choose."""
    now = [before for before, _ in case.pads]
    out = shape[1:-1] if len(shape) == case.spec.rank + 2 else case.output_shape[1:-1]
    total = [
        (axis.size - 1) * axis.stride + w - count
        for axis, w, count in zip(case.axes, window(case), out, strict=True)
    ]
    tried = [
        [t - b for t, b in zip(total, now, strict=True)],
        [t // 2 for t in total],
        [-(-t // 2) for t in total],
        [0] * len(now),
        list(total),
    ]
    for by in (1, -1, 2, -2, 3, -3):
        tried.append([b + by for b in now])
        for i in range(len(now) if len(now) > 1 else 0):
            tried.append([b + (by if i == j else 0) for j, b in enumerate(now)])
    seen = [now] if tuple(out) == case.output_shape[1:-1] else []
    for first in tried:
        if first in seen:
            continue
        seen.append(first)
        text = ", ".join(map(str, first))
        yield Variant(
            "transpose-crop",
            f"{text} cropped before each axis of the full output in place of "
            f"{', '.join(map(str, now))}",
            lambda c, first=first: moved(c, first, out),  # type: ignore[misc]
        )


def _undilated(case: Case, shape: Shape) -> Iterator[Variant]:
    spec = case.spec
    dilated = [axis for axis, d in enumerate(spec.dilations) if d > 1]
    for some in _some_axes(dilated):
        changed = tuple(1 if i in some else d for i, d in enumerate(spec.dilations))
        yield Variant(
            "dilation-ignored",
            f"the dilation of {_named(case, some)} taken for 1",
            lambda c, changed=changed: replace(c, spec=_with(c.spec, dilations=changed)),  # type: ignore[misc]
        )
    now, out = [before for before, _ in case.pads], shape[1:-1]
    if len(out) == spec.rank:
        yield Variant(
            "dilation-ignored",
            "dilations taken for 1, the padding kept",
            lambda c: moved(replace(c, spec=_with(c.spec, dilations=1)), now, out),
        )


def _as_strides(case: Case, shape: Shape) -> Iterator[Variant]:
    strides, dilations = case.spec.strides, case.spec.dilations
    both = tuple(s * d for s, d in zip(strides, dilations, strict=True))
    for detail, s, d in (
        ("dilations used as strides", dilations, 1),
        ("strides and dilations exchanged", dilations, strides),
        ("dilations used as strides too", dilations, dilations),
        ("strides times dilations used as strides", both, 1),
    ):
        if (s, d) == (strides, dilations):
            continue
        yield Variant(
            "dilation-as-stride",
            detail,
            lambda c, s=s, d=d: replace(c, spec=_with(c.spec, strides=s, dilations=d)),  # type: ignore[misc]
        )
        if case.spec.padding == "same":
            yield Variant(
                "dilation-as-stride",
                f"{detail}, the padding kept",
                lambda c, s=s, d=d: with_pads(  # type: ignore[misc]
                    replace(c, spec=_with(c.spec, strides=s, dilations=d)),
                    [(max(before, 0), max(after, 0)) for before, after in c.pads],
                ),
            )


def _phases(case: Case, shape: Shape) -> Iterator[Variant]:
    now = [before for before, _ in case.pads]
    strides = case.spec.strides
    plain = replace(case, spec=_with(case.spec, strides=1)).pads
    for phase in range(max(strides)):
        to = [(plain[i][0] if s > 1 else now[i]) - min(phase, s - 1) for i, s in enumerate(strides)]
        if to != now:
            yield Variant(
                "stride-phase",
                f"every stride-th output of stride 1 kept, from number {phase} on",
                lambda c, to=to: moved(c, to),  # type: ignore[misc]
            )
    for later in product(*(range(s) for s in strides)):
        to = [b - p for b, p in zip(now, later, strict=True)]
        if any(later):
            yield Variant(
                "stride-phase",
                f"windows start {later} later than stride by stride from the first",
                lambda c, to=to: moved(c, to),  # type: ignore[misc]
            )


def _pads_something(case: Case) -> bool:
    return not case.spec.transposed and case.spec.padding != "valid"


SIDE = Explanation("same-padding-side", _pads_something, _sides)
MODE = Explanation("padding-mode", lambda case: True, _modes)
BORDER = Explanation("border-mode", _pads_something, _borders)
SHIFT = Explanation("spatial-shift", lambda case: not case.spec.transposed, _shifts)
CROP = Explanation("transpose-crop", lambda case: case.spec.transposed, _crops)
UNDILATED = Explanation(
    "dilation-ignored",
    lambda case: max(case.spec.dilations) > 1,
    _undilated,
)
AS_STRIDE = Explanation(
    "dilation-as-stride",
    lambda case: max(case.spec.dilations) > 1,
    _as_strides,
)
PHASE = Explanation(
    "stride-phase",
    lambda case: max(case.spec.strides) > 1 and not case.spec.transposed,
    _phases,
)
