"""Does each transform give the convolution itself, in fractions?"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from convcheck.truth.winograd.tiling import known_tilings
from convcheck.truth.winograd.transforms import Matrix, Transform

SIZES = list(product(range(2, 9), range(1, 8)))


def times(matrix: Matrix, values: list[Fraction]) -> list[Fraction]:
    return [sum((a * b for a, b in zip(row, values, strict=True)), Fraction(0)) for row in matrix]


def fractions(rng: np.random.Generator, count: int) -> list[Fraction]:
    return [Fraction(int(a), int(b)) for a, b in rng.integers(1, 50, (count, 2)) * [-1, 1]]


def gives_the_convolution(one: Transform, rng: np.random.Generator) -> bool:
    d, g = fractions(rng, one.tile), fractions(rng, one.taps)
    on_both = zip(times(one.of_kernel, g), times(one.of_input, d), strict=True)
    y = times(one.back, [a * b for a, b in on_both])
    return y == [
        sum((d[i + k] * g[k] for k in range(one.taps)), Fraction(0)) for i in range(one.outputs)
    ]


@pytest.mark.parametrize(("outputs", "taps"), SIZES)
def test_is_it_the_convolution_for_any_points(outputs: int, taps: int) -> None:
    rng = np.random.default_rng([outputs, taps])
    for _ in range(4):
        points: set[Fraction] = set()
        while len(points) < outputs + taps - 2:
            points |= {Fraction(int(rng.integers(-6, 7)), int(rng.integers(1, 5)))}
        assert gives_the_convolution(Transform(outputs, taps, tuple(points)), rng)


@pytest.mark.parametrize(("outputs", "taps"), SIZES)
def test_are_the_known_ones_it(outputs: int, taps: int) -> None:
    rng = np.random.default_rng(1)
    known = list(known_tilings((outputs, outputs), (taps, taps)))
    assert bool(known) == (3 <= outputs + taps - 2 <= 7)
    assert all(gives_the_convolution(axis, rng) for tiling in known for axis in tiling.axes)


def test_is_a_direct_axis_the_convolution() -> None:
    assert gives_the_convolution(Transform.direct(5), np.random.default_rng(2))


@pytest.mark.parametrize("points", [(0, 1), (0, 1, 1), (0, 1, -1, 2)])
def test_are_too_few_equal_or_too_many_points_refused(points: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="3 distinct points"):
        Transform(2, 3, tuple(map(Fraction, points)))


def test_are_the_matrices_those_of_lavin_and_gray() -> None:
    """F(2,3), as printed in arXiv:1509.09308, but for the scales of rows that cancel."""
    one = Transform(2, 3, (Fraction(0), Fraction(1), Fraction(-1)))
    half = Fraction(1, 2)
    assert one.back == ((1, 1, 1, 0), (0, 1, -1, 1))
    assert one.of_kernel == ((-1, 0, 0), (half, half, half), (half, -half, half), (0, 0, 1))
    assert one.of_input == ((-1, 0, 1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, 0, 1))
