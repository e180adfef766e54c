"""The result of holding two models against each other: frozen dataclasses, no NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convcheck.case.spec import ConvSpec
from convcheck.model.against.pairs.geometry import reads_alike
from convcheck.model.results import SavedCase
from convcheck.results import EXIT_CODES, Check, Finding, Verdict, worst

INPUT = -1
"""Stands among the places before a convolution for the model's input."""


@dataclass(frozen=True)
class LayerPlace:
    """A convolution of a model, and what comes before it."""

    name: str
    """Unique in its model."""
    before: tuple[int, ...]
    """The nearest convolutions before it, by their places in ``ModelSide.layers``."""


@dataclass(frozen=True)
class ModelSide:
    """One of the two models."""

    path: str
    """As typed."""
    format: str
    """``keras``, ``saved-model``, ``onnx``, ``tflite``, ``pt2``, ``python``."""
    convolutions: int
    """How many it has, dense layers among them."""
    input: str
    """What went into it: source, shape and dtype of each input."""
    versions: dict[str, str]
    notes: tuple[str, ...] = ()
    """What to know of it beside: that it is in training mode …"""
    layers: tuple[LayerPlace, ...] = ()
    """Its convolutions in run order."""
    outputs: tuple[tuple[int, ...], ...] = ()
    """Of each output of the model the nearest convolutions before it, as ``LayerPlace.before``."""


@dataclass(frozen=True)
class PairCheck:
    """A convolution of A and the one of B that it is."""

    a: str
    b: str
    """Their names, each unique in its model."""
    how: str
    """How it was found: ``weights`` alone, weights and ``neighbours``, or ``place`` alone."""
    specs: tuple[ConvSpec, ConvSpec]
    """A's geometry and B's, padding in numbers."""
    input_shapes: tuple[tuple[int, ...], tuple[int, ...]]
    """(N, *spatial, C)."""
    filters: tuple[int, int]
    """Output channels."""
    weights: str
    """``equal``, ``folded``, ``float16``, ``bfloat16``, ``int8`` …, else ``different``."""
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    """The two models' own calls on A's input, held against exact: one check of both where they
    compute the same convolution, else A's and B's."""

    @property
    def same_geometry(self) -> bool:
        """Whether both read the same, however it is written."""
        (a, b), (of_a, of_b) = self.specs, self.input_shapes
        return reads_alike(a, of_a, b, of_b)

    @property
    def over_bound(self) -> float:
        """The largest error over its bound of the models' own calls; 0 where none is known."""
        errors = [judgement.error for check in self.checks for judgement in check.judgements]
        return max((e.max_over_bound or 0.0 for e in errors if e), default=0.0)


SAME_WEIGHTS = ("equal", "folded", "another form", "different")
"""Relations of weights that are no narrowing."""


def narrowed(pairs: Sequence[PairCheck]) -> dict[str, list[str]]:
    """How weights are narrowed -> A's convolutions of which they are so."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.weights not in SAME_WEIGHTS:
            found.setdefault(pair.weights, []).append(pair.a)
    return found


def narrowed_words(weights: str) -> str:
    """Whose weights are narrower, and in which format, in words."""
    if " in A" not in weights:
        return f"B's weights are {weights}"
    of_a, _, of_b = weights.partition(" in A")
    of_b = of_b.removeprefix(", ").removesuffix(" in B")
    return f"A's weights are {of_a}" + (f" and B's {of_b}" if of_b else "")


@dataclass(frozen=True)
class SegmentCheck:
    """What lies between convolutions: up to the input of one, or to an output of the models."""

    after: tuple[tuple[str, ...], tuple[str, ...]]
    """The convolutions after which it begins, of A and of B; ``input`` for the models' input."""
    before: tuple[str, str]
    """The convolution whose input it gives, or ``output``."""
    verdict: Verdict
    units: float
    """The largest difference, in units of natural rounding."""
    limit: float
    """What rounding alone may reach."""
    operations: tuple[str | None, str | None] = (None, None)
    """Where the models part: A's first operator whose output no tensor of B equals, and B's."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Place:
    """One place where the models differ, whether it shows in one segment or in several."""

    where: str
    """In words: ``conv2 (B: conv2d_1)``, ``between conv1 and conv2``."""
    findings: tuple[Finding, ...]
    size: float
    """How far it is beyond what may be, to tell the worst."""
    pairs: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    """Which of the result's show it."""


@dataclass(frozen=True)
class OutputDifference:
    """An output of B against A's when both run by themselves, uncut."""

    output: str
    sum_abs: float | None = None
    max_abs: float | None = None
    relative: float | None = None
    """``max_abs`` over A's largest absolute output."""
    unequal: int | None = None
    total: int | None = None
    message: str | None = None
    """Why there are no figures."""


@dataclass(frozen=True)
class AgainstCheck:
    """Everything that was found about two models."""

    a: ModelSide
    b: ModelSide
    pairs: tuple[PairCheck, ...]
    """In A's run order."""
    segments: tuple[SegmentCheck, ...]
    places: tuple[Place, ...]
    """Where the models differ, in run order."""
    unmatched_a: tuple[str, ...] = ()
    unmatched_b: tuple[str, ...] = ()
    merged_a: tuple[tuple[str, str], ...] = ()
    """(a convolution of A, another of A): B computes both as one."""
    merged_b: tuple[tuple[str, str], ...] = ()
    blind_spots: tuple[str, ...] = ()
    """What this input could not show, in sentences."""
    end_to_end: tuple[OutputDifference, ...] = ()
    left_out: int = 0
    """Pairs that a pattern left out."""
    failures: tuple[str, ...] = ()
    """Limits asked for (``--strict`` …) that are exceeded."""
    accepted: tuple[str, ...] = ()
    """Causes that were accepted and that wholly explain what differs."""
    saved: SavedCase | None = None
    allow_empty: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of pairs and segments; undecided where convolutions have no partner."""
        found = [pair.verdict for pair in self.pairs] + [one.verdict for one in self.segments]
        if self.unmatched_a or self.unmatched_b or not (self.pairs or self.allow_empty):
            found.append(Verdict.UNDECIDED)
        return worst(found)

    @property
    def exit_code(self) -> int:
        """0 the same, 1 different or a limit exceeded, 3 undecided; accepted causes do not fail."""
        if self.failures:
            return 1
        if self.verdict is Verdict.DIFFERENT and self.accepted:
            undecided = self.unmatched_a or self.unmatched_b
            return EXIT_CODES[Verdict.UNDECIDED] if undecided else 0
        return EXIT_CODES[self.verdict]
