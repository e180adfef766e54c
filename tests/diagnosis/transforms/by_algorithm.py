"""Cases with bright spots, algorithms that compute them, and a check of one without runtimes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check.explain import judge_and_diagnose
from convcheck.results import Dtypes, Finding, Judgement, Output
from convcheck.truth.plain import plain_sums
from convcheck.truth.winograd.tiling import Tiling, known_tilings
from tests.truth.winograd.simulated import by_winograd

Algorithm = Callable[[Case], np.ndarray]
F63 = next(known_tilings((6, 6), (3, 3)))
F43 = next(known_tilings((4, 4), (3, 3)))


def bright(seed: int, side: int = 22, images: int = 2, taps: int = 3, **options: Any) -> Case:
    """Sums beside bright spots are small against the tile that they stand in."""
    rng = np.random.default_rng(seed)
    groups = options.get("groups", 1)
    x = rng.standard_normal((images, side, side + 3, 2 * groups))
    x[:, ::5, ::4] *= 1e4
    kernel = rng.standard_normal((taps, taps, 2, 3 * groups))
    bias = rng.standard_normal(3 * groups).astype("f4") if options.pop("bias", False) else None
    spec = ConvSpec.make((taps, taps), **options)
    return Case(spec, x.astype("f4"), kernel.astype("f4"), bias)


def direct(case: Case) -> np.ndarray:
    """Products in float32, one after another."""
    y = plain_sums(case, case.input.astype("f4"), case.kernel.astype("f4"))
    return (y if case.bias is None else y + case.bias).astype("f4")


def winograd(tiling: Tiling) -> Algorithm:
    return lambda case: by_winograd(case, tiling, seed=1)


def checked(
    case: Case, algorithm: Algorithm, fault: Algorithm | None = None
) -> tuple[Judgement, tuple[Finding, ...]]:
    """An output judged and explained, that of a fault if there is one: it runs again as it ran."""

    def run(given: Case, *_: Any) -> Output:
        out = (fault or algorithm)(given)
        return Output("it", "it", out, dtypes=Dtypes("float32", "float32", "float32", "float32"))

    judged, found, _ = judge_and_diagnose(case, [run(case)], run)
    return replace(judged.judgements[0], arithmetic=found.judgements[0].arithmetic), found.findings
