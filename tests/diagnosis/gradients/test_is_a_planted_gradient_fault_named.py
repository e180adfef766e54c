"""Is a fault of a backward pass found, and named by what was done to the convolution?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import (
    BIAS_GRADIENT,
    GRADIENTS,
    INPUT_GRADIENT,
    KERNEL_GRADIENT,
    Gradient,
)
from convcheck.case.spec import ConvSpec
from convcheck.results import PASSES, Dtypes, Output
from tests.case.gradients_by_definition import by_definition
from tests.diagnosis.many import MANY
from tests.diagnosis.planting import diagnosed

Parts = tuple[Case, Any, Callable[[Any], Any]]
"""A convolution, an output gradient, and what is done with the gradient in the end."""


def case_of(seed: int, **options: Any) -> tuple[Case, Any]:
    """A convolution of floats, two groups and a stride that leaves a rest unless told else."""
    draw = np.random.default_rng(seed)
    groups, strides = options.get("groups", 2), options.get("strides", 2)
    each, filters = options.get("each", 2), options.get("filters", 2)
    size = tuple(int(n) for n in 2 * draw.integers(4, 6, size=2))
    spec = ConvSpec.make((3, 3), strides=(strides,) * 2, padding="valid", groups=groups)
    x = draw.standard_normal((4, *size, each * groups)).astype("f4")
    kernel = draw.standard_normal((3, 3, each, filters * groups)).astype("f4")
    case = Case(spec, x, kernel)
    return case, draw.standard_normal(case.output_shape).astype("f4")


def same(gradient: Any) -> Any:
    return gradient


def groups_mixed_up(case: Case, g: Any, kind: str) -> Parts:
    """The output gradient of one group with what belongs to the other."""
    halves = np.split(g, 2, axis=-1)
    return case, np.concatenate(halves[::-1], axis=-1), same


def last_row_left_out(case: Case, g: Any, kind: str) -> Parts:
    kept = g.copy()
    kept[:, -1] = 0
    return case, kept, same


def flipped(case: Case, g: Any, kind: str) -> Parts:
    if kind == KERNEL_GRADIENT:
        return case, g, lambda gradient: gradient[::-1, ::-1]
    return replace(case, kernel=case.kernel[::-1, ::-1]), g, same


def exchanged(case: Case, g: Any, kind: str) -> Parts:
    """Input and output channels of the kernel."""
    if kind == KERNEL_GRADIENT:
        return case, g, lambda gradient: gradient.swapaxes(-1, -2)
    return replace(case, kernel=case.kernel.swapaxes(-1, -2)), g, same


def averaged(case: Case, g: Any, kind: str) -> Parts:
    return case, g, lambda gradient: gradient / np.float32(len(g))


FAULTS: dict[str, tuple[Callable[..., Parts], set[str], tuple[str, ...], dict[str, int]]] = {
    "groups mixed up": (
        *(groups_mixed_up, {"group-order", "channel-order", "channel-shuffle"}),
        *(GRADIENTS, {}),
    ),
    "last row left out": (last_row_left_out, {"position-left-out"}, GRADIENTS, {}),
    "kernel flipped": (flipped, {"kernel-flip"}, (INPUT_GRADIENT, KERNEL_GRADIENT), {}),
    "in and out exchanged": (
        *(exchanged, {"kernel-io-swap"}),
        *((INPUT_GRADIENT, KERNEL_GRADIENT), {"groups": 1, "each": 3, "filters": 3}),
    ),
    "averaged over the batch": (averaged, {"batch-averaged"}, GRADIENTS, {}),
}
"""Fault -> (what is done, causes that name it, passes in which it shows, options of the case)."""


def found(asked: Gradient, gradient: Any) -> tuple[Any, Any]:
    """The judgement of a gradient in float32, and its first finding."""
    array = asked.to_case_layout(gradient.astype("f4"))
    output = Output("it", "it", array, dtypes=Dtypes(compute="float32"))
    (judgement,), findings = diagnosed(asked.case, output)
    return judgement, findings[0] if findings else None


@pytest.mark.parametrize("count", [1, pytest.param(4 * MANY, marks=pytest.mark.slow)])
@pytest.mark.parametrize("fault", FAULTS)
def test_is_a_planted_gradient_fault_named(fault, count):
    plant, causes, kinds, options = FAULTS[fault]
    missed, wrong, tried = [], [], 0
    for kind in kinds:
        place = GRADIENTS.index(kind)
        for seed in range(count):
            case, g = case_of(seed, **options)
            asked = Gradient(kind, case, g)
            faulty, weights, after = plant(case, g, kind)
            wide = replace(
                faulty, input=faulty.input.astype("f8"), kernel=faulty.kernel.astype("f8")
            )
            gradient = after(by_definition(wide, weights.astype("f8"))[place])
            judgement, first = found(asked, gradient)
            assert judgement.status not in PASSES, (kind, seed)  # found, always
            named = {first.cause, *first.also}
            tried += 1
            if not causes & named:
                missed.append((kind, seed, first.cause, first.status))
                if first.status == "proved":
                    wrong.append((kind, seed, named))
    assert len(missed) <= 0.05 * tried, missed
    assert not wrong


def test_is_a_bias_gradient_over_the_wrong_axes_named():
    case, g = case_of(3, filters=2)
    g = g[:, :4, :4]  # as many rows as filters
    spec = replace(case.spec, padding=((0, 0), (0, 0)))
    rows = 2 * 3 + 3  # what four windows with stride 2 and three taps read
    case = replace(case, spec=spec, input=np.ascontiguousarray(case.input[:, :rows, :rows]))
    g = np.resize(g, case.output_shape)
    asked = Gradient(BIAS_GRADIENT, case, g)
    over = g.astype("f8")
    for axis, kept in ((1, "axis 1"), (0, "the images")):
        others = tuple(i for i in range(4) if i != axis)
        if g.shape[axis] != asked.shape[0]:
            continue
        judgement, first = found(asked, over.sum(others))
        assert judgement.status not in PASSES
        assert first.cause == "bias-axis"
        assert kept in first.summary


@pytest.mark.parametrize("kind", GRADIENTS)
def test_are_sums_in_float16_named(kind):
    """Products of float16 numbers, added one after another in float16."""
    case, g = case_of(5, groups=1, each=4, filters=16)
    case = replace(case, input=case.input.astype("f2"), kernel=case.kernel.astype("f2"))
    asked = Gradient(kind, case, g.astype("f2"))
    narrow = asked.case
    output = Output("it", "it", sums_in_turn(narrow), dtypes=Dtypes(compute="float16"))
    (judgement,), findings = diagnosed(narrow, output)
    assert judgement.status not in PASSES
    assert findings[0].cause == "low-precision-accumulation"
    assert findings[0].status == "supported"


def sums_in_turn(case: Case) -> Any:
    """The convolution with each partial sum rounded to float16; by its definition."""
    (top, bottom), (left, right) = case.pads
    spec = case.spec
    assert spec.groups == 1
    x, k = case.input, case.kernel
    if spec.transposed:  # scattered: each input adds to the outputs that it reaches
        y = np.zeros((len(x), 64, 64, k.shape[-2]), "f2")
        for i, j in np.ndindex(*x.shape[1:3]):
            for a, b in np.ndindex(*k.shape[:2]):
                at = i * spec.strides[0] + a, j * spec.strides[1] + b
                for c in range(x.shape[-1]):
                    product = x[:, i, j, c, None] * k[a, b, None, :, c]
                    y[:, at[0], at[1]] += product
        rows, columns = case.output_shape[1:3]
        return y[:, top : top + rows, left : left + columns]
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    y = np.zeros(case.output_shape, "f2")
    for i, j in np.ndindex(*case.output_shape[1:3]):
        for a, b in np.ndindex(*k.shape[:2]):
            at = (
                i * spec.strides[0] + a * spec.dilations[0],
                j * spec.strides[1] + b * spec.dilations[1],
            )
            for c in range(x.shape[-1]):
                y[:, i, j] += padded[:, at[0], at[1], c, None] * k[a, b, None, c]
    return y


@pytest.mark.parametrize("kind", GRADIENTS)
def test_is_nothing_found_in_a_gradient_rounded_once(kind):
    for seed in range(10):
        case, g = case_of(seed)
        asked = Gradient(kind, case, g)
        wide = replace(case, input=case.input.astype("f8"), kernel=case.kernel.astype("f8"))
        gradient = by_definition(wide, g.astype("f8"))[GRADIENTS.index(kind)]
        judgement, first = found(asked, gradient)
        assert judgement.status in PASSES
        assert first is None


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("size", [(2, 2), (4, 5), (9, 9)])
def test_is_a_bias_gradient_summed_in_its_own_narrow_format_named(dtype, size):
    named = 0
    for seed in range(8):
        g = np.random.default_rng(seed).standard_normal((2, *size, 6)).astype(dtype_named(dtype))
        case = Case(ConvSpec.make((1, 1)), g[..., :1], np.ones((1, 1, 1, 6), g.dtype))
        asked = Gradient(BIAS_GRADIENT, case, g)
        total = np.zeros(6, g.dtype)
        for terms in g.reshape(-1, 6):
            total = (total + terms).astype(g.dtype)
        output = Output("it", "it", asked.to_case_layout(total), dtypes=Dtypes(compute=dtype))
        (judgement,), findings = diagnosed(asked.case, output)
        if judgement.status in PASSES:  # few sums may be right by chance
            continue
        named += 1
        assert (findings[0].cause, findings[0].status) == (
            *("low-precision-accumulation", "supported"),
        )
    assert named > 2


def test_is_another_fault_of_a_narrow_bias_gradient_no_matter_of_sums():
    case, g = case_of(2)
    g = g.astype("f2")
    narrow = replace(case, input=case.input.astype("f2"), kernel=case.kernel.astype("f2"))
    asked = Gradient(BIAS_GRADIENT, narrow, g)
    for wrong in (2 * g.astype("f8").sum((0, 1, 2)), g.astype("f8").sum((0, 1, 2)) + 1):
        output = Output("it", "it", asked.to_case_layout(wrong.astype("f2")), dtypes=Dtypes())
        (judgement,), findings = diagnosed(asked.case, output)
        assert judgement.status not in PASSES
        assert findings[0].cause != "low-precision-accumulation"
