"""Another part kept of a transposed convolution's full output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Hypothesis, Shape
from convcheck.causes.geometry_fixes import crop_fix
from convcheck.causes.moved import moved, window


def _crops(case: Case, shape: Shape) -> Iterator[Hypothesis]:
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
    # With the same start and a few outputs more or less at the end it is output-padding.
    seen = [now] if _output_padding(case, out) is not None else []
    for first in tried:
        if first in seen:
            continue
        seen.append(first)
        text = ", ".join(map(str, first))
        yield Hypothesis(
            "transpose-crop",
            f"{text} cropped before each axis of the full output in place of "
            f"{', '.join(map(str, now))}",
            partial(moved, before=first, out=out),
        )


def _output_padding(case: Case, out: Sequence[int]) -> tuple[int, ...] | None:
    """The output padding that gives so many outputs; None where none does."""
    given = case.spec.output_padding or (0,) * case.spec.rank
    found = tuple(
        extra + count - axis.out for extra, count, axis in zip(given, out, case.axes, strict=True)
    )
    fits = all(0 <= n < stride for n, stride in zip(found, case.spec.strides, strict=True))
    return found if fits else None


def _output_paddings(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """Another number of outputs appended, or as many put before the first."""
    spec = case.spec
    given = spec.output_padding or (0,) * spec.rank
    out = shape[1:-1]
    if len(out) != spec.rank:
        return
    most = tuple(stride - 1 for stride in spec.strides)
    if tuple(out) != case.output_shape[1:-1]:
        lengths = [_output_padding(case, out)]
    else:  # these are of another length, for blind spots
        lengths = [(0,) * spec.rank, most]
    for extra in lengths:
        if extra is not None and extra != given:
            yield Hypothesis(
                "output-padding",
                f"an output padding of {', '.join(map(str, extra))} in place of "
                f"{', '.join(map(str, given))}",
                partial(_appended, extra=extra),
            )
    before = [b - n for (b, _), n in zip(case.pads, given, strict=True)]
    if any(given) and tuple(out) == case.output_shape[1:-1]:
        yield Hypothesis(
            "output-padding",
            f"an output padding of {', '.join(map(str, given))} put before each axis, not after",
            partial(moved, before=before, out=out),
        )


def _appended(case: Case, extra: tuple[int, ...]) -> Case:
    return replace(case, spec=replace(case.spec, output_padding=extra))


OUTPUT_PADDING = Cause(
    "output-padding",
    fix=crop_fix,
    applies=lambda case: case.spec.transposed and max(case.spec.strides) > 1,
    hypotheses=_output_paddings,
    hint=hints.output_padding,
)
TRANSPOSE_CROP = Cause(
    "transpose-crop",
    fix=crop_fix,
    applies=lambda case: case.spec.transposed,
    hypotheses=_crops,
)
