"""Why an assertion about quantized outputs fails: the elements, and what each formula gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from convcheck.api.failure import check_given, given, message
from convcheck.plan import Plan
from convcheck.quantized.activation import real_limits
from convcheck.quantized.any_case import SUM_DTYPES
from convcheck.quantized.blocks import Block, blocks
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.requantize.catalogue import FORMULAS, Formula
from convcheck.quantized.requantize.words import real_words, short_names
from convcheck.quantized.sums import Sums
from convcheck.results import Output
from convcheck.spelling import listed
from convcheck.verdict.limits import Limits
from convcheck.verdict.quantized.bounds import bound_of
from convcheck.verdict.quantized.quotients import Flags, Floats, Quotients, within

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.results import Index

_WRONG = "this is not the quantized convolution of the given input and kernel"


def why(array: Array, quantized: QuantizedCase, sums: Sums, rounding: str | None) -> str:
    """The whole message: what is wrong and where, then the text report."""
    p = quantized.parameters
    output = given(array, None, None)
    others: list[Output] = []
    if array.shape != quantized.case.output_shape:
        first = f"{_WRONG}: its shape is {array.shape}, expected {quantized.case.output_shape}"
    elif array.dtype.name in SUM_DTYPES:
        first = f"{_WRONG}: {_of_sums(array, sums)}"
    elif array.dtype != p.input_dtype:
        expected = f"expected {p.input_dtype}, as the input, or int32 for the sums"
        first = f"{_WRONG}: its dtype is {array.dtype}; {expected}"
    else:
        outputs = _Outputs(array, quantized, sums)
        first = "\n".join(outputs.of_formula(rounding) if rounding else outputs.out_of_bounds())
        if rounding:
            others = [_output(rounding, outputs.by_formula[rounding])]
    plan = Plan(quantized.case, (), others, [output], quantized=quantized)
    # Whoever names a formula asks for its outputs and no others.
    result = check_given(plan, Limits(identical=bool(others)))
    return message(first, quantized, result)


def _output(name: str, array: Array) -> Output:
    """What a formula gives, as the row of the implementation that computes by it."""
    text = f"numpy?rounding={name}"
    return Output(text, text, array, formulas=(name,))


def _of_sums(array: Array, sums: Sums) -> str:
    right = min((sums.acc, sums.products), key=lambda one: np.count_nonzero(array != one))
    wrong = array != right
    index = _first(wrong)
    return (
        f"{_counted(wrong)} are not the exact sums; first at {index}: it is {array[index]}, the "
        f"sum is {right[index]}"
    )


@dataclass(frozen=True, eq=False)
class _Outputs:
    """Outputs beside what every formula gives."""

    array: Array
    quantized: QuantizedCase
    sums: Sums

    @cached_property
    def by_formula(self) -> dict[str, Array]:
        """What each formula gives, in the output's dtype."""
        p = self.quantized.parameters
        dtype = p.input_dtype

        def given(formula: Formula) -> Array:
            return self._in_blocks(lambda block: formula.output(block.sums, p).astype(dtype))

        return {name: given(formula) for name, formula in FORMULAS.items()}

    @cached_property
    def quotients(self) -> Quotients:
        """The real values, in steps of the output."""
        return Quotients(self.sums, self.quantized.parameters)

    def of_formula(self, name: str) -> Iterator[str]:
        """Why they are not what this formula gives."""
        wrong = self.by_formula[name] != self.array
        wrapped = self._wrapped(name)
        if wrong.any():
            yield f"this is not what {name} gives: {_counted(wrong)} differ; {self._reproduced()}"
            yield from self._places(wrong)
        else:
            yield f"this is what {name} gives, but of {_counted(wrapped)} a sum or a shift wraps"
            yield from self._places(wrapped)

    def out_of_bounds(self) -> Iterator[str]:
        """Why they are within no formula's bound."""
        outside = {name: self._outside(formula) for name, formula in FORMULAS.items()}
        nearest = min(outside, key=lambda name: np.count_nonzero(outside[name]))
        wrong = outside[nearest]
        if wrong.any():
            words = f"{_counted(wrong)} leave their bound"
        else:  # that of a formula whose bound says nothing here
            wrong = self._wrapped(nearest)
            words = f"a sum or a shift of {_counted(wrong)} wraps"
        yield f"{_WRONG}: {words}; {self._reproduced()}"
        yield from self._places(wrong)

    def _outside(self, formula: Formula) -> Flags:
        p, rows = self.quantized.parameters, self.array.reshape(-1, self.array.shape[-1])
        bound, limits = bound_of(formula, self.sums, p), formula.limits(p)

        def outside(block: Block) -> Flags:
            return ~within(rows[block.places], Quotients(block.sums, p), bound, limits)

        return self._in_blocks(outside)

    def _in_blocks(self, work: Callable[[Block], Array]) -> Array:
        """What is found of each block, in output shape: memory for that and little more."""
        found: Array = np.concatenate([work(block) for block in blocks(self.sums)])
        return found.reshape(self.array.shape)

    def _wrapped(self, name: str) -> Flags:
        return FORMULAS[name].wraps(self.sums, self.quantized.parameters)

    def _reproduced(self) -> str:
        """Which formulas give all of it, or most."""
        unequal = {n: np.count_nonzero(y != self.array) for n, y in self.by_formula.items()}
        fewest = min(unequal.values())
        names = short_names(name for name, count in unequal.items() if count == fewest)
        gives = "gives" if len(names) == 1 else "give"
        if not fewest:
            wraps = any(self._wrapped(n).any() for n, count in unequal.items() if not count)
            how = ", of sums or shifts that wrap" if wraps else ""
            return f"{listed(names)} {gives} all of it{how}"
        nearly = f", {listed(names)} all but {fewest:,}" if 2 * fewest < self.array.size else ""
        return f"no formula gives all of it{nearly}"

    def _places(self, wrong: Flags) -> Iterator[str]:
        """The first and the worst of these elements."""
        first = _first(wrong)
        error = np.where(wrong, self._errors(), -1.0)
        worst = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
        if worst == first:
            yield f"first and worst at {self._place(first)}"
        else:
            yield f"first at {self._place(first)}"
            yield f"worst at {self._place(worst)}"

    def _errors(self) -> Floats:
        """How far each is from the real number, in steps."""
        zero = self.quantized.parameters.output_zero_point
        low, high = (limit - zero for limit in real_limits(self.quantized.parameters))
        return np.abs(self.array.astype(np.int64) - zero - np.clip(self.quotients.value, low, high))

    def _place(self, index: Index) -> str:
        p = self.quantized.parameters
        integer = int(self.quotients.integers[index])
        real = float(self.quotients.fraction(index[-1], integer) + p.output_zero_point)
        by_value: dict[int, list[str]] = {}
        for name, y in self.by_formula.items():
            by_value.setdefault(int(y[index]), []).append(name)
        given = [f"{v} ({', '.join(short_names(n))})" for v, n in sorted(by_value.items())]
        rounded = listed(given) if len(given) > 1 else f"{next(iter(by_value))} by every formula"
        return (
            f"{index}: it is {self.array[index]}; the sum is {integer:,}, the real value "
            f"{real_words(real)}, rounded to {rounded}"
        )


def _first(wrong: Flags) -> Index:
    return tuple(int(i) for i in np.argwhere(wrong)[0])


def _counted(wrong: Flags) -> str:
    return f"{np.count_nonzero(wrong):,} of {wrong.size:,} outputs"
