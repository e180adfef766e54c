"""The panels of the picture. Each function draws one into axes that it is given."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LogNorm

from convcheck.excerpt.integers import WHITE, real_input
from convcheck.reports.figures import beyond_half, count, number, percent
from convcheck.reports.units import REAL, Units
from convcheck.results import Check, Difference, Judgement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from convcheck.case.case import Case
    from convcheck.reports.plot.view import View
    from convcheck.results import Array

_TITLE_WIDTH = 48
"""Characters of a panel's title that fit above it."""


def draw_input(axes: Axes, case: Case, check: Check, view: View | None) -> None:
    """The input's image that the outputs shown come from: in colour where it can be a picture."""
    x = case.input
    title(axes, f"input: {check.case.input.source}", f"{case.input.dtype}, {_shape(x)}")
    if check.case.quantization is not None:
        x = real_input(x, check.case.quantization)
    image = x[view.element[0] if view else 0]
    three_channels = x.ndim == 4 and x.shape[-1] == 3
    if three_channels and x.dtype == np.uint8:
        _paint(axes, image)
    elif three_channels and x.dtype.kind == "f" and 0 <= x.min() <= x.max() <= WHITE:
        _paint(axes, image.astype(np.float32).clip(0, 1))
    elif x.ndim == 3:
        axes.plot(image.astype(np.float64), linewidth=1)
    else:
        plane = np.asarray(image[..., 0], np.float64)
        while plane.ndim > 2:
            plane = plane[plane.shape[0] // 2]
        _paint(axes, plane, cmap="gray")


def shared_limits(shown: Sequence[Judgement], view: View) -> tuple[float, float]:
    """The smallest and the largest finite value of the outputs that are shown."""
    parts = [view.of(j.output.array).ravel() for j in shown if _fits(j, view)]  # type: ignore[arg-type]
    values = np.concatenate(parts)
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)


def draw_output(
    axes: Axes,
    judgement: Judgement,
    names: Mapping[str, str],
    view: View,
    limits: tuple[float, float],
    units: Units,
) -> None:
    """One output, on the scale that all share."""
    array = judgement.output.array
    assert array is not None
    words = judgement.status.value
    if judgement.error:
        share = judgement.error.correctly_rounded / judgement.error.total
        words += f", {percent(share)} {units.right}"
    title(axes, names[judgement.output.name], f"{array.dtype}: {words}", view.words)
    if not _fits(judgement, view):
        axes.set_axis_off()
        _note(axes, f"shape {_shape(array)}\nin place of {'×'.join(map(str, view.shape))}")
        return
    part = view.of(array)
    if part.ndim == 1:
        axes.plot(part, linewidth=1)
        margin = (limits[1] - limits[0]) * 0.05 or 1.0
        axes.set_ylim(limits[0] - margin, limits[1] + margin)
    else:
        _paint(axes, part, cmap="gray", vmin=limits[0], vmax=limits[1])
    _mark(axes, part, view)


def draw_difference(
    axes: Axes,
    pair: Difference,
    shown: Sequence[Judgement],
    names: Mapping[str, str],
    view: View,
    units: Units,
) -> None:
    """What two outputs differ by; real numbers in ULPs of the largest output, all over it."""
    arrays = {j.output.name: j.output.array for j in shown}
    a, b = (view.of(arrays[name]) for name in (pair.a, pair.b))  # type: ignore[arg-type]
    with np.errstate(invalid="ignore"):
        gap = np.abs(a - b)
    step, unit = 1.0, units.largest
    words = f"largest {number(pair.max_abs)}, in {unit}"
    if units is REAL:
        # One step of the format at the largest output: the same unit all over the picture.
        step = _step(_coarser(arrays[pair.a], arrays[pair.b]), pair.largest_output or 0.0)
        largest = number((pair.max_abs or 0.0) / step)
        words = f"largest {number(pair.max_abs)}, {largest} {unit}, {number(pair.largest_output)}"
        unit += f" (1 = {number(step)})"
    who = [f"{names[pair.a]} against {names[pair.b]}"] if len(shown) > 2 else []
    title(
        axes,
        f"difference: sum {number(pair.sum_abs, 4)}, {pair.verdict.value}",
        *who,
        words,
        view.words,
    )
    if gap.ndim == 1:
        axes.plot(gap / step, linewidth=1)
        axes.set_ylabel(unit, fontsize=9)
    elif np.isfinite(gap).any() and gap.any():
        image = _paint(axes, gap / step, cmap="viridis", vmin=0)
        axes.figure.colorbar(image, ax=axes, shrink=0.75).set_label(unit)
    else:
        _paint(axes, np.zeros_like(gap), cmap="viridis", vmin=0, vmax=1)
        _note(axes, "no finite difference here" if gap.any() else "no difference", "white")
    _mark(axes, gap / step, view)


