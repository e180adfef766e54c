"""Are causes without an exact form named where their scaling fits, and never proved?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Output
from tests.diagnosis.many import MANY

from .planting import departs, diagnosed, plain

pytestmark = pytest.mark.slow

Fault = Callable[[Case, np.random.Generator], np.ndarray]


def draw(seed: int, size: int = 3, channels: int = 4, side: int = 24) -> Case:
    """An image with a bright spot: sums beside it are small while its energy is large."""
    rng = np.random.default_rng([3, seed])
    x = rng.standard_normal((2, side, side, channels)) * 1e-2
    x[:, side // 3 : side // 3 + 5, side // 2 : side // 2 + 6] *= 10.0 ** rng.uniform(3, 4)
    kernel = rng.standard_normal((size, size, channels, 5))
    return Case(ConvSpec.make((size, size)), x.astype("f4"), kernel.astype("f4"))


def by_fft(case: Case, rng: np.random.Generator) -> np.ndarray:
    kernel = case.kernel[::-1, ::-1]
    out = np.zeros(case.output_shape, "f4")
    for n in range(out.shape[0]):
        for o in range(out.shape[-1]):
            for c in range(case.input.shape[-1]):
                out[n, ..., o] += signal.fftconvolve(
                    case.input[n, ..., c], kernel[..., c, o], mode="same"
                )
    return out


B_T = np.array(
    [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0],
     [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]], "f4")  # fmt: skip
G = np.array(
    [[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
     [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]], "f4")  # fmt: skip
A_T = np.array(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], "f4"
)


def by_winograd(case: Case, rng: np.random.Generator) -> np.ndarray:
    """F(4x4, 3x3), Lavin and Gray 2016 (arXiv:1509.09308), in float32 throughout."""
    x = np.pad(case.input, ((0, 0), (1, 1), (1, 1), (0, 0)))
    n, rows, columns, filters = case.output_shape
    u = np.einsum("ai,ijco,bj->abco", G, case.kernel, G, dtype="f4")
    out = np.zeros((n, rows, columns, filters), "f4")
    for i in range(0, rows, 4):
        for j in range(0, columns, 4):
            tile = x[:, i : i + 6, j : j + 6]
            v = np.einsum("ai,nijc,bj->nabc", B_T, tile, B_T, dtype="f4")
            m = np.einsum("nabc,abco->nabo", v, u, dtype="f4")
            out[:, i : i + 4, j : j + 4] = np.einsum("ia,nabo,jb->nijo", A_T, m, A_T, dtype="f4")
    return out


def _steps(values: np.ndarray, step: np.ndarray | float) -> np.ndarray:
    return (np.rint(values / step) * step).astype("f4")


def weights_in_8_bits(case: Case, rng: np.random.Generator) -> np.ndarray:
    axes = (0, 1, 2) if rng.random() < 0.5 else None
    step = np.abs(case.kernel).max(axis=axes, keepdims=True) / 127
    return plain(replace(case, kernel=_steps(case.kernel, step))).array


def all_in_8_bits(case: Case, rng: np.random.Generator) -> np.ndarray:
    step = np.abs(case.kernel).max(axis=(0, 1, 2), keepdims=True) / 127
    x = _steps(case.input, float(np.ptp(case.input)) / 255)
    out = plain(replace(case, input=x, kernel=_steps(case.kernel, step))).array
    # 254 steps: wherever 0 lies, no more than 256 values.
    return _steps(out, float(np.ptp(out)) / 254) if rng.random() < 0.5 else out


def _one_after_another(case: Case, dtype: type | np.dtype) -> np.ndarray:
    x = np.pad(case.input, ((0, 0), *case.pads, (0, 0))).astype("f4")
    kernel = case.kernel.astype("f4")
    size, _, channels, _ = kernel.shape
    out = np.zeros(case.output_shape, dtype)
    rows, columns = out.shape[1:3]
    for i in range(size):
        for j in range(size):
            for c in range(channels):
                product = x[:, i : i + rows, j : j + columns, c, None] * kernel[i, j, c]
                out = (out.astype("f4") + product).astype(dtype)
    return out


def honest(seed: int, channels: int = 8) -> Case:
    rng = np.random.default_rng([4, seed])
    x = rng.standard_normal((2, 20, 20, channels)).astype("f4")
    kernel = rng.standard_normal((3, 3, channels, 4)).astype("f4")
    if seed % 3 == 0:
        x, kernel = np.abs(x), np.abs(kernel)
    return Case(ConvSpec.make((3, 3)), x, kernel)


def narrow_sums(seed: int) -> tuple[Case, Output]:
    name = "bfloat16" if seed % 2 else "float16"
    case = honest(seed, 4 + 8 * (seed % 4))
    dtype = dtype_named(name)
    case = replace(case, input=case.input.astype(dtype), kernel=case.kernel.astype(dtype))
    out = _one_after_another(case, dtype)
    return case, Output("it", "it", out, dtypes=Dtypes(compute=name))


def planted(fault: Fault, cases: Callable[[int], Case]) -> Iterator[tuple[Case, Output]]:
    seed = 0
    while True:
        case = cases(seed)
        out = fault(case, np.random.default_rng(seed))
        yield case, Output("it", "it", out, dtypes=Dtypes(compute="float32"))
        seed += 1


KINDS = {
    "fft-precision": lambda: planted(by_fft, lambda s: draw(s, 5 + 2 * (s % 4), 2)),
    "winograd-precision": lambda: planted(by_winograd, lambda s: draw(s, 3, 4 + s % 5)),
    "quantization": lambda: (
        pair
        for two in zip(
            planted(weights_in_8_bits, honest), planted(all_in_8_bits, honest), strict=False
        )
        for pair in two
    ),
    "low-precision-accumulation": lambda: map(narrow_sums, range(10_000)),
}


@pytest.mark.parametrize("cause", KINDS)
@pytest.mark.parametrize("count", [6, pytest.param(MANY, marks=pytest.mark.slow)])
def test_is_it_named_by_its_scaling(cause, count):
    missed, tried = [], 0
    for number, (case, output) in enumerate(KINDS[cause]()):
        if tried == count or number > 6 * count:
            break
        if not departs(case, output):
            continue
        tried += 1
        _, (first, *_) = diagnosed(case, output)
        assert first.status != "proved"
        if cause not in (first.cause, *first.also):
            missed.append((number, first.cause, first.summary))
    print(f"{cause}: {tried} tried, missed {missed}")
    assert tried == count
    assert len(missed) <= 0.1 * count


@pytest.mark.parametrize("count", [10, pytest.param(40, marks=pytest.mark.slow)])
def test_is_another_order_of_sums_named(count):
    for seed in range(count):
        case = honest(seed)
        a = Output("a", "a", plain(case).array, dtypes=Dtypes(compute="float32"))
        b = Output("b", "b", _one_after_another(case, np.float32), dtypes=Dtypes(compute="float32"))
        judgements, findings = diagnosed(case, a, b)
        assert all(j.status.value in ("exact", "within-bound") for j in judgements)
        assert [(f.cause, f.status, f.implementation) for f in findings] == [
            ("summation-order", "supported", "b")
        ]


@pytest.mark.parametrize("seed", range(6))
def test_are_damaged_elements_located(seed):
    case, rng = honest(seed), np.random.default_rng(seed)
    good = plain(case)
    out = good.array.copy()
    places = rng.choice(out.size, 1 + 3 * seed, replace=False)
    out.ravel()[places] = rng.standard_normal(len(places)) * 100
    _, (first, *_) = diagnosed(case, replace(good, array=out))
    assert (first.cause, first.status) == ("corrupted-elements", "supported")
    index = tuple(int(i) for i in np.unravel_index(places.min(), out.shape))
    assert str(index) in first.summary


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_is_a_damaged_channel_located(value):
    case = honest(1)
    good = plain(case)
    out = good.array.copy()
    out[..., 2] = value if value == 0 else out[..., 1]
    _, (first, *_) = diagnosed(case, replace(good, array=out))
    assert first.cause == "corrupted-channel"
    assert "channel 2" in first.summary


def test_is_what_is_not_finite_located():
    case = honest(1)
    good = plain(case)
    out = good.array.copy()
    out[0, 3, 4, 1] = np.nan
    _, (first, *_) = diagnosed(case, replace(good, array=out))
    assert (first.cause, first.status) == ("non-finite", "supported")
    assert "(0, 3, 4, 1)" in first.summary
