"""Pairs of causes: a two-step search on few outputs, where no single cause holds.

The kernels of all changes of the kernel are multiplied at once by what each other change reads;
functions, scales and offsets are then tried on every value found. The search has an allowance of
numbers that it may read; what it did not come to is said, and then nothing that it found is proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.detectors.single import EXPLAINABLE
from convcheck.diagnosis.effort import Effort, of_kernel, of_look, one_thread
from convcheck.diagnosis.estimates.fitted import fitted
from convcheck.diagnosis.findings import explain
from convcheck.diagnosis.kernel_batch import ChangedKernel, results
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import Probe, im2col, kernel_matrix, multiply
from convcheck.diagnosis.probe_points import MORE, PAIR, ProbePoints
from convcheck.errors import SpecError
from convcheck.results import Finding

if TYPE_CHECKING:
    from convcheck.results import Array

MOST_PAIRS = 12
"""Pairs that are confirmed on the whole output."""
ALLOWANCE = 3 << 28
"""Numbers that the search for pairs may read: some two seconds at 3 ns each (measured)."""


def detect(observation: Observation) -> Iterator[Finding]:
    """An output that two changes at once explain, where no single one does."""
    if observation.status not in EXPLAINABLE or not observation.computable:
        return
    search = PairSearch(observation)
    found = explain(observation, search.surviving())
    if search.left_out:
        observation.others.not_sought.append(
            f"{observation.judgement.output.name}: looking for pairs of causes ended after "
            f"{ALLOWANCE:.1e} numbers; not all were tried of those with "
            f"{', '.join(search.left_out)}"
        )
        if found is not None and found.status == "proved":  # a rival may be among them
            found = replace(found, status="supported")
    if found is not None:
        yield found


@dataclass(frozen=True)
class _First:
    """A first change, made."""

    hypothesis: Hypothesis | None
    case: Case


class PairSearch:
    """The search for two changes that explain an output together."""

    def __init__(self, observation: Observation, allowance: int | None = None) -> None:
        self.observation = observation
        self.arithmetic = observation.arithmetic
        numbers = ALLOWANCE if allowance is None else allowance
        # Two changes of the kernel are the most pairs, and the rarest: they get half.
        self._of_kernels, self._of_others = Effort(numbers // 2), Effort(numbers - numbers // 2)
        self._left_out: dict[str, None] = {}
        self._of_case: list[ChangedKernel] | None = None
        every = [one for one in observation.hypotheses() if not one.alone]
        self.kernels = [h for h in every if h.changes == "kernel" and h.channel_permutation is None]
        self.values = [h for h in every if h.changes == "values" and h.post_op is not None]
        self.relayouts = [
            h
            for h in every
            if h.post_op is None and (h.relayout is not None or h.channel_permutation is not None)
        ]
        # Changes that compute new inputs first: what follows them is cheap.
        reads = (h for h in every if h.changes == "reads")
        self.reads = sorted(reads, key=lambda h: not h.roundings)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Causes of which not every pair was tried, for want of numbers that may be read."""
        return tuple(self._left_out)

    @one_thread()
    def surviving(self) -> list[Hypothesis]:
        """Pairs of changes that every output probed may be of; commonest first."""
        found: list[Hypothesis] = []
        for pair in self._candidates():
            changed = self.observation.case
            self._of_others.spend(of_look(changed, self.observation.points(changed, MORE)))
            if self.observation.survives(pair, MORE):
                found.append(pair)
            if len(found) >= MOST_PAIRS:
                break
        return found

    def _goes_on(self, effort: Effort, hypothesis: Hypothesis) -> bool:
        if effort.is_spent:
            self._left_out.update(dict.fromkeys(hypothesis.cause.split("+")))
        return not effort.is_spent

    def _candidates(self) -> Iterator[Hypothesis]:
        yield from self._kernels_under(_First(None, self.observation.case))
        self._of_others.spend(-max(self._of_kernels.left, 0))  # what those left over
        for i, first in enumerate(self.reads):
            if not self._goes_on(self._of_others, first):
                continue
            made = self._make(self.observation.case, first)
            if made is not None:
                yield from self._kernels_under(_First(first, made))
                yield from self._reads_after(first, made, self.reads[i + 1 :])
        for view in self.relayouts:
            yield from self._under_layout(view)

    def _reads_after(
        self, first: Hypothesis, made: Case, others: Sequence[Hypothesis]
    ) -> Iterator[Hypothesis]:
        out = self.observation.out
        for second in others:
            if second.cause == first.cause or second.roundings:
                continue
            if not self._goes_on(self._of_others, first):
                return
            twice = self._make(made, second)
            if twice is None or twice.output_shape != out.shape:
                continue
            self._of_others.spend(of_look(twice, self.observation.points(twice, PAIR)))
            both = first.then(second)
            if self.observation.holds(twice, out, both, PAIR):
                yield both

    def _under_layout(self, view: Hypothesis) -> Iterator[Hypothesis]:
        try:
            shown = replace(self.observation, out=view.to_case_layout(self.observation.out))
        except ValueError:
            return
        look = of_look(shown.case, shown.points(shown.case, PAIR))
        for other in (*self.kernels, *self.reads):
            if other.cause == view.cause:
                continue
            if not self._goes_on(self._of_others, view):
                return
            self._of_others.spend(look + shown.case.kernel.size * (other.changes == "kernel"))
            if shown.survives(other, PAIR):
                yield other.then(view)

    def _make(self, case: Case, hypothesis: Hypothesis) -> Case | None:
        try:
            made = hypothesis.change(case)
        except (SpecError, ValueError, IndexError):
            return None
        # An integer arithmetic does not have the numbers of a scaled input or kernel.
        scaled = "f" in (made.input.dtype.kind, made.kernel.dtype.kind)
        foreign = self.arithmetic.is_integer and scaled
        return None if foreign else made

    def _changed_kernels(
        self, case: Case, points: ProbePoints, hypotheses: Sequence[Hypothesis], effort: Effort
    ) -> list[ChangedKernel]:
        """Each change of the kernel, made, that leaves the output's shape and the windows."""
        filters = points.filters
        found = []
        for hypothesis in hypotheses:
            effort.spend(of_kernel(case, len(filters)))
            made = self._make(case, hypothesis)
            if (
                made is None
                or made.output_shape != case.output_shape
                or made.spec.kernel_size != case.spec.kernel_size
                or made.input.shape[-1] != case.input.shape[-1]
            ):
                continue
            matrix = kernel_matrix(made, filters, self.arithmetic)
            found.append(ChangedKernel(hypothesis, matrix))
        return found

    def _kernels_of(self, case: Case, points: ProbePoints, effort: Effort) -> list[ChangedKernel]:
        """Every changed kernel of a case; made once for all that have the kernel given."""
        given = self.observation.case
        same = (
            case.kernel is given.kernel
            and case.bias is given.bias
            and case.input.shape == given.input.shape
            and case.output_shape == given.output_shape
            and replace(case.spec, padding="same") == replace(given.spec, padding="same")
        )
        if not same:
            return self._changed_kernels(case, points, self.kernels, effort)
        if self._of_case is None:
            self._of_case = self._changed_kernels(given, points, self.kernels, effort)
        return self._of_case

    def _kernels_under(self, first: _First) -> Iterator[Hypothesis]:
        """A first change together with each change of the kernel, of two, of values."""
        case, observation = first.case, self.observation
        if observation.out.shape != case.output_shape:
            return
        effort = self._of_kernels if first.hypothesis is None else self._of_others
        points = observation.points(case, PAIR)
        effort.spend(of_look(case, points))
        given = points.of(observation.out)
        inputs = im2col(case, points, self.arithmetic)
        rounding = first.hypothesis is not None and first.hypothesis.roundings
        own = (first.hypothesis, case) if first.hypothesis and rounding else None
        if first.hypothesis is not None:
            matrix = kernel_matrix(case, points.filters, self.arithmetic)
            plain = multiply(inputs, matrix, self.arithmetic, own)
            yield from self._with_values(first.hypothesis, case, plain, given)
        changed = self._kernels_of(case, points, effort)
        for kernel, result in results(inputs, changed, self.arithmetic, own):
            hypothesis = kernel.hypothesis
            if first.hypothesis is not None:
                if first.hypothesis.cause != hypothesis.cause and result.holds(given).all():
                    yield first.hypothesis.then(hypothesis)
                continue
            one = self._make(case, hypothesis)
            assert one is not None
            yield from self._with_values(hypothesis, one, result, given)
            if not self._goes_on(effort, hypothesis):
                continue
            others = [second for second in self.kernels if second.cause != hypothesis.cause]
            twice = self._changed_kernels(one, points, others, effort)
            for second, both in results(inputs, twice, self.arithmetic):
                if both.holds(given).all():
                    yield hypothesis.then(second.hypothesis)

    def _with_values(
        self, first: Hypothesis, case: Case, plain: Probe, given: Array
    ) -> Iterator[Hypothesis]:
        """A first change, then a known function or a fitted scale or offset."""
        for second in self.values:
            if plain.after(second, self.arithmetic).holds(given).all():
                yield first.then(second)
        if _linear(plain.value, given):
            out = self.observation.out
            points = self.observation.points(case, MORE)
            self._of_others.spend(of_look(case, points))
            for second in fitted(case, out, points, self.arithmetic):
                if second.cause != first.cause:
                    yield first.then(second)


def _linear(value: Array, given: Array) -> bool:
    """Whether the outputs may be a line over the values: what a scale and an offset leave."""
    x, y = value.ravel(), given.ravel()
    if len(x) < 3 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return True
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return scale > 0 and abs(float(x @ y)) >= (1 - 1e-4) * scale
