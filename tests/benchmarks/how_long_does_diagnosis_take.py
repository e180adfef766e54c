"""How long does diagnosis take beside judging, on outputs that depart?

    python tests/benchmarks/how_long_does_diagnosis_take.py [CASES] [FIRST]

Random cases, FIRST of 200 onwards, up to 4,608 taps and 56x56x256, whose outputs are noise, another
kernel's, a pair of catalogued changes or damaged. Prints each, then how many took longer than ten
times judging or 5 s, whichever is more; none should. Not a test: exit code 0 always.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import ml_dtypes
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import CATALOGUE
from convcheck.diagnosis.confirm import changed_case
from convcheck.diagnosis.diagnose import diagnose
from convcheck.results import Dtypes, Output
from convcheck.truth.plain import plain_sums
from convcheck.verdict.judge import judge

CASES = 200
MOST_TAPS = 4608
MOST_PRODUCTS = 56 * 56 * 256 * 9 * 256
"""A 3x3 layer of 56x56x256 with as many filters."""
TIMES, SECONDS = 10.0, 5.0
DTYPES = ["float32", "float32", "float32", "float64", "float16", "bfloat16"]


def random_case(rng: np.random.Generator) -> Case:
    """Any geometry of rank 2, from tiny to the largest."""
    while True:
        size = int(rng.choice([1, 2, 3, 3, 3, 5, 7]))
        channels, filters = (int(2 ** rng.integers(0, 10)) for _ in range(2))
        side = int(rng.choice([5, 8, 14, 20, 28, 56]))
        groups = int(rng.choice([1, 1, 1, min(channels, filters)]))
        strides, dilations = rng.choice([1, 1, 2]), rng.choice([1, 1, 2])
        taps = size * size * channels // groups
        products = side**2 // int(strides) ** 2 * filters * taps
        if taps > MOST_TAPS or channels > 512 or products > MOST_PRODUCTS:
            continue
        if (size - 1) * int(dilations) + 1 <= side:
            break
    name = str(rng.choice(DTYPES))
    dtype = np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)
    spec = ConvSpec.make(
        (size, size),
        padding=str(rng.choice(["same", "valid"])),
        strides=int(strides),
        dilations=int(dilations),
        groups=groups,
    )
    bias = rng.standard_normal(filters).astype(dtype) if rng.random() < 0.5 else None
    x = rng.standard_normal((1, side, side, channels)).astype(dtype)
    kernel = rng.standard_normal((size, size, channels // groups, filters)) / np.sqrt(taps)
    return Case(spec, x, kernel.astype(dtype), bias)


def plain(case: Case) -> np.ndarray:
    y = plain_sums(case, case.input.astype("f8"), case.kernel.astype("f8"))
    return y if case.bias is None else y + case.bias.astype("f8")


def departing(case: Case, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """An output that is not the case's, and what was done to it."""
    kind = str(rng.choice(["noise", "kernel", "pair", "damage"]))
    y = plain(case)
    if kind == "noise":
        return kind, rng.standard_normal(y.shape)
    if kind == "kernel":
        kernel = rng.permutation(case.kernel.ravel()).reshape(case.kernel.shape)
        return kind, plain(replace(case, kernel=kernel))
    if kind == "damage":
        some = rng.random(y.shape) < 0.3
        return kind, np.where(some, y * rng.uniform(0.5, 2.0, y.shape), y)
    changed = case
    for _ in range(2):
        causes = [cause for cause in CATALOGUE if cause.applies(changed)]
        every = list(causes[int(rng.integers(len(causes)))].hypotheses(changed, y.shape))
        if every:
            one = every[int(rng.integers(len(every)))]
            fits = changed_case(changed, one, np.zeros(y.shape))
            if fits is not None and one.post_op is None and fits[0].output_shape == y.shape:
                changed = fits[0]
    return kind, plain(changed)


def timed(number: int) -> tuple[float, float, str]:
    """Seconds of judging and of diagnosing, and the case in words."""
    rng = np.random.default_rng([12, number])
    case = random_case(rng)
    kind, out = departing(case, rng)
    dtype = case.kernel.dtype
    output = Output("it", "it", out.astype(dtype), dtypes=Dtypes(compute=dtype.name))
    started = time.perf_counter()
    judged = judge(case, [output])
    judging = time.perf_counter() - started
    started = time.perf_counter()
    found = diagnose(case, judged, lambda *_: None)
    diagnosing = time.perf_counter() - started
    causes = ", ".join(f"{one.cause} ({one.status})" for one in found.findings) or "nothing"
    x, k = "x".join(map(str, case.input.shape)), "x".join(map(str, case.kernel.shape))
    return judging, diagnosing, f"{kind:7} {x:16} * {k:14} {dtype.name:9} {causes}"


def main() -> None:
    count, first = (int(word) for word in (sys.argv[1:] + [str(CASES), "0"][len(sys.argv) - 1 :]))
    over, worst, total = 0, 0.0, 0.0
    for number in range(first, first + count):
        judging, diagnosing, words = timed(number)
        limit = max(TIMES * judging, SECONDS)
        over += diagnosing > limit
        worst, total = max(worst, diagnosing / limit), total + diagnosing
        print(
            f"{number:4} judging {judging:6.2f} s, diagnosis {diagnosing:6.2f} s  {words}",
            flush=True,
        )
    print(
        f"{over} of {count} took longer than {TIMES:.0f} times judging or {SECONDS:.0f} s; the "
        f"worst {worst:.2f} of that, {total / count:.2f} s in the mean"
    )


if __name__ == "__main__":
    main()
