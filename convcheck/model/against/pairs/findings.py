"""Why a pair's two convolutions are not the same: findings read off both files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from convcheck.causes.calls import call
from convcheck.causes.fixes import fix_for, fix_of, for_other_side
from convcheck.model.against.pairs import explained
from convcheck.model.against.pairs.epsilon import epsilons
from convcheck.model.against.pairs.explained import Both, Explanation
from convcheck.model.against.pairs.factors import factors_between
from convcheck.model.against.pairs.geometry import in_words
from convcheck.model.against.pairs.other_weights import (
    Other,
    other_bias,
    other_kernel,
    scaled_kernel,
)
from convcheck.model.against.pairs.statistics import statistics
from convcheck.model.convolutions.effective import EffectiveWeights
from convcheck.model.convolutions.weights import DIFFERENT
from convcheck.results import Finding, Output

if TYPE_CHECKING:
    from convcheck.results import Array

_FRAMEWORKS = {
    "keras": "keras",
    "saved-model": "tf",
    "tflite": "litert",
    "onnx": "onnxruntime",
    "pt2": "torch",
    "python": "torch",
}
"""A graph's format -> in whose words its fixes are told."""


class PairFindings:
    """Finds why B's convolution is not A's."""

    def __init__(
        self,
        both: Both,
        variances: Sequence[Array],
        formats: tuple[str, str],
        *,
        own_calls_hold: bool,
        flattened: str = DIFFERENT,
        biases: Mapping[str, Array] | None = None,
    ) -> None:
        """``formats`` are the graphs'; a fact is proved where both models' own calls hold.

        ``flattened`` is how the weights are related where B's features are in another order.
        ``variances`` are numbers by output channel that batch norms after the two may have,
        ``biases`` those that A's other layers add.
        """
        self._both, self._variances, self._flattened = both, variances, flattened
        frameworks = [_FRAMEWORKS.get(one, "") for one in formats]
        # What they are called comes with their framework, in whose words a fix is told.
        self._outputs = [
            Output(name=who, call=letter) for letter, who in zip("AB", frameworks, strict=True)
        ]
        self._hold, self._biases = own_calls_hold, biases

    def found(self) -> tuple[Finding, ...]:
        """Geometry first; none where both are the same."""
        both = self._both
        same_weights = both.relation() != DIFFERENT
        if both.same_geometry and same_weights:
            return ()
        if not both.same_geometry and not same_weights:
            whole = explained.of_all(both)
            if whole is not None:
                return (self._explained(whole),)
        found = [] if both.same_geometry else [self._geometry()]
        if not same_weights:
            found += self._weights()
        return tuple(found)

    def _geometry(self) -> Finding:
        both, (a, b) = self._both, (self._both.a, self._both.b)
        sides = f"A: {in_words(a.spec, a.input_shape)}; B: {in_words(b.spec, b.input_shape)}"
        explanation = explained.of_geometry(both)
        if explanation is not None:
            return self._explained(explanation, sides)
        cause = "other-geometry"
        if (a.spec.strides, a.spec.dilations, a.spec.groups) == (
            b.spec.strides,
            b.spec.dilations,
            b.spec.groups,
        ) and a.spec.kernel_size == b.spec.kernel_size:
            cause = "transpose-crop" if a.spec.transposed else "padding-mode"
        ways = (
            fix_for(cause, both.case_a, self._outputs[1]),
            call(both.case_b, self._outputs[0].name),
        )
        fix = "; ".join(
            [*filter(None, ways[:1]), *([f"or as B has it: {ways[1]}"] * bool(ways[1]))]
        )
        return self._finding(cause, f"B has another geometry. {sides}", fix or None, exact=True)

    def _weights(self) -> Iterator[Finding]:
        both = self._both
        if self._flattened != DIFFERENT:
            words = "B's kernel is A's for features that are flattened in another order"
            yield self._finding("flatten-order", words, exact=self._flattened == "equal")
            return
        whole = explained.of_weights(both)
        if whole is not None:
            yield self._explained(whole)
            return
        weights = both.weights()
        if weights is None:
            a, b = both.case_a.kernel.shape, both.case_b.kernel.shape
            yield self._finding("other-weights", f"A's kernel has shape {a}, B's has {b}")
            return
        with_it = False
        if both.relation(bias=False) == DIFFERENT:
            explanation = explained.of_kernel(both)
            if explanation is not None:
                yield self._explained(explanation)
            else:
                moved, other = self._other_kernel(weights)
                with_it = other.bias_follows
                if moved is not None:
                    yield self._explained(moved)
                yield self._finding(other.cause, other.summary, also=other.also)
        if both.relation(kernel=False) == DIFFERENT and not with_it:
            explanation = explained.of_bias(both)
            if explanation is not None:
                yield self._explained(explanation)
            else:
                other = other_bias(both, weights, self._biases)
                yield self._finding(other.cause, other.summary, other.fix, also=other.also)

    def _other_kernel(self, weights: EffectiveWeights) -> tuple[Explanation | None, Other]:
        """What differs by channel or by number, and what moves all numbers beside it."""
        both, factors = self._both, factors_between(self._both, weights)
        norm = epsilons(factors, self._variances) or statistics(both, factors, self._variances)
        other = norm or other_kernel(both, weights, factors)
        if other.cause == "other-weights":
            for moved, changed in explained.moved_kernels(both):
                factors = factors_between(both, changed)
                norm = epsilons(factors, self._variances)
                norm = norm or statistics(both, factors, self._variances)
                channels = range(len(factors.best))
                beside = norm or scaled_kernel(factors, channels, numbers=len(changed.columns_a))
                if beside is not None:
                    return moved, beside
        return None, other

    def _explained(self, one: Explanation, sides: str = "") -> Finding:
        hypothesis, case = one.hypothesis, self._both.case_a
        ours, theirs = self._outputs
        ways = fix_of(hypothesis, case, theirs), for_other_side(hypothesis, case, theirs, [ours])
        words = f"B computes {hypothesis.detail}" + (f". {sides}" if sides else "")
        return self._finding(
            hypothesis.cause,
            words,
            "; ".join(filter(None, ways)) or None,
            also=one.also,
            exact=one.relation == "equal",
        )

    def _finding(
        self,
        cause: str,
        summary: str,
        fix: str | None = None,
        *,
        also: tuple[str, ...] = (),
        exact: bool = False,
    ) -> Finding:
        return Finding(
            cause,
            "B",
            "proved" if exact and self._hold else "supported",
            summary,
            fix=fix or fix_for(cause, self._both.case_a, self._outputs[1]),
            also=also,
            departs=True,
        )
