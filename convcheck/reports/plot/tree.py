"""The panel that draws in which order products are added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection

from convcheck.reports.plot.panels import title
from convcheck.results import Judgement, TreeShape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from convcheck.results import Array

_SEPARATE, _FUSED = "tab:blue", "tab:orange"


def draw_order(axes: Axes, judgement: Judgement, names: Mapping[str, str]) -> None:
    """The commonest tree of an output's sums: products below, each addition above what it adds."""
    order = judgement.order
    assert order is not None
    assert order.shape is not None
    title(axes, f"{names[judgement.output.name]}: {order.words}")
    lines, colors = _lines(order.shape)
    width = max(0.3, min(1.5, 60 / max(len(order.shape.leaves), 1)))
    axes.add_collection(LineCollection(lines, colors=colors, linewidths=width))
    axes.autoscale()
    axes.set_xticks([])
    axes.set_xlabel("products, from left to right (orange: fused)", fontsize=9)
    axes.set_ylabel("additions after each other", fontsize=9)


def drawable(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Those whose tree is known; equal outputs once."""
    known = [one for one in judgements if one.order is not None and one.order.shape is not None]
    return list({id(one.order): one for one in known}.values())


def _lines(shape: TreeShape) -> tuple[list[Array], list[str]]:
    """For each addition the two lines to what it adds, with a corner each, and their colours."""
    n = len(shape.leaves)
    fused = set(shape.fused)
    x, y = list(map(float, range(n))), [0.0] * n
    lines, colors = [], []
    for pair in shape.steps:
        height = 1 + max(y[node] for node in pair)
        middle = sum(x[node] for node in pair) / 2
        for node in pair:
            lines.append(np.array([[x[node], y[node]], [x[node], height], [middle, height]]))
            is_fused = node < n and shape.leaves[node] in fused
            colors.append(_FUSED if is_fused else _SEPARATE)
        x.append(middle)
        y.append(height)
    return lines, colors
