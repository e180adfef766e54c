"""An observation: one output under test, with its case, arithmetic, sample and probes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.catalogue import CATALOGUE
from convcheck.causes.cause import Hypothesis
from convcheck.causes.gradients.of_case import hypotheses
from convcheck.diagnosis.confirm import changed_case, confirm
from convcheck.diagnosis.probe import FLOAT64_ONLY, Probe, probe
from convcheck.diagnosis.probe_points import MORE, ProbePoints, ProbeSize, probe_points
from convcheck.diagnosis.transforms.footprint import Footprint
from convcheck.diagnosis.violations import Violations, violations_of
from convcheck.orders.replay import Replay
from convcheck.results import BudgetPart, Difference, Finding, Judgement, Output, Status
from convcheck.truth.arithmetic import Arithmetic, declared
from convcheck.truth.exact import Exact, exact
from convcheck.truth.winograd.tiling import Tiling
from convcheck.verdict.sample import Sample

if TYPE_CHECKING:
    from convcheck.results import Array, Index

T = TypeVar("T")
REARRANGED = 256
"""Outputs at which two layouts of an output are compared."""


class Rerun(Protocol):
    """Compute a changed case; None where the implementation takes no such option."""

    def __call__(
        self, case: Case, name: str, option: tuple[str, str] | None = None, /
    ) -> Output | None: ...


@dataclass(frozen=True)
class Surroundings:
    """What an observation may ask about the other outputs of its check."""

    judgements: Sequence[Judgement]
    differences: Sequence[Difference]
    budget: Sequence[BudgetPart]
    rerun: Rerun
    footprints: dict[str, Footprint | None] = field(default_factory=dict)
    """Of the outputs sought in so far, by name: what shows that one transforms tiles."""
    tilings: dict[str, Tiling] = field(default_factory=dict)
    """The Winograd algorithms that footprints show: outputs to judge again by their bounds."""
    findings: list[Finding] = field(default_factory=list)
    """Of all outputs, so far."""
    not_sought: list[str] = field(default_factory=list)
    """What was not looked for, since it would have taken too long, in words."""
    replays: Mapping[str, Replay] = field(default_factory=dict)
    """Outputs whose sums were added up again in the order that was found for them."""


class Once(Generic[T]):
    """What is computed of hypotheses, once of each; they are told apart by identity."""

    def __init__(self, compute: Callable[[Hypothesis], T]) -> None:
        self._compute = compute
        self._known: dict[int, tuple[Hypothesis, T]] = {}

    def __call__(self, hypothesis: Hypothesis) -> T:
        known = self._known.get(id(hypothesis))
        if known is None:  # kept beside its result, so that its id stays its own
            known = self._known[id(hypothesis)] = hypothesis, self._compute(hypothesis)
        return known[1]


@dataclass
class Observation:
    """An output that a detector looks at."""

    case: Case
    out: Array
    arithmetic: Arithmetic
    """The arithmetic that the output was held to; for another shape, what it would be."""
    judgement: Judgement
    sample: Sample | None
    """Outputs of the case that share no operands, None where the shape is another."""
    others: Surroundings

    def __post_init__(self) -> None:
        self._points: dict[tuple[object, ...], ProbePoints] = {}
        self.changed_shape = Once(lambda one: one.change(self.case).output_shape)
        """The shape of its output in its own layout: its case may be large, and is not kept."""
        self.confirm = Once(lambda one: confirm(self.case, one, self.out, self.arithmetic))
        """The hypothesis held against every output."""
        self.value = Once(self._value)
        """What its convolution gives in float64 at some outputs in its own layout."""
        self.rearranged = Once(self._rearranged)
        """What it gives exactly at some outputs, looked up where each stands in its own layout."""

    @property
    def status(self) -> Status:
        """What judging came to."""
        return self.judgement.status

    @cached_property
    def violations(self) -> Violations:
        """Where it leaves its bound, and how far."""
        return violations_of(self.case, self.judgement, self.out, self.arithmetic)

    @property
    def worst(self) -> Index | None:
        """Where error over bound is largest."""
        return self.judgement.error.worst_index if self.judgement.error else None

    @property
    def computable(self) -> bool:
        """Whether the arithmetic has the case's numbers: an integer one may not."""
        return self._computes(self.case)

    def _computes(self, case: Case) -> bool:
        kinds = {dtype.kind for dtype in case.dtypes}
        return not self.arithmetic.is_integer or kinds <= set("iu")

    def hypotheses(self) -> Iterator[Hypothesis]:
        """Every changed convolution of the catalogue, commonest causes first."""
        for cause in CATALOGUE:
            yield from hypotheses(cause, self.case, self.out.shape)

    def points(self, case: Case, size: ProbeSize) -> ProbePoints:
        """Where a changed case is probed; the same for all that have its output shape."""
        shape = case.output_shape
        key = (shape, size)
        if key not in self._points:
            worst = self.worst
            # Another shape may have no such output.
            there = worst is not None and all(i < n for i, n in zip(worst, shape, strict=False))
            self._points[key] = probe_points(case, size, [worst if there else None])
        return self._points[key]

    def survives(self, hypothesis: Hypothesis, size: ProbeSize) -> bool:
        """Whether every output probed may be the hypothesis's."""
        fits = changed_case(self.case, hypothesis, self.out)
        return fits is not None and self.holds(*fits, hypothesis, size)

    def holds(self, changed: Case, out: Array, hypothesis: Hypothesis, size: ProbeSize) -> bool:
        """The same of a case that is changed already, and the output as it would have it."""
        if out.shape != changed.output_shape or not self._computes(changed):
            return False
        points = self.points(changed, size)
        found = probe(changed, points, self.arithmetic, hypothesis)
        # Without a bound an output may be anybody's, and nothing can be confirmed.
        bounded = np.isfinite(found.limit) | ~np.isfinite(found.value)
        return bool((found.holds(points.of(out)) & bounded).all())

    def _value(self, hypothesis: Hypothesis) -> Probe:
        changed = hypothesis.change(self.case)
        return probe(changed, self.points(changed, MORE), FLOAT64_ONLY, hypothesis)

    def _rearranged(self, hypothesis: Hypothesis) -> Exact:
        shape = self.out.shape
        flat = np.arange(prod(shape))
        few = np.random.default_rng(0).permutation(flat.size)[:REARRANGED]  # the same for all
        stands = np.empty_like(flat)
        stands[hypothesis.to_case_layout(flat.reshape(shape)).ravel()] = flat
        return exact(hypothesis.change(self.case), stands[few])


def observe(
    case: Case, judgement: Judgement, sample: Sample | None, others: Surroundings
) -> Observation | None:
    """The observation of a judged output; None where there is no array."""
    out = judgement.output.array
    if out is None:
        return None
    arithmetic = judgement.declared
    if arithmetic is None:
        compute = judgement.output.dtypes.compute or out.dtype.name
        arithmetic = declared(compute, out.dtype.name)
    fits = out.shape == case.output_shape
    return Observation(case, out, arithmetic, judgement, sample if fits else None, others)
