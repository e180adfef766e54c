"""Does a footprint show each transform with its tiles, and none where sums are direct?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.diagnosis.transforms.footprint import RUNS, Footprint, find_footprint
from convcheck.truth.arithmetic import declared
from convcheck.truth.winograd.tiling import Tiling, known_tilings
from convcheck.truth.winograd.transforms import Transform
from tests.truth.winograd.simulated import by_fft

from .by_algorithm import F43, F63, Algorithm, bright, direct, winograd

FLOAT32 = declared("float32", "float32")


def shown(case: Case, algorithm: Algorithm) -> Footprint | None:
    return find_footprint(case, algorithm(case), FLOAT32, algorithm)


@pytest.mark.parametrize("tiling", [F43, F63], ids=str)
@pytest.mark.parametrize(
    "options",
    [{}, {"padding": "valid"}, {"groups": 2}, {"images": 5}, {"bias": True}],
    ids=str,
)
def test_are_winograds_tiles_read_off(tiling: Tiling, options: dict[str, object]) -> None:
    found = shown(bright(1, **options), winograd(tiling))
    assert found is not None
    assert found.is_winograd
    assert next(found.tilings()) == tiling
    assert f"{tiling.axes[0].tile}x{tiling.axes[1].tile} tiles from (0, 0)" in str(found)


@pytest.mark.parametrize("tiling", list(known_tilings((4, 1), (3, 3))), ids=lambda one: one.points)
def test_is_one_axis_alone_read_off(tiling: Tiling) -> None:
    found = shown(bright(2), winograd(tiling))
    assert found is not None
    assert found.is_winograd
    assert tiling in found.tilings()


@pytest.mark.parametrize("tiling", list(known_tilings((6,), (3,))), ids=str)
@pytest.mark.parametrize("images", [1, 4])
def test_are_tiles_of_one_spatial_axis_read_off(tiling: Tiling, images: int) -> None:
    rng = np.random.default_rng(images)
    x = (rng.standard_normal((images, 31, 2)) * 1e3).astype("f4")
    kernel = rng.standard_normal((3, 2, 2)).astype("f4")
    found = shown(Case(ConvSpec.make((3,)), x, kernel), winograd(tiling))
    assert found is not None
    assert next(found.tilings()) == tiling
    assert "8 tiles from (0,)" in str(found)


@pytest.mark.parametrize(("tile", "taps"), [(8, 3), (8, 5), (16, 3), (16, 5)])
def test_is_an_fft_on_the_same_tiles_another(tile: int, taps: int) -> None:
    """F(6,3) and an FFT of 8 have tiles of one size: corners tell them apart."""
    found = shown(bright(3, side=34, images=16, taps=taps), lambda case: by_fft(case, tile))
    assert found is not None
    assert found.tiles is not None
    assert [one.outputs for one in found.tiles] == [tile - taps + 1] * 2
    assert not found.is_winograd
    assert not list(found.tilings())


def test_is_the_tile_left_open_where_one_covers_the_image() -> None:
    found = shown(bright(4, side=12), lambda case: by_fft(case, 32))
    assert found is not None
    assert found.tiles is None


def test_is_an_origin_of_its_own_told_but_not_taken_for_a_known_algorithm() -> None:
    def shifted(case: Case) -> np.ndarray:
        """Two more rows above, whose outputs are cut off: tiles then start at row 2 - 4."""
        spec = ConvSpec.make((3, 3), padding=((3, 1), (1, 1)))
        return winograd(F43)(Case(spec, case.input, case.kernel))[:, 2:]

    found = shown(bright(5), shifted)
    assert found is not None
    assert found.tiles is not None
    assert [one.origin for one in found.tiles] == [2, 0]
    assert not list(found.tilings())


def test_do_tiles_of_two_outputs_leave_no_trace() -> None:
    tiling = Tiling((Transform(2, 3, F43.axes[0].points[:3]),) * 2)
    assert shown(bright(6), winograd(tiling)) is None


def noisy(case: Case) -> np.ndarray:
    rng = np.random.default_rng()
    return (winograd(F63)(case) * (1 + 1e-6 * rng.standard_normal(case.output_shape))).astype("f4")


def in_8_bits(case: Case) -> np.ndarray:
    """Each output depends on the largest input: no tiles, whatever else."""
    step = np.float32(np.abs(case.input).max() / 127)
    return direct(Case(case.spec, np.rint(case.input / step) * step, case.kernel, case.bias))


@pytest.mark.parametrize("images", [1, 2, 16])
@pytest.mark.parametrize("size", range(10, 31, 5))
def test_is_what_depends_on_the_whole_image_given_no_tiles(images: int, size: int) -> None:
    """Two elements in the middle that move everything: an overlap of two tiles does so as well."""
    found = shown(bright(7, side=size, images=images, taps=5), in_8_bits)
    assert found is None or found.tiles is None


def later(algorithm: Algorithm) -> Algorithm:
    """The algorithm with windows one row later: a fault of padding."""
    return lambda case: algorithm(replace(case, spec=replace(case.spec, padding=((0, 2), (1, 1)))))


def test_are_windows_elsewhere_no_transform() -> None:
    assert shown(bright(13), later(direct)) is None


@pytest.mark.parametrize("tiling", [F43, F63], ids=str)
def test_are_tiles_read_off_where_windows_are_elsewhere(tiling: Tiling) -> None:
    found = shown(bright(14), later(winograd(tiling)))
    assert found is not None
    assert next(found.tilings()) == tiling


def nothing(case: Case) -> None:
    return None


@pytest.mark.parametrize("algorithm", [direct, noisy], ids=lambda one: one.__name__)
def test_is_nothing_shown_without_a_transform(algorithm: Algorithm) -> None:
    assert shown(bright(8), algorithm) is None


def test_is_nothing_shown_where_it_cannot_run_again() -> None:
    case = bright(9)
    assert find_footprint(case, winograd(F63)(case), FLOAT32, nothing) is None


def test_is_nothing_shown_of_another_output_than_it_gives() -> None:
    case = bright(10)
    assert find_footprint(case, direct(case), FLOAT32, winograd(F63)) is None


def odd_cases() -> Iterator[Case]:
    plain = bright(11)
    yield Case(plain.spec, np.full_like(plain.input, np.nan), plain.kernel)
    yield Case(plain.spec, np.zeros_like(plain.input), plain.kernel)
    yield Case(plain.spec, plain.input, np.zeros_like(plain.kernel))
    yield Case(plain.spec, np.full_like(plain.input, 3e38), plain.kernel)
    yield bright(11, strides=2)


@pytest.mark.parametrize(
    "case", list(odd_cases()), ids=["nan", "zeros", "no kernel", "huge", "strides"]
)
def test_is_nothing_sought_where_nothing_can_show(case: Case) -> None:
    runs = []

    def run(given: Case) -> np.ndarray:
        runs.append(given)
        return np.zeros(case.output_shape, "f4")

    assert find_footprint(case, np.zeros(case.output_shape, "f4"), FLOAT32, run) is None
    assert not runs


def test_is_it_run_no_more_often_than_is_said() -> None:
    runs = []

    def run(case: Case) -> np.ndarray:
        runs.append(case)
        return by_fft(case, 64)

    case = bright(12, side=70, images=1)
    found = find_footprint(case, run(case), FLOAT32, run)
    assert found is not None
    assert found.tiles is None  # a whole tile was not seen
    assert len(runs) <= RUNS + 2
