"""What helps an implementation that refuses the dtypes of a case: others, with which it has run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.inputs import cast
from convcheck.case.passes import with_forward
from convcheck.case.request import NAMED_BIASES, NAMED_KERNELS
from convcheck.diagnosis.observation import Rerun
from convcheck.results import Judgement, Status

USUAL = "float32"
"""What every framework takes."""


def with_what_helps(
    case: Case, judgements: Sequence[Judgement], rerun: Rerun
) -> tuple[Judgement, ...]:
    """The judgements, each refusal with the options that end it, where dtypes do: tried."""
    return tuple(replace(one, helps=_what_helps(case, one, rerun)) for one in judgements)


def _what_helps(case: Case, judgement: Judgement, rerun: Rerun) -> str | None:
    # Without versions its process, or its package, is what is missing.
    if judgement.status is not Status.UNAVAILABLE or not judgement.output.versions:
        return None
    for options, changed in _casts(case):
        output = rerun(changed, judgement.output.name)
        if output is not None and output.array is not None:
            return options
    return None


def _casts(case: Case) -> Iterator[tuple[str, Case]]:
    """Options that give other dtypes, fewest first, and the case that they make."""
    x, kernel = (dtype.name for dtype in case.forward.dtypes)
    for dtype in dict.fromkeys((USUAL, kernel)):
        if dtype != x and np.dtype(dtype_named(dtype)).kind not in "iu":
            yield f"--input-dtype {dtype}", recast(case, input=dtype)
    if case.forward.sources[1] in NAMED_KERNELS and kernel != USUAL:  # a file keeps its own
        yield f"--kernel-dtype {USUAL}", recast(case, kernel=USUAL)
        if x != USUAL:
            both = recast(case, input=USUAL, kernel=USUAL)
            yield f"--input-dtype {USUAL} --kernel-dtype {USUAL}", both


def recast(case: Case, *, input: str | None = None, kernel: str | None = None) -> Case:  # noqa: A002
    """The case with its forward operands in other dtypes, and what is made in theirs."""
    return with_forward(case, partial(_recast, x=input, kernel=kernel))


def _recast(case: Case, x: str | None, kernel: str | None) -> Case:
    """With the bias, which a name gives in the kernel's dtype."""
    if x is not None:
        case = replace(case, input=cast(case.input, dtype_named(x)))
    if kernel is None:
        return case
    to, bias = dtype_named(kernel), case.bias
    if bias is not None and case.sources[2] in NAMED_BIASES:
        bias = cast(bias, to)
    return replace(case, kernel=cast(case.kernel, to), bias=bias)
