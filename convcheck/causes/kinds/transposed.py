"""Another part kept of a transposed convolution's full output."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from convcheck.case.case import Case
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
    seen = [now] if tuple(out) == case.output_shape[1:-1] else []
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


TRANSPOSE_CROP = Cause(
    "transpose-crop",
    fix=crop_fix,
    applies=lambda case: case.spec.transposed,
    hypotheses=_crops,
)
