"""Is the arithmetic that really ran named, also where it hides inside the float32 bound?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Output
from convcheck.truth.arithmetic import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    TFLOAT32,
    Arithmetic,
    rounded,
)
from convcheck.verdict.sample import sample

from .planting import diagnosed

PLAIN = Arithmetic(FLOAT32, FLOAT32, FLOAT32)
REDUCED = {
    "tfloat32": Arithmetic(TFLOAT32, FLOAT32, FLOAT32),
    "tfloat32 away": Arithmetic(TFLOAT32, FLOAT32, FLOAT32, "nearest-away"),
    "tfloat32 toward zero": Arithmetic(TFLOAT32, FLOAT32, FLOAT32, "toward-zero"),
    "bfloat16": Arithmetic(BFLOAT16, FLOAT32, FLOAT32),
    "float16": Arithmetic(FLOAT16, FLOAT32, FLOAT32),
}


def convolve(case: Case, accumulator: type) -> np.ndarray:
    """One product after another, each sum rounded to the accumulator: the plainest arithmetic."""
    x = np.pad(case.input, ((0, 0), *case.pads, (0, 0))).astype(accumulator)
    kernel = case.kernel.astype(accumulator)
    rows, columns = case.axes
    out = np.zeros(case.output_shape, accumulator)
    for i in range(rows.taps):
        for j in range(columns.taps):
            y = slice(i, i + (rows.out - 1) * rows.stride + 1, rows.stride)
            z = slice(j, j + (columns.out - 1) * columns.stride + 1, columns.stride)
            for c in range(case.input.shape[-1]):
                out = out + x[:, y, z, c, np.newaxis] * kernel[i, j, c]
    return out


def draw(seed: int, *, long: bool) -> Case:
    rng = np.random.default_rng([11, seed])
    # 9 * 1200 terms: gamma(n) in float32 is larger than a rounding to 11 bits, which hides there.
    size, channels = (3, 1200) if long else (int(rng.integers(1, 6)), int(rng.integers(1, 17)))
    side = 9 if long else int(rng.integers(12, 30))
    x = rng.standard_normal((2, side, side, channels)).astype(np.float32)
    k = rng.standard_normal((size, size, channels, 8)).astype(np.float32)
    if rng.random() < 0.3:
        x, k = np.abs(x), np.abs(k)  # sums that drift
    return Case(ConvSpec.make((size, size), strides=int(rng.integers(1, 3))), x, k)


def named(case: Case, out: np.ndarray) -> tuple[str, str]:
    (judgement,), _ = diagnosed(case, Output("file", "file", out))
    return judgement.status.value, str(judgement.arithmetic or "nothing")


def suffices(case: Case) -> bool:
    """Whether the sample can carry the rule: (M - 4) · ln 2 >= 32."""
    return sample(case).of(np.zeros(case.output_shape)).size >= 51


@pytest.mark.parametrize("cases", [24, pytest.param(160, marks=pytest.mark.slow)])
def test_are_reduced_operands_named(cases):
    misses, tried, inside = [], 0, 0
    for seed in range(cases):
        case = draw(seed, long=seed % 4 == 3)
        if not suffices(case):
            continue
        kind, arithmetic = list(REDUCED.items())[seed % len(REDUCED)]
        out = convolve(rounded(case, arithmetic), np.float32)
        status, name = named(case, out)
        tried += 1
        inside += status == "within-bound"
        if str(arithmetic.operands) not in name:
            misses.append((seed, kind, status, name))
    print(f"reduced operands: {tried} tried, {inside} inside the float32 bound, missed {misses}")
    assert tried >= cases * 3 // 4
    assert inside
    assert len(misses) <= 0.05 * tried


@pytest.mark.parametrize("cases", [8, pytest.param(40, marks=pytest.mark.slow)])
def test_is_a_narrow_accumulator_named(cases):
    misses, tried = [], 0
    for seed in range(400):
        case = rounded(draw(seed, long=False), REDUCED["float16"])
        if case.terms < 32 or not suffices(case):
            continue
        out = convolve(case, np.float16)
        if tried % 2:  # handed in as a float32 file
            case, out = replace(case, input=case.input.astype("f4")), out.astype(np.float32)
        status, name = named(case, out)
        if name != "float16/float16/float16":  # by its grid, whatever the file
            misses.append((seed, status, name))
        tried += 1
        if tried == cases:
            break
    print(f"float16 accumulation: {tried} tried, missed {misses}")
    assert tried == cases
    assert len(misses) <= 0.05 * tried


@pytest.mark.parametrize("cases", [24, pytest.param(200, marks=pytest.mark.slow)])
def test_does_an_honest_output_get_no_such_name(cases):
    names = Counter(
        named(case, convolve(case, np.float32))[1]
        for case in (draw(seed, long=seed % 4 == 3) for seed in range(cases))
    )
    assert names == {PLAIN.name: cases}


def test_is_a_wrong_kernel_no_arithmetic():
    case = next(c for c in (draw(seed, long=False) for seed in range(9)) if c.terms > 100)
    flipped = Case(case.spec, case.input, case.kernel[::-1, ::-1])
    out = convolve(flipped, np.float32)
    assert named(case, out) == ("outside-bound", "nothing")
    half = Case(case.spec, case.input.astype("f2"), case.kernel.astype("f2"))
    wrong = Case(case.spec, half.input, half.kernel[::-1, ::-1])
    assert named(half, convolve(wrong, np.float16)) == ("outside-bound", "nothing")
