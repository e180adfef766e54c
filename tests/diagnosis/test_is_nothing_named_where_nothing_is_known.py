"""Is nothing named where nothing is wrong, and nothing known where the fault is unknown?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.diagnosis.diagnose import diagnose
from convcheck.implementations.name import parse
from convcheck.results import PASSES, Dtypes, Output
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.judge import judge
from tests.diagnosis.many import MANY
from tests.verdict.cases import random_case

from .planting import departs, diagnosed, plain
from .test_are_causes_without_a_form_named_by_their_scaling import honest


def masked(case: Case, good: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    out = good.copy()
    out[rng.random(out.shape) < rng.uniform(0.02, 0.5)] = 0
    return out


def median(case: Case, good: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return ndimage.median_filter(good, (1, 3, 3, 1))


def another_image(case: Case, good: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x = rng.standard_normal(case.input.shape).astype(case.input.dtype)
    return plain(replace(case, input=x)).array


def wrong_pixel(case: Case, good: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One tap of each window reads another pixel than it should."""
    rolled = np.roll(case.input, tuple(rng.integers(3, 6, 2)), (1, 2))
    one = np.zeros_like(case.kernel)
    at = tuple(int(rng.integers(n)) for n in one.shape[:2])
    one[at] = case.kernel[at]
    wrong = plain(replace(case, input=rolled, kernel=one)).array
    return (good - plain(replace(case, kernel=one)).array + wrong).astype(good.dtype)


def another_kernel(case: Case, good: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kernel = rng.standard_normal(case.kernel.shape).astype(case.kernel.dtype)
    return plain(replace(case, kernel=kernel)).array


def noise(case: Case, good: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Beyond what an FFT spreads: a thousandth of the largest output and more."""
    scale = 10.0 ** rng.uniform(-3, 0) * np.abs(good).max()
    return (good + scale * rng.standard_normal(good.shape)).astype(good.dtype)


UNKNOWN = [masked, median, another_image, wrong_pixel, another_kernel, noise]


@pytest.mark.parametrize("fault", UNKNOWN, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("count", [2, pytest.param(30, marks=pytest.mark.slow)])
def test_is_an_unknown_fault_left_unexplained(fault, count):
    named = []
    for seed in range(count):
        case = honest(seed, 3) if seed % 2 else random_case(seed, "float32")
        good = plain(case)
        out = fault(case, good.array, np.random.default_rng([9, seed]))
        wrong = replace(good, array=out)
        far = np.mean(out != good.array)
        if far <= 0.02 or not departs(case, wrong):
            continue
        _, (first, *_) = diagnosed(case, wrong)
        named.append((seed, first.cause, first.summary))
    print(f"{fault.__name__}: {Counter(cause for _, cause, _ in named)}")
    assert len(named) >= count // 2
    assert [story for story in named if story[1] != "unexplained"] == []


def sound(seed: int) -> Case:
    """Ordinary cases, long drifting sums, Winograd-sized shapes, integers, near-constant images."""
    rng = np.random.default_rng([17, seed])
    kind = seed % 5
    if kind == 0:
        return random_case(seed)
    if kind == 1:  # long sums of one sign
        x = 1 + rng.random((1, 9, 9, 600)) * 1e-3
        kernel = 1 + rng.random((3, 3, 600, 3)) * 1e-3
    elif kind == 2:  # Winograd's shapes and batches
        x = rng.standard_normal((16, 14, 14, int(rng.choice([1, 8, 16]))))
        kernel = rng.standard_normal((3, 3, x.shape[-1], 8))
    elif kind == 3:
        x = rng.integers(-9, 10, (2, 15, 16, 4))
        kernel = rng.integers(-9, 10, (3, 2, 4, 3))
    else:  # nearly constant
        x = 0.5 + rng.standard_normal((1, 30, 30, 3)) * 1e-6
        kernel = np.ones((5, 5, 3, 2)) / 75
    dtype = "float32" if kind != 3 or seed % 2 else "int32"
    return Case(ConvSpec.make(kernel.shape[:2]), x.astype(dtype), kernel.astype(dtype))


@pytest.mark.parametrize("count", [40, pytest.param(25 * MANY, marks=pytest.mark.slow)])
def test_is_nothing_found_in_what_is_sound(count: int, runtimes: Runtimes) -> None:
    found: Counter[str] = Counter()
    sound_ones, wrong = 0, []
    for seed in range(count):
        case = sound(seed)
        outputs = [runtimes.run(case, parse(name)) for name in ("tf", "keras")]
        dtype = case.kernel.dtype.name
        outputs.append(Output("numpy", "numpy", plain(case).array, dtypes=Dtypes(compute=dtype)))
        outputs = [output for output in outputs if output.array is not None]
        judged = judge(case, outputs)
        causes = Counter(f.cause for f in diagnose(case, judged, lambda *_: None).findings)
        sound_ones += all(j.status in PASSES for j in judged.judgements)
        found.update(causes)
        if set(causes) - {"summation-order", "input-autocast", "kernel-autocast"}:
            wrong.append((seed, dict(causes), [j.status.value for j in judged.judgements]))
    print(f"{sound_ones} of {count} sound, found {dict(found)}, wrongly {wrong}")
    assert sound_ones == count
    assert wrong == []
