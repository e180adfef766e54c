"""An output of integers under test, and what hypotheses make of its case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.quantized.hypothesis import QuantizedHypothesis
from convcheck.diagnosis.probe_points import ProbePoints, ProbeSize, probe_points
from convcheck.diagnosis.quantized.replay import Changed, Replayed
from convcheck.errors import SpecError, UsageError
from convcheck.quantized.any_case import SUM_DTYPES
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums
from convcheck.results import Judgement, Output, Status

if TYPE_CHECKING:
    from convcheck.results import Array

ITSELF = QuantizedHypothesis("", "the case as it is")


@dataclass(eq=False)
class IntegerObservation:
    """An output that is looked at."""

    quantized: QuantizedCase
    operands: Case
    """The centred integers."""
    sums: Sums
    judgement: Judgement
    out: Array
    _points: dict[tuple[object, ...], ProbePoints] = field(default_factory=dict)

    @property
    def output(self) -> Output:
        """Whose it is."""
        return self.judgement.output

    @property
    def status(self) -> Status:
        """What judging came to."""
        return self.judgement.status

    @property
    def holds_sums(self) -> bool:
        """Whether it is the sums themselves."""
        return self.out.dtype.name in SUM_DTYPES

    @property
    def formulas(self) -> tuple[str, ...]:
        """Those that may be meant."""
        return tuple(name for name in self.output.formulas if name in FORMULAS) or tuple(FORMULAS)

    @property
    def itself(self) -> Changed:
        """The case as it is, in its own layout."""
        return Changed(ITSELF, self.operands, self.out, self.quantized.parameters, self.sums)

    def points(self, case: Case, size: ProbeSize) -> ProbePoints:
        """Where a changed case is looked at; the same for all that have its output shape."""
        key = (case.output_shape, size)
        if key not in self._points:
            error = self.judgement.error
            self._points[key] = probe_points(case, size, [error.worst_index if error else None])
        return self._points[key]

    def changed(self, hypothesis: QuantizedHypothesis) -> Changed | None:
        """The hypothesis made; None where it does not fit the case or the output."""
        if self.holds_sums and not hypothesis.changes_sums:
            return None
        moved = self.out
        try:
            case = hypothesis.operands(self.operands)
            if hypothesis.convolution is not None:
                case = hypothesis.convolution.change(case)
                moved = hypothesis.convolution.to_case_layout(moved)
            p = hypothesis.parameters(self.quantized.parameters)
            p.check_channels(case.output_shape[-1])
        except (SpecError, UsageError, ValueError, IndexError):
            return None
        kinds = {array.dtype.kind for array in (case.input, case.kernel)}
        if moved.shape != case.output_shape or not kinds <= set("iu"):
            return None
        return Changed(hypothesis, case, moved, p, self.sums)

    def may_be(self, changed: Changed, size: ProbeSize) -> bool:
        """Whether every output looked at may be the hypothesis's."""
        points = self.points(changed.case, size)
        return bool(self.held(changed.at(points), changed.out[points.index]).all())

    def held(self, replayed: Replayed, out: Array) -> Array:
        """Which outputs may be a hypothesis's."""
        if not self.holds_sums:
            return replayed.may_give(out)
        return np.asarray((out == replayed.sums.acc) | (out == replayed.sums.products))

    def outside(self, replayed: Replayed, out: Array) -> Array:
        """Which outputs are within the bound of no formula that may be meant."""
        if self.holds_sums:
            return ~self.held(replayed, out)
        inside = np.zeros(out.shape, bool)
        for name in self.formulas:
            inside |= replayed.within(out, name)
        return ~inside
