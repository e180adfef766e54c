"""Faults planted in cases of the conformance suite, by framework calls where one can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, Hypothesis
from convcheck.diagnosis.diagnose import diagnose
from convcheck.errors import SpecError
from convcheck.results import PASSES, Dtypes, Finding, Judgement, Output
from convcheck.testing import specs
from convcheck.truth.arithmetic import declared, rounded
from convcheck.truth.plain import plain_sums
from convcheck.verdict.judge import judge

NO_INTEGERS = ("input-scale", "output-scale", "input-normalization", "activation")
"""Causes that make other numbers of integers."""

OVERFLOWING = ("integer-overflow", "accumulator-wrap", "saturated-pairs")
"""Causes that show where sums overflow alone."""

Compute = Callable[[Case], "Output | None"]


@dataclass(frozen=True)
class Planted:
    """A case and the output of a changed one."""

    label: str
    case: Case
    hypothesis: Hypothesis
    output: Output


def plain(case: Case) -> Output:
    """The case in float64 and rounded once: honest, whatever the dtype."""
    dtype = case.kernel.dtype
    y = wide(rounded(case, declared(dtype.name, dtype.name)))
    return recorded(np.rint(y) if dtype.kind in "iu" else y, dtype)


def wide(case: Case) -> Any:
    """The case's result in float64, before it is rounded to the output's dtype."""
    y = plain_sums(case, case.input.astype("f8"), case.kernel.astype("f8"))
    return y if case.bias is None else y + case.bias.astype("f8")


def recorded(values: Any, dtype: Any) -> Output:
    """Values in a dtype, as a file that declares it."""
    return Output("file", "file", values.astype(dtype), dtypes=Dtypes(compute=dtype.name))


BATCH = 8
"""Images of a case: where bounds are wide or few outputs share nothing, fewer prove nothing."""
FAINT = {"bias-precision": 64, "bias-missing-in-channels": 64}
"""Images where each output outside its bound is so by a little."""


def suite_case(number: int, *, overflowing: bool = False, batch: int = BATCH) -> Case | None:
    """A case of the suite, mixed dtypes left out.

    Integers are drawn wide enough that a fault shows, or that sums overflow their own format.
    """
    spec = specs()[number]
    if spec.dtypes[0] != spec.dtypes[1]:
        return None
    if overflowing and not spec.dtypes[0].startswith(("int", "uint")):  # of all ranks
        spec = replace(spec, dtypes=("int32", "int32"))
    case = replace(spec, batch=batch).case
    dtype = case.dtypes[0]
    if dtype.kind not in "iu":
        return case
    numbers = np.random.default_rng(number)
    most = 30 if dtype.itemsize > 1 else 3
    if overflowing:  # a product of two reaches four times what the format holds
        most = 2 ** (min(8 * dtype.itemsize, 32) // 2 + 1)
    low = 0 if dtype.kind == "u" else -most

    def draw(array: Any) -> Any:
        return numbers.integers(low, most + 1, array.shape).astype(array.dtype)

    bias = None if case.bias is None else draw(case.bias)
    return replace(case, input=draw(case.input), kernel=draw(case.kernel), bias=bias)


def plant(
    explanation: Cause, count: int, compute: Compute = plain, seed: int = 0
) -> Iterator[Planted]:
    """So many faults of a kind, each on another spec of the suite, drawn by seed."""
    numbers = np.random.default_rng([seed, *map(ord, explanation.name)])
    made = 0
    for number in numbers.permutation(len(specs())):
        case = suite_case(
            int(number),
            overflowing=explanation.name in OVERFLOWING,
            batch=FAINT.get(explanation.name, BATCH),
        )
        if case is None or not explanation.applies(case):
            continue
        hypotheses = list(explanation.hypotheses(case, case.output_shape))
        for choice in numbers.permutation(len(hypotheses)):
            output = commit(case, hypotheses[choice], compute)
            if output is not None:
                yield Planted(specs()[int(number)].id, case, hypotheses[choice], output)
                made += 1
                break
        if made == count:
            return


def commit(case: Case, hypothesis: Hypothesis, compute: Compute = plain) -> Output | None:
    """The output that a hypothesis gives; None where it cannot be made of numbers of that dtype."""
    integers = case.kernel.dtype.kind in "iu"
    if integers and hypothesis.cause in NO_INTEGERS:
        return None
    try:
        changed = hypothesis.change(case)
        changed = replace(changed, input=changed.input.astype(case.input.dtype))
    except SpecError:
        return None
    if hypothesis.by_place:
        stepped: Any = place_by_place(changed, hypothesis)
        if integers and not _fits(stepped, case.kernel.dtype):
            return None
        output = recorded(stepped, case.kernel.dtype)
    elif hypothesis.post_op is None:
        output = compute(changed) or plain(changed)
        if departs(changed, output):  # a call with a fault of its own would plant two
            output = plain(changed)
    else:
        stepped = hypothesis.post_op.apply(wide(changed))
        if integers and not _fits(stepped, case.kernel.dtype):
            return None
        output = recorded(stepped, case.kernel.dtype)
    array: Any = output.array
    if hypothesis.channel_permutation is not None:
        array = array[..., np.argsort(hypothesis.channel_permutation)]
    if hypothesis.relayout is not None:
        flat = hypothesis.relayout(np.arange(array.size).reshape(case.output_shape))
        array = array.ravel()[np.argsort(flat, axis=None)].reshape(case.output_shape)
    return replace(output, name="it", array=np.ascontiguousarray(array))


def place_by_place(case: Case, hypothesis: Hypothesis) -> Any:
    """What a hypothesis gives that is no convolution, by its definition."""
    if hypothesis.addend is not None:
        every = np.meshgrid(*map(np.arange, case.output_shape), indexing="ij", sparse=True)
        return wide(case) + hypothesis.addend(case.output_shape, tuple(every))
    assert hypothesis.summing is not None
    read = windows_of(case)
    groups, filters = case.spec.groups, case.kernel.shape[-1]
    kernel = case.kernel.astype("f8").reshape(-1, *case.kernel.shape[-2:])
    y = np.zeros(case.output_shape)
    for filter_ in range(filters):
        own = np.split(read, groups, axis=-1)[filter_ // (filters // groups)]
        products = (own * kernel[..., filter_]).reshape(-1, *kernel.shape[:2])
        y[..., filter_] = hypothesis.summing(products).reshape(y.shape[:-1])
    return y if case.bias is None else y + case.bias.astype("f8")


def windows_of(case: Case) -> Any:
    """What each output of a convolution reads, (N, *spatial, taps, C)."""
    x = np.pad(case.input.astype("f8"), [(0, 0), *case.pads, (0, 0)])
    read = []
    for tap in np.ndindex(case.spec.kernel_size):
        starts = [t * axis.dilation for t, axis in zip(tap, case.axes, strict=True)]
        cut = [
            slice(start, start + (axis.out - 1) * axis.stride + 1, axis.stride)
            for start, axis in zip(starts, case.axes, strict=True)
        ]
        read.append(x[(slice(None), *cut)])
    return np.stack(read, axis=-2)


def _fits(values: Any, dtype: Any) -> bool:
    limits = np.iinfo(dtype)
    return bool(values.min() >= limits.min and values.max() <= limits.max)


def diagnosed(case: Case, *outputs: Output) -> tuple[tuple[Judgement, ...], tuple[Finding, ...]]:
    """Judged and diagnosed, with nobody to run anything again."""
    diagnosis = diagnose(case, judge(case, outputs), lambda *_: None)
    return diagnosis.judgements, diagnosis.findings


def departs(case: Case, output: Output) -> bool:
    """Whether an output leaves its bound, or has another shape."""
    (judgement,) = judge(case, [output]).judgements
    return judgement.status not in PASSES and judgement.status.value != "undecided"
