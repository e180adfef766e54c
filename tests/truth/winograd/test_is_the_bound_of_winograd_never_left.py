"""Does no simulated Winograd convolution leave the bound of its tiling, and is that the formula?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth.arithmetic import Arithmetic, declared
from convcheck.truth.bound import Bound, bound
from convcheck.truth.reference import Reference, reference
from convcheck.truth.winograd.magnitudes import Magnitudes, roundings
from convcheck.truth.winograd.tiling import Tiling, known_tilings
from convcheck.truth.winograd.transforms import Matrix, Transform

from .simulated import by_winograd

FLOAT32 = declared("float32", "float32")
F63 = next(known_tilings((6, 6), (3, 3)))


def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Ordinary numbers, bright spots, exponents far apart, or images as they come."""
    x = rng.standard_normal(shape)
    kind = rng.integers(0, 4)
    if kind == 1:
        x *= np.where(rng.random(shape) < 0.05, 1e5, 1.0)
    elif kind == 2:
        x *= 2.0 ** rng.integers(-20, 20, shape)
    elif kind == 3:
        x = rng.random(shape)
    return x.astype(np.float32)


def points(rng: np.random.Generator, count: int) -> tuple[Fraction, ...]:
    found: dict[Fraction, None] = {Fraction(0): None}
    while len(found) < count:
        found[Fraction(int(rng.integers(-4, 5)), int(rng.integers(1, 4)))] = None
    return tuple(found)


def a_tiling(rng: np.random.Generator, taps: tuple[int, ...]) -> Tiling:
    """A known one, or one of points drawn at random; an axis in four is direct."""
    axes = []
    for r in taps:
        m = int(rng.integers(2, 7))
        direct = rng.random() < 0.25 or m + r - 2 < 1
        axes.append(Transform.direct(r) if direct else Transform(m, r, points(rng, m + r - 2)))
    return Tiling(tuple(axes))


def a_case(rng: np.random.Generator, rank: int) -> Case:
    taps = tuple(int(n) for n in rng.integers(2, 5, rank))
    groups, each = (int(n) for n in rng.integers(1, 4, 2))
    sides = tuple(int(n) for n in rng.integers(5, 14, rank))
    padding = str(rng.choice(["same", "valid"]))
    spec = ConvSpec.make(taps, padding=padding, groups=groups)
    filters = groups * int(rng.integers(1, 3))
    bias = drawn(rng, (filters,)) if rng.random() < 0.5 else None
    x = drawn(rng, (2, *sides, groups * each))
    return Case(spec, x, drawn(rng, (*taps, each, filters)), bias)


def of(case: Case, tiling: Tiling, arithmetic: Arithmetic = FLOAT32) -> tuple[Reference, Bound]:
    y = reference(case, exact_everywhere=True)
    return y, bound(case, replace(arithmetic, tiling=tiling), y)


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("seed", range(12))
def test_is_it_never_left(rank: int, seed: int) -> None:
    rng = np.random.default_rng([rank, seed])
    case = a_case(rng, rank)
    tiling = a_tiling(rng, case.spec.kernel_size)
    y, limits = of(case, tiling)
    for order in (None, seed):
        out = by_winograd(case, tiling, seed=order)
        assert y.within(out, limits).all()
        assert not y.within(out + 2.1 * limits.limit, limits).any()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(400))
def test_is_it_never_left_on_many(seed: int) -> None:
    test_is_it_never_left(1 + seed % 2, 1000 + seed)


@pytest.mark.parametrize("outputs", [2, 4, 6])
def test_is_it_never_left_by_known_points(outputs: int) -> None:
    for number, tiling in enumerate(known_tilings((outputs, outputs), (3, 3))):
        rng = np.random.default_rng([outputs, number])
        spec = ConvSpec.make((3, 3), padding="same")
        case = Case(spec, drawn(rng, (2, 19, 20, 5)), drawn(rng, (3, 3, 5, 3)))
        y, limits = of(case, tiling)
        assert y.within(by_winograd(case, tiling, seed=number), limits).all()


def test_does_it_hold_where_products_underflow() -> None:
    rng = np.random.default_rng(0)
    x, k = drawn(rng, (1, 12, 12, 2)) * np.float32(1e-30), drawn(rng, (3, 3, 2, 2))
    case = Case(ConvSpec.make((3, 3)), x, k * np.float32(1e-10))
    y, limits = of(case, F63)
    with np.errstate(under="ignore"):
        out = by_winograd(case, F63)
    assert y.within(out, limits).all()
    flushed = np.where(np.abs(out) < np.finfo("f4").tiny, 0, out)
    assert y.within(flushed, limits).all()


