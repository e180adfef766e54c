"""Faults planted in cases of the conformance suite, by framework calls where one can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import SpecError
from convcheck.results import PASSES, Dtypes, Finding, Judgement, Output
from convcheck.testing import specs
from convcheck.truth.arithmetic import declared, rounded
from convcheck.truth.plain import plain_sums
from convcheck.verdict.diagnose import diagnose
from convcheck.verdict.explanations.variant import Explanation, Variant
from convcheck.verdict.judge import judge

Compute = Callable[[Case], "Output | None"]


@dataclass(frozen=True)
class Planted:
    """A case and the output of a changed one."""

    label: str
    case: Case
    variant: Variant
    output: Output


def plain(case: Case) -> Output:
    """The case in float64 and rounded once: honest, whatever the dtype."""
    dtype = case.kernel.dtype
    narrowed = rounded(case, declared(dtype.name, dtype.name))
    y = plain_sums(narrowed, narrowed.input.astype("f8"), narrowed.kernel.astype("f8"))
    if narrowed.bias is not None:
        y = y + narrowed.bias.astype("f8")
    if dtype.kind in "iu":
        y = np.rint(y)
    return Output("file", "file", y.astype(dtype), dtypes=Dtypes(compute=dtype.name))


def suite_case(number: int) -> Case | None:
    """A case of the suite; integers wide enough that a fault shows, mixed dtypes left out."""
    case = specs()[number].case
    if case.dtypes[0] != case.dtypes[1]:
        return None
    if case.dtypes[0].kind not in "iu":
        return case
    numbers = np.random.default_rng(number)
    most = 30 if case.dtypes[0].itemsize > 1 else 3
    low = 0 if case.dtypes[0].kind == "u" else -most

    def draw(array: Any) -> Any:
        return numbers.integers(low, most + 1, array.shape).astype(array.dtype)

    bias = None if case.bias is None else draw(case.bias)
    return replace(case, input=draw(case.input), kernel=draw(case.kernel), bias=bias)


def plant(
    explanation: Explanation, count: int, compute: Compute = plain, seed: int = 0
) -> Iterator[Planted]:
    """So many faults of a kind, each on another spec of the suite, drawn by seed."""
    numbers = np.random.default_rng([seed, *map(ord, explanation.cause)])
    made = 0
    for number in numbers.permutation(len(specs())):
        case = suite_case(int(number))
        if case is None or not explanation.applies(case):
            continue
        variants = list(explanation.variants(case, case.output_shape))
        if not variants:
            continue
        variant = variants[numbers.integers(len(variants))]
        output = commit(case, variant, compute)
        if output is not None:
            yield Planted(specs()[int(number)].id, case, variant, output)
            made += 1
        if made == count:
            return


def commit(case: Case, variant: Variant, compute: Compute = plain) -> Output | None:
    """The output that a variant gives; None where it cannot be made of numbers of that dtype."""
    integers = case.kernel.dtype.kind in "iu"
    if integers and variant.cause in ("input-scale", "input-normalization", "activation"):
        return None  # no integers any more
    try:
        changed = variant.change(case)
        changed = replace(changed, input=changed.input.astype(case.input.dtype))
    except SpecError:
        return None
    output = (None if variant.step else compute(changed)) or plain(changed)
    array: Any = output.array
    if variant.step is not None:
        wide = plain_sums(changed, changed.input.astype("f8"), changed.kernel.astype("f8"))
        wide = wide if changed.bias is None else wide + changed.bias.astype("f8")
        array = variant.step.apply(wide)
        if integers and not _fits(array, case.kernel.dtype):
            return None
        array = array.astype(case.kernel.dtype)
    if variant.order is not None:
        array = array[..., np.argsort(variant.order)]
    if variant.view is not None:
        flat = variant.view(np.arange(array.size).reshape(case.output_shape))
        array = array.ravel()[np.argsort(flat, axis=None)].reshape(case.output_shape)
    return replace(output, name="it", array=np.ascontiguousarray(array))


def _fits(values: Any, dtype: Any) -> bool:
    limits = np.iinfo(dtype)
    return bool(values.min() >= limits.min and values.max() <= limits.max)


def diagnosed(case: Case, *outputs: Output) -> tuple[tuple[Judgement, ...], tuple[Finding, ...]]:
    """Judged and diagnosed, with nobody to run anything again."""
    judged = judge(case, outputs)
    return judged.judgements, diagnose(case, judged, lambda *_: None)


def departs(case: Case, output: Output) -> bool:
    """Whether an output leaves its bound, or has another shape."""
    (judgement,) = judge(case, [output]).judgements
    return judgement.status not in PASSES and judgement.status.value != "undecided"
