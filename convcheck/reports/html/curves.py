"""Numbers along an axis as curves of an inline SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.reports.figures import count, number
from convcheck.reports.html.page import Curve, Drawing
from convcheck.reports.units import Units

if TYPE_CHECKING:
    from convcheck.results import Array

WIDTH, HEIGHT = Drawing.WIDTH, Drawing.HEIGHT


def curve(
    shares: Array,
    last: int,
    side: tuple[str, str],
    rules: Sequence[float] = (),
    levels: Sequence[float] = (),
) -> Drawing:
    """One curve of numbers from 0 to 1 over positions up to ``last``; it has gaps where NaN is."""
    y = (1 - np.clip(shares, 0, 1)) * HEIGHT
    x = np.linspace(0, WIDTH, len(y)) if len(y) > 1 else np.array([WIDTH / 2])
    bottom = ["0", f"position {count(last)}"]
    return Drawing(list(_runs(x, y)), bottom, side, rules, levels)


def _runs(x: Array, y: Array) -> Iterator[Curve]:
    there = np.isfinite(y)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(int)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        points = list(zip(x[start:stop], y[start:stop], strict=True))
        if len(points) == 1:  # a line of one point is invisible
            points = [(points[0][0] - 1, points[0][1]), (points[0][0] + 1, points[0][1])]
        yield Curve(_points(points))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def histogram(
    edges: Sequence[float], counts: Sequence[tuple[str, Sequence[int]]], units: Units
) -> Drawing | None:
    """How many errors are how large, each output a line of steps, on a logarithmic scale."""
    most = max((max(one) for _, one in counts), default=0)
    if not most:
        return None
    top = np.log10(1 + most)
    curves = []
    for i, (_, one) in enumerate(counts):
        heights = HEIGHT * (1 - np.log10(1 + np.array(one, np.float64)) / top)
        x = np.repeat(np.array(edges) / edges[-1] * WIDTH, 2)[1:-1]
        y = np.repeat(heights, 2)
        curves.append(Curve(_points(list(zip(x, y, strict=True))), i))
    return Drawing(
        curves,
        ["0", units.name, number(edges[-1])],
        ("0", f"{count(most)} outputs"),
        rules=(units.least / edges[-1],),
        legend=[name for name, _ in counts],
    )
