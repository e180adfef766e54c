"""Why an assertion about an output fails, in the report's words; what it leaves to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from convcheck.api.page import page
from convcheck.case.bundle import pack
from convcheck.case.case import Case
from convcheck.case.passes import own_index
from convcheck.check import check
from convcheck.implementations.registry import default_names
from convcheck.leaving import new_folder
from convcheck.plan import Plan
from convcheck.quantized.any_case import AnyCase, is_quantized, operands_of
from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS
from convcheck.results import Check, Dtypes, Judgement, Output
from convcheck.runtimes.host import Runtimes
from convcheck.truth.exact import exact
from convcheck.untrusted.shell import quoted
from convcheck.untrusted.text import clean
from convcheck.verdict.limits import Limits
from convcheck.version import __version__
from convcheck.writing import write_whole


def given(array: object, compute: str | None, accumulate: str | None) -> Output:
    """An output that a test gives: like a recorded file, nobody can compute it again."""
    options = {"dtype": compute, "accumulate": accumulate}
    query = "&".join(f"{key}={value}" for key, value in options.items() if value is not None)
    return Output(
        f"file:actual?{query}" if query else "file:actual",
        "actual",
        array,  # type: ignore[arg-type]
        dtypes=Dtypes(compute=compute),
        accumulate=accumulate,
    )


def check_given(plan: Plan, limits: Limits | None = None) -> Check:
    """The check of outputs that are there already, as ``convcheck verify`` makes it."""
    with Runtimes() as runtimes:  # starts none
        return check(plan, runtimes, limits or Limits(), maps=True)


def message(first: str, case: AnyCase, result: Check) -> str:
    """The first line, the text report, and where the case and its page were left, if anywhere."""
    # What the case cannot show is no reason for a failure.
    told = replace(result, blind_spots=(), alike=(), hints={})
    report = FORMATS["text"].render(told, Context(width=100))
    return "\n\n".join([first, report, *_left(case, result)])


def worst_element(judgement: Judgement, case: Case) -> str:
    """Where an output is furthest over its bound, and by how much; else what is wrong with it."""
    error, array = judgement.error, judgement.output.array
    if error is None or error.worst_index is None or array is None:
        return str(judgement.message)
    flat = np.ravel_multi_index(error.worst_index, array.shape)
    right = exact(case, np.array([flat]))
    value = float(np.ldexp(right.hi[0], int(np.ravel(right.s)[0])))
    place = own_index(case.pass_, error.worst_index)
    words = f"worst at {place}: it is {array[error.worst_index]!s}, exact is {value!r}"
    times = error.max_over_bound
    if times is None:
        return words
    if not np.isfinite(times):
        return f"{words}, which no rounding can cause"
    return (
        f"{words}, {times:.4g} times the most that rounding in {judgement.declared} can cause there"
    )


def _left(case: AnyCase, result: Check) -> Iterator[str]:
    """What was left, in words; nothing where no folder is made for it."""
    try:
        folder = new_folder()
        if folder is not None:
            yield "\n".join(_write(folder, case, result))
    except Exception as error:  # what fails is the assertion: a full disk must not hide it
        yield f"its case could not be left to be looked at: {type(error).__name__}: {clean(error)}"


def _write(folder: Path, case: AnyCase, result: Check) -> Sequence[str]:
    bundle, shown = folder / "case.npz", folder / "page.html"
    outputs = [_to_record(judgement.output) for judgement in result.judgements]
    write_whole(bundle, pack(operands_of(case), outputs, __version__, result.case.quantization))
    command = f"convcheck verify {quoted(str(bundle))}"
    (other, *_) = default_names(quantized=is_quantized(case))
    lines = [f"have another implementation compute it: {command} -i {other}"]
    if not FORMATS["html"].missing:
        write_whole(shown, page(result, case, Context(reproduce=command)).encode() + b"\n")
        lines.insert(0, f"look at it: {shown}")
    return lines


def _to_record(output: Output) -> Output:
    """An output with a name of its own in a bundle: there each of them is recorded."""
    whole, recorded, _ = output.name.partition(" (recorded)")
    return replace(output, name=whole.replace("actual", "before", 1) if recorded else whole)
