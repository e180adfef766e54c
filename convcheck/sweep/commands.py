"""Commands that run a case of a sweep by itself, to be copied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from convcheck.case.request import Request
from convcheck.implementations.name import Name
from convcheck.sweep.ask import Ask
from convcheck.testing.written import options_of
from convcheck.untrusted.shell import quoted
from convcheck.untrusted.text import clean


def command(request: Request, names: Iterable[Name], ask: Ask) -> str:
    """The ``convcheck compare`` that runs a case by itself."""
    words = ["convcheck", "compare", *options_of(tidy(request))]
    for name in names:
        words += ["-i", name.text]
    limits = ask.limits
    words += ["--identical"] if limits.identical else []
    words += ["--strict"] if limits.strict else []
    words += [] if limits.max_sum is None else ["--max-sum", f"{limits.max_sum:g}"]
    for cause in limits.accept:
        words += ["--accept", cause]
    words += [] if ask.timeout == Ask.timeout else ["--timeout", f"{ask.timeout:g}"]
    return " ".join(map(quoted, words))


def tidy(request: Request) -> Request:
    """The same case in the fewest words."""

    def short(values: Any) -> Any:
        return values[:1] if values and len(set(values)) == 1 else values

    made = request.input_dtype == "float32" and request.makes_input
    return replace(
        request,
        kernel_size=short(request.kernel_size),
        strides=short(request.strides),
        dilations=short(request.dilations),
        input_dtype=None if made else request.input_dtype,
        kernel_dtype=None if request.kernel_dtype == "float32" else request.kernel_dtype,
    )


def relations_command(request: Request, names: Iterable[Name]) -> str:
    """The ``convcheck sweep`` of this one case, of a grid or a sample, with its relations."""
    plain = Request(input=request.input)
    as_axes = replace(
        tidy(request),
        kernel=plain.kernel,
        kernel_dtype=plain.kernel_dtype,
        input_dtype=plain.input_dtype,
        transposed=False,
    )
    words = ["convcheck", "sweep", "--relations", *options_of(as_axes)]
    words += ["--dtype", request.input_dtype] if request.input_dtype else []
    words += ["--transposed", "yes"] if request.transposed else []
    for name in names:
        words += ["-i", name.text]
    return " ".join(map(quoted, words))


def only_command(number: int, path: str, names: Iterable[str]) -> str:
    """The ``convcheck sweep`` that runs a case of a results file again.

    One's own functions among the implementations are named: a file may have none run.
    """
    words = ["convcheck", "sweep", "--only", str(number), "--results", clean(path)]
    for name in names:
        words += ["-i", name] if name.startswith("python:") else []
    return " ".join(map(quoted, words))
