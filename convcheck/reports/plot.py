"""The picture: input, outputs, their difference in ULPs, error over bound, a histogram.

A difference drawn on a stretched colour scale looks alarming whatever its size. Here each scale
has a unit that means something: ULPs (steps between neighbouring numbers of the coarser format)
and fractions of the proved bound.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from convcheck.reports.figures import count, number
from convcheck.reports.wording import HEADLINES, label
from convcheck.results import Check, Difference, Judgement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from convcheck.case.case import Case
    from convcheck.results import Array

MOST_OUTPUTS = 6
_COLUMN = 4.6  # inches


def draw(case: Case, check: Check, format_: str) -> bytes:
    """The picture as a file of this format (png, svg, pdf)."""
    # A name may hold $ signs, which are no formula, and characters that the font has not.
    with rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        return _draw(case, check, format_)


def _draw(case: Case, check: Check, format_: str) -> bytes:
    shown = [j for j in check.judgements if j.output.array is not None][:MOST_OUTPUTS]
    judged = [j for j in shown if j.maps is not None]
    pair = _worst_pair(check, shown)
    top: list[Callable[[Axes], None]] = [partial(_input, case=case, source=check.case.input.source)]
    top += [partial(_output, judgement=judgement) for judgement in shown]
    bottom: list[Callable[[Axes], None]] = []
    if pair is not None:
        bottom.append(partial(_difference, pair=pair, shown=shown))
    if judged:
        worst = max(judged, key=lambda j: (j.error and j.error.max_over_bound) or 0.0)
        bottom += [partial(_over_bound, judgement=worst), partial(_histogram, judged=judged)]
    columns = max(len(top), len(bottom), 1)
    figure = Figure(figsize=(_COLUMN * columns, 7.6), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    headline = HEADLINES[check.verdict]
    figure.suptitle(f"{headline}     {_title(check)}", fontsize=15, fontweight="bold")
    grid = figure.add_gridspec(2, columns)
    for row, paints in enumerate((top, bottom)):
        for column, paint in enumerate(paints):
            paint(figure.add_subplot(grid[row, column]))
    buffer = io.BytesIO()
    figure.savefig(buffer, format=format_)
    return buffer.getvalue()


def _title(check: Check) -> str:
    case = check.case
    return (
        f"{case.input.source} {case.input.dtype}  *  {case.kernel.source} "
        f"{'×'.join(map(str, case.kernel.shape))} {case.kernel.dtype}"
    )


def _worst_pair(check: Check, shown: list[Judgement]) -> Difference | None:
    names = {j.output.name for j in shown}
    pairs = [p for p in check.differences if {p.a, p.b} <= names and p.sum_abs is not None]
    return max(pairs, key=lambda p: p.sum_abs or 0.0, default=None)


def _plane(array: Array) -> Array:
    """One picture out of an array of any rank: first image and channel, the middle slice."""
    plane = np.asarray(array[0, ..., 0], dtype=np.float64)
    while plane.ndim > 2:
        plane = plane[plane.shape[0] // 2]
    return plane


def _paint(axes: Axes, plane: Array, **settings: Any) -> Any:
    axes.set_xticks([])
    axes.set_yticks([])
    if plane.ndim == 1:
        plane = plane[np.newaxis]
        settings["aspect"] = "auto"
    return axes.imshow(plane, **settings)


def _input(axes: Axes, case: Case, source: str) -> None:
    axes.set_title(f"input: {source}\n{case.input.dtype}, {_shape(case.input)}", fontsize=11)
    x = case.input
    if x.ndim == 4 and x.shape[-1] == 3 and x.dtype.kind == "f" and x.min() >= 0 and x.max() <= 1:
        axes.imshow(x[0].astype(np.float32))
        axes.set_xticks([])
        axes.set_yticks([])
    else:
        _paint(axes, _plane(x), cmap="gray")


def _output(axes: Axes, judgement: Judgement) -> None:
    array = judgement.output.array
    assert array is not None
    words = judgement.status.value
    if judgement.error:
        share = judgement.error.correctly_rounded / judgement.error.total
        words += f", {share:.0%} correctly rounded"
    axes.set_title(f"{label(judgement)}\n{array.dtype}: {words}", fontsize=11)
    _paint(axes, _plane(array), cmap="gray")


def _difference(axes: Axes, pair: Difference, shown: list[Judgement]) -> None:
    arrays = {j.output.name: j.output.array for j in shown}
    a, b = (np.asarray(_plane(arrays[name])) for name in (pair.a, pair.b))  # type: ignore[arg-type]
    names = {j.output.name: label(j) for j in shown}
    who = f", {names[pair.a]} against {names[pair.b]}" if len(shown) > 2 else ""
    title = f"difference{who}: sum {number(pair.sum_abs, 4)}, {pair.verdict.value}"
    with np.errstate(invalid="ignore"):
        gap = np.abs(a - b)
    largest = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
    axes.set_title(
        f"{title}\nlargest {number(pair.max_abs)} = {number(pair.max_ulps)} ULPs; "
        f"outputs up to {number(largest)}",
        fontsize=11,
    )
    if not gap.any():
        _paint(axes, gap, cmap="viridis", vmin=0, vmax=1)
        axes.text(0.5, 0.5, "no difference", transform=axes.transAxes, ha="center", color="white")
        return
    # One step of the format at the largest output: the same unit all over the picture.
    step = float(np.spacing(_coarser(arrays[pair.a], arrays[pair.b]).type(largest)))
    image = _paint(axes, gap / step, cmap="viridis", vmin=0)
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.75)
    bar.set_label(f"ULPs at the largest output (1 ULP = {number(step)})")


def _coarser(a: Array | None, b: Array | None) -> Any:
    assert a is not None
    assert b is not None
    floats = [x.dtype for x in (a, b) if x.dtype.kind == "f" and x.dtype.itemsize >= 4]
    return min(floats, key=lambda d: d.itemsize, default=np.dtype(np.float32))


def _over_bound(axes: Axes, judgement: Judgement) -> None:
    assert judgement.maps is not None
    ratio = _plane(judgement.maps.over_bound)
    finite = ratio[np.isfinite(ratio)]
    top = float(finite.max()) if finite.size else 1.0
    error = judgement.error
    reached = number(error.max_over_bound if error else None)
    axes.set_title(
        f"{label(judgement)}: error over its bound\nat most {reached}; above 1 is no rounding",
        fontsize=11,
    )
    positive = finite[finite > 0]
    low = float(np.percentile(positive, 1)) if positive.size else 1e-3
    image = _paint(
        axes,
        np.maximum(ratio, low),
        cmap="magma",
        norm=LogNorm(vmin=min(low, 0.1), vmax=max(top, 1.0)),
    )
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.75)
    bar.set_label("error / bound (1 = the most that rounding can do)")


def _histogram(axes: Axes, judged: list[Judgement]) -> None:
    maps = [(label(j), j.maps.ulps[np.isfinite(j.maps.ulps)]) for j in judged if j.maps]
    # Beside a cancellation a ULP is tiny: a few such outputs would squeeze all others to the left.
    top = max((float(np.percentile(ulps, 99.9)) for _, ulps in maps if ulps.size), default=1.0)
    edges = np.linspace(0, max(2.0, top), 61)
    for name, ulps in maps:
        counts, _ = np.histogram(np.minimum(ulps, edges[-1]), edges)
        axes.stairs(counts, edges, label=name, linewidth=1.8)
    axes.axvline(0.5, color="gray", linestyle=":", linewidth=1)
    axes.set_xlim(0, edges[-1])
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlabel("error against exact, in ULPs of the output's own format")
    axes.set_ylabel("outputs")
    axes.set_title(
        f"errors of {count(sum(len(u) for _, u in maps))} outputs\n"
        "0.5 ULP (dotted) is the best that rounding can do",
        fontsize=11,
    )
    axes.legend(fontsize=9)


def _shape(array: Array) -> str:
    return "×".join(map(str, array.shape))
