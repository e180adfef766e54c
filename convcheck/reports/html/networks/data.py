"""What a page draws of two networks, in pixels of its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A convolution, or what goes into a model or comes out of it."""

    x: float
    y: float
    """Its upper left corner."""
    name: str
    """Short enough for the box."""
    words: str
    """A second line; "" for none."""
    title: str
    """The whole name and what became of it."""
    state: str
    """``fine``, ``bad``, ``unsure`` (no partner), ``merged``, ``out`` (not looked at), ``end``."""
    link: str = ""
    """The id of the section that tells more; "" for none."""


@dataclass(frozen=True)
class Wire:
    """A line from one convolution to the next, or across to its partner."""

    path: str
    """Of an SVG path."""
    state: str
    """As that of a box; ``merged`` is dashed."""
    across: bool = False


@dataclass(frozen=True)
class Label:
    """Words on a line, in their own box, around a point."""

    x: float
    y: float
    width: float
    words: str
    title: str
    state: str
    link: str = ""


@dataclass(frozen=True)
class Networks:
    """The drawing of two networks."""

    width: float
    height: float
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    labels: Sequence[Label]

    WIDTH = 264
    """Of a box."""
    HEIGHT = 36
