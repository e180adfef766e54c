"""Are the blind spots of a case those causes that leave its exact result unchanged?"""

from __future__ import annotations

import time

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.request import Request
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import CATALOGUE
from convcheck.diagnosis.blind_spots import blind_spots
from convcheck.errors import SpecError
from convcheck.testing import specs
from convcheck.truth.exact import exact


def case_of(**keys: object) -> Case:
    settings: dict[str, object] = {"input": "random", "kernel": "random", "kernel_size": (3,)}
    return build(Request(**{**settings, **keys}))  # type: ignore[arg-type]


def test_is_a_kernel_of_ones_blind_to_what_it_hides():
    found = blind_spots(build(Request()))  # the main job: china.jpg, 7x7 ones
    assert found == ("same-padding-side", "kernel-flip", "kernel-transpose", "channel-order")


@pytest.mark.parametrize(
    ("keys", "blind"),
    [
        ({}, {"same-padding-side"}),
        ({"strides": (2,)}, set()),
        ({"kernel_size": (1,)}, {"same-padding-side", "padding-mode", "border-mode",
                                 "kernel-flip", "kernel-transpose"}),
        ({"bias": "zeros"},
         {"same-padding-side", "missing-bias", "bias-twice", "bias-precision"}),
        ({"padding": "valid"}, set()),
        ({"kernel": "ones", "transposed": True, "strides": (2,)},
         {"transpose-kernel-flip", "kernel-transpose", "channel-order"}),
    ],
)  # fmt: skip
def test_is_it_blind_to_just_these(keys, blind):
    assert set(blind_spots(case_of(**keys))) == blind


def test_does_a_kernel_of_zeros_see_no_kernel_and_no_input():
    found = set(blind_spots(case_of(kernel="zeros")))
    assert {"kernel-flip", "channel-order", "input-scale", "output-scale", "border-mode"} <= found


def test_do_integers_hide_every_format():
    rng = np.random.default_rng(0)
    x = rng.integers(-4, 5, (1, 12, 12, 2)).astype("f8")
    case = Case(ConvSpec.make((3, 3)), x, rng.integers(-4, 5, (3, 3, 2, 2)).astype("f8"))
    formats = {f"reduced-precision-{n}" for n in ("tf32", "bfloat16", "float16", "float32")}
    assert formats | {"input-autocast", "kernel-autocast"} <= set(blind_spots(case))
    assert not formats & set(blind_spots(case_of(input_dtype="float64")))


@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.slow)])
def test_is_each_decided_as_exact_results_decide(every):
    """On the conformance specs: blind iff no hypothesis has another exact result anywhere."""
    tried = 0
    for spec in specs()[::every]:
        case = spec.case
        y = exact(case)
        blind = blind_spots(case)
        for cause in (one for one in CATALOGUE if one.has_exact_form):
            if not cause.applies(case):
                assert cause.name not in blind
                continue
            hypotheses = list(cause.hypotheses(case, case.output_shape))
            if any(
                v.post_op or v.relayout or v.channel_permutation or v.roundings for v in hypotheses
            ):
                continue
            tried += 1
            assert (cause.name not in blind) == any(
                _changes(case, y, hypothesis) for hypothesis in hypotheses
            ), (spec.id, cause.name)
    assert tried > 100


def _changes(case, y, hypothesis):
    try:
        changed = hypothesis.change(case)
    except SpecError:
        return False
    if changed.output_shape != case.output_shape:
        return True
    other = exact(changed)
    return not (np.array_equal(y.hi, other.hi) and np.array_equal(y.lo, other.lo))


def test_does_a_bfloat16_case_have_them_too():
    assert blind_spots(case_of(input_dtype="bfloat16", kernel_dtype="bfloat16"))


def test_is_it_cheap():
    """0.3 s on china.jpg with 16 filters; three times as much for a busy machine."""
    case = build(Request(kernel="random", filters=16))
    blind_spots(case)
    start = time.perf_counter()
    blind_spots(case)
    assert time.perf_counter() - start < 0.9
