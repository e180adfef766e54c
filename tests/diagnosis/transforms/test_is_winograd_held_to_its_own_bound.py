"""Is Winograd's algorithm proved and held to its own bound, and a fault under it still found?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.results import Status
from convcheck.truth.winograd.tiling import Tiling
from tests.truth.winograd.simulated import by_fft

from .by_algorithm import F43, F63, bright, checked, direct, winograd


@pytest.mark.parametrize("tiling", [F43, F63], ids=str)
@pytest.mark.parametrize("options", [{}, {"bias": True}, {"groups": 2}], ids=str)
def test_is_it_proved(tiling: Tiling, options: dict[str, object]) -> None:
    judgement, (found,) = checked(bright(1, **options), winograd(tiling))
    assert judgement.status is Status.WITHIN_BOUND
    assert (found.cause, found.status, found.departs) == ("winograd-precision", "proved", False)
    assert f"consistent with {tiling}" in found.summary
    assert str(judgement.arithmetic) == f"float32/float32/float32 by {tiling}"
    assert str(judgement.declared) == "float32/float32/float32"


@pytest.mark.parametrize("tile", [8, 16])
def test_is_an_fft_supported_alone(tile: int) -> None:
    judgement, (found,) = checked(bright(2, side=34), lambda case: by_fft(case, tile))
    assert judgement.status is Status.OUTSIDE_BOUND
    assert (found.cause, found.status) == ("fft-precision", "supported")
    assert f"{tile}x{tile} tiles from (0, 0)" in found.summary
    assert not found.also


def flipped(case: Case) -> Case:
    return replace(case, kernel=case.kernel[::-1, ::-1].copy())


def without_bias(case: Case) -> Case:
    return replace(case, bias=None)


def in_bfloat16(case: Case) -> Case:
    x, k = (a.astype(ml_dtypes.bfloat16).astype("f4") for a in (case.input, case.kernel))
    return replace(case, input=x, kernel=k)


def padded_at_the_end(case: Case) -> Case:
    """A shift: what reads one to the left reads one to the right."""
    return replace(case, spec=replace(case.spec, padding=((0, 2), (0, 2))))


FAULTS: dict[str, Callable[[Case], Case]] = {
    "kernel-flip": flipped,
    "missing-bias": without_bias,
    "reduced-precision-bfloat16": in_bfloat16,
    "spatial-shift": padded_at_the_end,
}


@pytest.mark.parametrize("cause", FAULTS)
@pytest.mark.parametrize("tiling", [F43, F63], ids=str)
def test_is_a_fault_under_it_found(cause: str, tiling: Tiling) -> None:
    case = bright(3, bias=True)
    large = np.full(case.output_shape[-1], 1e6, "f4")  # beyond what W hides beside bright spots
    case = replace(case, bias=large * case.bias)
    change = FAULTS[cause]
    judgement, found = checked(case, winograd(tiling), lambda c: winograd(tiling)(change(c)))
    assert judgement.status is Status.OUTSIDE_BOUND
    named = next(one for one in found if one.departs)
    assert cause in (named.cause, *named.also)
    assert named.status in ("proved", "supported")


def test_is_one_damaged_output_found_under_it() -> None:
    def damaged(case: Case) -> np.ndarray:
        out = winograd(F63)(case)
        out[1, 4, 7, 2] = 3e7
        return out

    judgement, (found,) = checked(bright(4), damaged)
    assert judgement.status is Status.OUTSIDE_BOUND
    assert judgement.message is not None
    assert "leave the bound of F(6,3) on 8x8 tiles" in judgement.message
    assert (found.cause, found.departs) == ("corrupted-elements", True)
    assert "(1, 4, 7, 2)" in found.summary


def test_is_an_output_inside_the_direct_bound_held_to_that() -> None:
    """Never a wider bound than needed: nothing is sought where nothing departs."""
    judgement, found = checked(bright(5), direct)
    assert judgement.status in (Status.WITHIN_BOUND, Status.EXACT)
    assert judgement.declared is not None
    assert judgement.declared.tiling is None
    assert not found


def test_are_the_few_quiet_outputs_of_an_fft_no_damage() -> None:
    """A few windows of a loud image are quiet: there alone an FFT's errors leave the bound."""
    case = bright(7, side=34)
    x = np.random.default_rng(7).uniform(1, 2, case.input.shape).astype("f4")
    x[0, 15:20, 15:20] = 1e-4
    case = replace(case, input=x, kernel=np.abs(case.kernel))
    judgement, (found,) = checked(case, lambda given: by_fft(given, 16))
    assert judgement.violations is not None
    assert len(judgement.violations.over_bound) <= 0.01 * judgement.output.array.size
    assert (found.cause, found.status) == ("fft-precision", "supported")


def test_are_tiles_told_that_begin_elsewhere() -> None:
    """Of those no bound is known: a reader shall not look for a fault of another kind."""

    def elsewhere(case: Case) -> np.ndarray:
        before = replace(case.spec, padding=tuple((1 + 3, 1) for _ in case.axes))
        return winograd(F43)(replace(case, spec=before))[:, 3:, 3:]

    judgement, (found,) = checked(bright(8), elsewhere)
    assert judgement.status is Status.OUTSIDE_BOUND
    assert (found.cause, found.departs) == ("unexplained", True)
    assert "as a transform of 6x6 tiles from (1, 1) does" in found.summary
