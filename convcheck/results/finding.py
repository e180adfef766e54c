"""Why outputs are what they are: causes with their evidence, and what each step makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BudgetPart:
    """One step of a computation and the summed absolute error that it makes."""

    implementation: str
    part: str
    """``input cast``, ``kernel cast`` or ``accumulation``; of a quantized case ``input``,
    ``weights``, ``cross``, ``bias``, ``saturation``, ``rounding`` or ``excess``."""
    sum_abs: float


@dataclass(frozen=True)
class Experiment:
    """A convolution computed to test an explanation."""

    experiment: str
    sum_abs: float
    """Summed absolute difference that was left."""
    fix: str | None = None
    """How a user makes the same change."""


@dataclass(frozen=True)
class Sides:
    """What each output of a pair does, where neither is wrong."""

    does: tuple[str, str]
    """What ``Finding.implementation`` does, and what ``Finding.beside``."""
    element: str
    """Where that makes a difference: a sentence without its full stop."""


@dataclass(frozen=True)
class Finding:
    """Why an output is what it is."""

    cause: str
    implementation: str
    status: str
    """``proved``, ``supported`` or ``unexplained``."""
    summary: str
    evidence: tuple[Experiment, ...] = ()
    fix: str | None = None
    also: tuple[str, ...] = ()
    """Causes that this case cannot tell from ``cause``."""
    departs: bool = False
    """Whether it is why an output leaves its bound, or has another shape."""
    beside: str | None = None
    """The other implementation of a pair that it is about."""
    sides: Sides | None = None
    """What the summary says of each of such a pair, so that several pairs can be told as one."""
