"""Checks made by hand, for tests of how they are shown."""

from __future__ import annotations

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check import summarize
from convcheck.results import Check, Dtypes, Output, Status, Verdict
from convcheck.verdict.judge import judge


def small_case() -> Case:
    x = np.arange(48, dtype=np.float64).reshape(1, 4, 4, 3) / 7
    kernel = np.ones((2, 2, 3, 2), np.float32)
    return Case(ConvSpec.make((2, 2), padding="valid"), x, kernel, sources=("x", "ones", "none"))


def right(case: Case) -> np.ndarray:
    x = case.input
    windows = x[:, :-1, :-1] + x[:, 1:, :-1] + x[:, :-1, 1:] + x[:, 1:, 1:]
    return np.repeat(windows.sum(-1, keepdims=True), 2, axis=-1)


def made(*outputs: Output, case: Case | None = None, maps: bool = False) -> Check:
    case = case or small_case()
    judged = judge(case, outputs, maps=maps)
    verdict = judged.differences[0].verdict if judged.differences else Verdict.ROUNDING
    return Check(
        summarize(case), verdict, judged.judgements, judged.differences, budget=judged.budget
    )


def output(name: str, array: np.ndarray | None, **settings: object) -> Output:
    if array is None:
        settings.setdefault("status", Status.UNAVAILABLE)
        return Output(name, f"call of {name}", **settings)  # type: ignore[arg-type]
    dtype = array.dtype.name
    dtypes = Dtypes(dtype, dtype, dtype, dtype)
    return Output(name, f"call of {name}", array, dtypes=dtypes, **settings)  # type: ignore[arg-type]