def draw_steps(
    axes: Axes, judgement: Judgement, names: Mapping[str, str], view: View, units: Units
) -> None:
    """How far integers are from the real number in steps of the output, or sums from exact."""
    assert judgement.maps is not None
    steps = view.of(judgement.maps.ulps)
    reached = beyond_half(judgement.error.max_abs if judgement.error else 0.0)
    title(
        axes,
        f"{names[judgement.output.name]}: error in {units.name}",
        f"at most {reached} from {units.exact}; {units.least:g} is the best possible",
        view.words,
    )
    if steps.ndim == 1:
        axes.plot(steps, linewidth=1)
        axes.axhline(units.least, color="gray", linestyle=":", linewidth=1)
        axes.set_ylabel(units.whole, fontsize=9)
    else:
        image = _paint(axes, steps, cmap="magma", vmin=0, vmax=max(float(steps.max()), 0.5))
        axes.figure.colorbar(image, ax=axes, shrink=0.75).set_label(units.whole)
    _mark(axes, steps, view)


def draw_over_bound(axes: Axes, judgement: Judgement, names: Mapping[str, str], view: View) -> None:
    """The error as a share of the most that rounding may do, on a logarithmic scale."""
    assert judgement.maps is not None
    ratio = view.of(judgement.maps.over_bound)
    finite = ratio[np.isfinite(ratio)]
    top = float(finite.max()) if finite.size else 1.0
    reached = number(judgement.error.max_over_bound if judgement.error else None)
    title(
        axes,
        f"{names[judgement.output.name]}: error over its bound",
        f"at most {reached}; above 1 is no rounding",
        view.words,
    )
    positive = finite[finite > 0]
    low = float(np.percentile(positive, 1)) if positive.size else 1e-3
    unit = "error / bound"
    if ratio.ndim == 1:
        axes.plot(np.maximum(ratio, low), linewidth=1)
        axes.axhline(1, color="gray", linestyle=":", linewidth=1)
        axes.set_yscale("log")
        axes.set_ylabel(unit, fontsize=9)
    else:
        norm = LogNorm(vmin=min(low, 0.1), vmax=max(top, 1.0))
        image = _paint(axes, np.maximum(ratio, low), cmap="magma", norm=norm)
        axes.figure.colorbar(image, ax=axes, shrink=0.75).set_label(unit)
    _mark(axes, np.maximum(ratio, low), view)


def draw_histogram(
    axes: Axes, judged: Sequence[Judgement], names: Mapping[str, str], units: Units
) -> None:
    """How many outputs are how far from exact, all images and channels."""
    maps = [(names[j.output.name], j.maps.ulps[np.isfinite(j.maps.ulps)]) for j in judged if j.maps]
    # Beside a cancellation a ULP is tiny: a few such outputs would squeeze all others to the left.
    top = max((float(np.percentile(ulps, 99.9)) for _, ulps in maps if ulps.size), default=1.0)
    edges = np.linspace(0, max(2.0 if units is REAL else 1.0, top), 61)
    for name, ulps in maps:
        counts, _ = np.histogram(np.minimum(ulps, edges[-1]), edges)
        axes.stairs(counts, edges, label=_cut(name, 40), linewidth=1.8)
    axes.axvline(units.least, color="gray", linestyle=":", linewidth=1)
    axes.set_xlim(0, edges[-1])
    axes.set_yscale("symlog", linthresh=1)
    axes.yaxis.set_major_formatter(lambda value, _: count(round(value)))
    axes.set_xlabel(units.axis, fontsize=9)
    axes.set_ylabel("outputs")
    title(
        axes,
        f"errors of {count(sum(len(u) for _, u in maps))} outputs",
        f"{units.best} (dotted) is the best possible",
    )
    axes.legend(fontsize=9)


def _fits(judgement: Judgement, view: View) -> bool:
    return judgement.output.array is not None and judgement.output.array.shape == view.shape


def title(axes: Axes, *lines: str) -> None:
    """Each line wrapped to the panel's width."""
    wrapped = [part for line in lines for part in textwrap.wrap(line, _TITLE_WIDTH)]
    axes.set_title("\n".join(wrapped), fontsize=10)


def _paint(axes: Axes, plane: Array, **settings: Any) -> Any:
    """A plane as pixels; in a colour map what is not finite is cyan."""
    axes.set_xticks([])
    axes.set_yticks([])
    if "cmap" in settings:
        settings["cmap"] = colormaps[settings["cmap"]].with_extremes(bad="cyan")
    return axes.imshow(plane, **settings)


def _mark(axes: Axes, part: Array, view: View) -> None:
    """A ring around the element that matters most, which shows on any colour."""
    if part.ndim == 1:
        (x,) = view.position
        y = float(part[x])
    else:
        y, x = view.position
    for color, width in (("white", 3.0), ("tab:red", 1.4)):
        axes.plot(
            x, y, "o", markersize=11, markerfacecolor="none", color=color, markeredgewidth=width
        )


def _note(axes: Axes, text: str, color: str = "black") -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=color)


def _coarser(a: Array | None, b: Array | None) -> Any:
    assert a is not None
    assert b is not None
    floats = [x.dtype for x in (a, b) if x.dtype.kind == "f" and x.dtype.itemsize >= 4]
    return min(floats, key=lambda d: d.itemsize, default=np.dtype(np.float32))


def _step(format_: Any, value: float) -> float:
    return float(np.spacing(format_.type(min(value, float(np.finfo(format_).max)))))


def _shape(array: Array) -> str:
    return "×".join(map(str, array.shape))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 + 1 :]}"
