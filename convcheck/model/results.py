"""The result of checking a model: frozen dataclasses, standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from convcheck.cases import worst_exit_code
from convcheck.results import EXIT_CODES, Check, Verdict, worst


@dataclass(frozen=True)
class LayerCheck:
    """One convolution of a model."""

    name: str
    """The layer's path; a second call of it ends in ``#2``."""
    kind: str
    """``Conv2D``, ``SeparableConv2D depthwise`` …"""
    check: Check

    @property
    def over_bound(self) -> float:
        """The largest error over its bound among the outputs; 0 where none is known."""
        errors = [judgement.error for judgement in self.check.judgements]
        return max((e.max_over_bound or 0.0 for e in errors if e), default=0.0)


@dataclass(frozen=True)
class Missed:
    """A convolution layer of which no call could be recorded."""

    name: str
    kind: str
    reason: str


@dataclass(frozen=True)
class EndToEnd:
    """The whole model's output in another mode, against its output when called eagerly."""

    mode: str
    """``predict``, ``graph`` or ``xla``."""
    sum_abs: float | None = None
    max_abs: float | None = None
    relative: float | None = None
    """``max_abs`` over the largest absolute output."""
    unequal: int | None = None
    total: int | None = None
    seconds: float | None = None
    message: str | None = None
    """Why there are no figures."""


@dataclass(frozen=True)
class SavedCase:
    """A layer's case, written as files."""

    layer: str
    folder: str
    command: str
    """The command line that compares them."""


@dataclass(frozen=True)
class Note:
    """What no layer's own check says."""

    layers: tuple[str, ...]
    """Those that it is about."""
    words: str


@dataclass(frozen=True)
class ModelCheck:
    """The result of checking one model."""

    model: str
    """The file as typed."""
    input: str
    """What went through it: its source, shape and dtype."""
    versions: dict[str, str]
    layers: tuple[LayerCheck, ...]
    """In the order of their calls."""
    missed: tuple[Missed, ...] = ()
    left_out: int = 0
    """Calls that a pattern left out."""
    end_to_end: tuple[EndToEnd, ...] = ()
    saved: SavedCase | None = None
    allow_empty: bool = False
    """Whether a model in which nothing could be checked passes."""
    notes: tuple[Note, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the layers'; without any undecided, unless that is allowed."""
        if not self.layers and not self.allow_empty:
            return Verdict.UNDECIDED
        return worst([layer.check.verdict for layer in self.layers])

    @property
    def failing(self) -> tuple[LayerCheck, ...]:
        """Layers that do not pass: different, undecided, or over a limit that was asked for."""
        return tuple(layer for layer in self.layers if layer.check.exit_code)

    @property
    def exit_code(self) -> int:
        """0 all the same, 1 different or a limit exceeded, 3 undecided: different counts most."""
        codes = [layer.check.exit_code for layer in self.layers] or [EXIT_CODES[self.verdict]]
        return worst_exit_code(codes)