def sums_of_sizes(case: Case, tiling: Tiling, flat: int) -> Fraction:
    """W of one output by its definition, a sum over all ways, in fractions."""
    image, *place, filter_ = (int(i) for i in np.unravel_index(flat, case.output_shape))
    groups = case.spec.groups
    each = case.input.shape[-1] // groups
    first = filter_ // (case.output_shape[-1] // groups) * each
    tiles = [p // axis.outputs for p, axis in zip(place, tiling.axes, strict=True)]
    inside = [p % axis.outputs for p, axis in zip(place, tiling.axes, strict=True)]
    total = Fraction(0)
    for element in np.ndindex(*(axis.tile for axis in tiling.axes)):
        rows = list(zip(element, tiling.axes, strict=True))
        back = _size(axis.back[i][e] for i, (e, axis) in zip(inside, rows, strict=True))
        of_kernel = [axis.of_kernel[e] for e, axis in rows]
        of_input = [axis.of_input[e] for e, axis in rows]
        for c in range(each):
            u = sum(
                _size(m[t] for m, t in zip(of_kernel, tap, strict=True))
                * abs(Fraction(float(case.kernel[(*tap, c, filter_)])))
                for tap in np.ndindex(*case.spec.kernel_size)
            )
            v = Fraction(0)
            for at in np.ndindex(*(axis.tile for axis in tiling.axes)):
                reads = [
                    t * axis.outputs + a - own.before
                    for t, a, axis, own in zip(tiles, at, tiling.axes, case.axes, strict=True)
                ]
                if all(0 <= r < own.size for r, own in zip(reads, case.axes, strict=True)):
                    x = abs(Fraction(float(case.input[(image, *reads, first + c)])))
                    v += _size(m[a] for m, a in zip(of_input, at, strict=True)) * x
            total += back * u * v
    return total


def _size(values: Any) -> Fraction:
    found = Fraction(1)
    for value in values:
        found *= abs(value)
    return found


def _longest(matrix: Matrix) -> int:
    return max(sum(value != 0 for value in row) for row in matrix)


@pytest.mark.parametrize("seed", range(4))
def test_is_it_the_formula(seed: int) -> None:
    rng = np.random.default_rng([7, seed])
    case = a_case(rng, 1 + seed % 2)
    tiling = a_tiling(rng, case.spec.kernel_size)
    k = int(case.bias is not None)
    products = case.input.shape[-1] // case.spec.groups
    for axis in tiling.axes:
        if axis.is_direct:
            products *= axis.taps
        else:
            k += sum(_longest(m) + 1 for m in (axis.back, axis.of_kernel, axis.of_input))
    k += products
    assert roundings(case, tiling) == k
    growth = k * Fraction(1, 2**24) / (1 - k * Fraction(1, 2**24))
    _, limits = of(case, tiling)
    for flat in rng.choice(np.prod(case.output_shape), 5, replace=False):
        w = sums_of_sizes(case, tiling, int(flat))
        if case.bias is not None:
            w += abs(Fraction(float(case.bias[int(flat) % len(case.bias)])))
        exactly, limit = growth * w, Fraction(float(limits.limit.reshape(-1)[flat]))
        assert exactly <= limit <= exactly * (1 + Fraction(1, 10**9)) + Fraction(1, 10**20)


@pytest.mark.parametrize("seed", range(6))
def test_is_it_the_same_at_places_and_in_bands(seed: int) -> None:
    rng = np.random.default_rng([9, seed])
    case = a_case(rng, 1 + seed % 2)
    tiling = a_tiling(rng, case.spec.kernel_size)
    whole = Magnitudes(case, tiling).everywhere()
    places = [rng.integers(0, n, 30) for n in case.output_shape[:-1]]
    filters = rng.permutation(case.output_shape[-1])
    found = Magnitudes(case, tiling, filters).at(places)
    assert np.allclose(found, whole[tuple(places)][:, filters], rtol=1e-14, atol=0)
    _, limits = of(case, tiling)
    cut = list(bands(case, elements=1, together=tiling.rows))
    assert len(cut) > 2
    for band in cut:
        _, own = of(band.case, tiling)
        assert np.allclose(own.limit, limits.limit[band.window], rtol=1e-12, atol=1e-25)


@pytest.mark.parametrize(
    "other",
    [{"strides": 2}, {"dilations": 2}, {"transposed": True}],
    ids=["strides", "dilations", "transposed"],
)
def test_is_the_direct_bound_kept_where_it_does_not_fit(other: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    spec = ConvSpec.make((3, 3), **other)
    case = Case(spec, drawn(rng, (1, 12, 12, 2)), drawn(rng, (3, 3, 2, 2)))
    assert not F63.fits(case)
    _, limits = of(case, F63)
    assert np.array_equal(limits.limit, bound(case, FLOAT32).limit)
