"""The static pictures of a case, to look at without JavaScript.

Each scale has a unit that means something, fractions of the proved bound and what ``units`` says
(ULPs, of integers steps); all outputs share one grey scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.passes import FORWARD, KERNEL_GRADIENT
from convcheck.reports.figures import beyond_half, number, percent
from convcheck.reports.html import curves, pixels
from convcheck.reports.html.page import Bar, Picture, Ring
from convcheck.reports.units import REAL, units_of
from convcheck.results import Check, Difference, Judgement

if TYPE_CHECKING:
    from convcheck.excerpt.data import Excerpt, Planes
    from convcheck.results import Array

_BULK = 99.8
"""Per cent of the errors in ULPs that a linear scale spreads out: few are beyond."""


def about(excerpt: Excerpt, pass_: str = FORWARD) -> str:
    """Which part of the output the pictures show, and how small."""
    planes, rank = excerpt.planes, len(excerpt.shape) - 2
    picked = [0, *range(1, rank - 1), rank + 1]
    words = []
    if any(excerpt.shape[axis] > 1 for axis in picked):
        at = [str(i) if axis in picked else ":" for axis, i in enumerate(planes.at)]
        axes = " (input channel, taps, filter)" if pass_ == KERNEL_GRADIENT else ""
        words.append(f"Of the outputs {excerpt.shape}{axes} the pictures show [{', '.join(at)}].")
    if planes.block > 1:
        by = "" if rank == 1 else f" by {planes.block}"
        words.append(
            f"Each point stands for {planes.block}{by} of them: the largest error, the mean value."
        )
    if planes.at_worst:
        mark = "The ring is around" if rank > 1 else "The dotted line is at"
        words.append(f"{mark} the worst element.")
    return " ".join(words)


def pictures(excerpt: Excerpt, check: Check, names: Mapping[str, str]) -> list[Picture]:
    """Every picture, in the order to look at them."""
    return list(_Pictures(excerpt, check, names).all())


class _Pictures:
    def __init__(self, excerpt: Excerpt, check: Check, names: Mapping[str, str]) -> None:
        self._excerpt, self._check, self._names = excerpt, check, names
        self._planes: Planes = excerpt.planes
        self._units = units_of(check)
        spatial = excerpt.shape[1:-1][-2:]
        self._last = spatial[-1] - 1
        plane = self._planes.exact
        at = [int(i) // self._planes.block for i in self._planes.at[1:-1][-2:]]
        self._ring: Ring | None = None
        self._rules: list[float] = []
        if self._planes.at_worst and len(at) == 2:
            self._ring = Ring(plane.shape[1], plane.shape[0], at[1], at[0])
        elif self._planes.at_worst:
            self._rules = [at[0] / max(len(plane) - 1, 1)]

    def all(self) -> Iterator[Picture]:
        planes, judgements = self._planes, self._check.judgements
        yield self._input()
        low, high = _limits([planes.exact, *(p for p in planes.outputs if p is not None)])
        for i, (judgement, plane) in enumerate(zip(judgements, planes.outputs, strict=True)):
            if plane is not None:
                yield self._gray(
                    f"output-{i}",
                    self._name(judgement),
                    self._standing(judgement),
                    plane,
                    low,
                    high,
                )
        title = "exact result" if self._units is REAL else self._units.exact
        yield self._gray("exact", title, ["no rounding at all"], planes.exact, low, high)
        if planes.pair is not None and planes.difference is not None:
            yield self._difference(planes.difference, self._check.differences[planes.pair])
        for i, (judgement, plane) in enumerate(zip(judgements, planes.over, strict=True)):
            if plane is not None:
                yield self._over(i, judgement, plane)
        for i, (judgement, plane) in enumerate(zip(judgements, planes.ulps, strict=True)):
            if plane is not None:
                yield self._ulps(i, judgement, plane)
        yield from self._histogram()

    def _name(self, judgement: Judgement) -> str:
        return self._names[judgement.output.name]

    def _standing(self, judgement: Judgement) -> list[str]:
        array = judgement.output.dtypes.output or ""
        words = [f"{array} {judgement.status.value}".strip()]
        if judgement.error:
            share = judgement.error.correctly_rounded / judgement.error.total
            words.append(f"{percent(share)} {self._units.right}")
        return [", ".join(words)]

    def _input(self) -> Picture:
        source, plane = self._check.case.input.source, self._planes.input
        words = [f"{self._check.case.input.dtype}, {self._excerpt.input_shape}"]
        title = f"input: {source}"
        if plane.ndim == 3:
            size = plane.shape[1], plane.shape[0]
            return Picture("input", title, words, pixels.photograph(plane), size)
        return self._gray("input", title, words, plane, *_limits([plane]), ring=False)

    def _gray(
        self,
        layer: str,
        title: str,
        words: Sequence[str],
        plane: Array,
        low: float,
        high: float,
        *,
        ring: bool = True,
    ) -> Picture:
        with np.errstate(over="ignore", invalid="ignore"):
            shares = (plane - low) / (high - low) if high > low else np.full(plane.shape, 0.5)
        shares = np.where(np.isfinite(plane), shares, np.nan)
        bar = Bar("gray", [number(low), number(high)], "value")
        return self._picture(layer, title, words, shares, bar, ring=ring)

    def _picture(
        self,
        layer: str,
        title: str,
        words: Sequence[str],
        shares: Array,
        bar: Bar,
        levels: Sequence[float] = (),
        *,
        ring: bool = True,
    ) -> Picture:
        if np.isnan(shares).any():
            color = "cyan" if shares.ndim == 2 else "gaps"
            words = [*words, f"{color}: no finite number"]
        if shares.ndim == 1:
            side = (bar.ticks[0], bar.ticks[-1])
            last = self._last if ring else self._excerpt.input_shape[1] - 1
            rules = self._rules if ring else []
            drawing = curves.curve(shares, last, side, rules, levels)
            return Picture(layer, title, words, drawing=drawing)
        url, size = pixels.mapped(shares, bar.colors), (shares.shape[1], shares.shape[0])
        return Picture(layer, title, words, url, size, self._ring if ring else None, bar)

    def _difference(self, plane: Array, found: Difference) -> Picture:
        words = [f"sum {number(found.sum_abs, 4)}, {found.verdict.value}"]
        if found.worst_index is not None:
            words.append(f"largest {number(found.max_abs)} at {found.worst_index}")
        top = _largest(plane) or 1.0
        unit = self._units.largest
        if self._units is REAL:
            unit += f" (1 = {number(self._planes.step)})"
        title = f"difference: {self._names[found.a]} and {self._names[found.b]}"
        bar = Bar("viridis", ["0", number(top)], unit)
        return self._picture("difference", title, words, _shares(plane, top), bar)

    def _over(self, i: int, judgement: Judgement, plane: Array) -> Picture:
        finite = plane[np.isfinite(plane)]
        positive = finite[finite > 0]
        low = min(float(np.percentile(positive, 1)) if positive.size else 1e-3, 0.1)
        high = max(_largest(plane), 1.0)
        span = np.log(high / low)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.log(np.maximum(plane, low) / low) / span
        shares = np.where(np.isposinf(plane), 1.0, shares)
        reached = judgement.error.max_over_bound if judgement.error else None
        words = [f"at most {number(reached)}; above 1 is no rounding"]
        ticks = [number(low), number(high)]
        level = 1 - float(np.log(1 / low) / span)
        title = f"error over bound: {self._name(judgement)}"
        bar = Bar("magma", ticks, "error / bound, logarithmic")
        return self._picture(f"over-{i}", title, words, shares, bar, [level])

    def _ulps(self, i: int, judgement: Judgement, plane: Array) -> Picture:
        finite = plane[np.isfinite(plane)]
        top = max(float(np.percentile(finite, _BULK)) if finite.size else 1.0, 1.0)
        most = judgement.error.max_ulps if judgement.error else None
        reached = number(most) if self._units is REAL else beyond_half(most or 0.0)
        units = self._units
        words = [f"at most {reached} {units.name}; up to {units.least:g} is the best possible"]
        title = f"error in {units.name}: {self._name(judgement)}"
        beyond = " and more" if _largest(plane) > top else ""
        bar = Bar("viridis", ["0", number(top) + beyond], units.whole)
        shares = np.where(np.isposinf(plane), 1.0, _shares(plane, top))
        return self._picture(f"ulps-{i}", title, words, shares, bar)

    def _histogram(self) -> Iterator[Picture]:
        pairs = zip(self._check.judgements, self._planes.counts, strict=True)
        counts = [(self._name(judgement), one) for judgement, one in pairs if one is not None]
        drawing = curves.histogram(self._planes.edges, counts, self._units)
        if drawing is not None:
            words = [f"all outputs; up to {self._units.best} (dotted) is the best possible"]
            yield Picture("histogram", "how large the errors are", words, drawing=drawing)


def _limits(planes: Sequence[Array]) -> tuple[float, float]:
    """The smallest and the largest finite value of all."""
    values = np.concatenate([plane[np.isfinite(plane)].ravel() for plane in planes])
    return (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)


def _largest(plane: Array) -> float:
    finite = plane[np.isfinite(plane)]
    return float(finite.max()) if finite.size else 0.0


def _shares(plane: Array, top: float) -> Array:
    return np.where(np.isfinite(plane), plane / top, np.nan)
