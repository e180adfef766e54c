"""Do words about a gradient speak of its own axes, and of what is summed over, not of others?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.passes import BIAS_GRADIENT, INPUT_GRADIENT, KERNEL_GRADIENT, Gradient
from convcheck.case.spec import ConvSpec
from tests.case.gradients_by_definition import by_definition

from .test_is_a_planted_gradient_fault_named import case_of, found


def computed(case: Any, g: Any, kind: str) -> Any:
    wide = replace(case, input=case.input.astype("f8"), kernel=case.kernel.astype("f8"))
    place = (INPUT_GRADIENT, KERNEL_GRADIENT, BIAS_GRADIENT).index(kind)
    return by_definition(wide, g.astype("f8"))[place]


def test_are_weights_of_images_told_as_such() -> None:
    """As of a sum that decays, or has an image twice."""
    case, g = case_of(1, groups=1, each=6, filters=6)
    weights = np.array([0.729, 0.81, 0.9, 1]).reshape(-1, 1, 1, 1)
    _, first = found(
        Gradient(KERNEL_GRADIENT, case, g), computed(case, g * weights, KERNEL_GRADIENT)
    )
    assert (first.cause, first.status) == ("input-scale", "proved")
    assert "the input's images times 0.729, 0.81, 0.9, 1" in first.summary
    assert "channel" not in first.summary
    assert "image" in first.fix


def test_are_factors_of_filters_told_as_such() -> None:
    case, g = case_of(2, groups=1, each=3, filters=3)
    scaled = replace(case, kernel=case.kernel * np.array([1, 2, 0.5], "f4"))
    gradient = computed(scaled, g, INPUT_GRADIENT)
    _, first = found(Gradient(INPUT_GRADIENT, case, g), gradient)
    assert (first.cause, first.status) == ("kernel-scale", "proved")
    assert "the kernel's filters times 1, 2, 0.5" in first.summary


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (np.s_[1], "number 1 of 0 to 2 along axis 0"),
        (np.s_[:, 2], "the last 1 of 3 along axis 1"),
        (np.s_[:, :, 1], "channel 1"),
        (np.s_[..., 4], "filter 4"),
    ],
)
def test_is_a_block_of_a_kernels_gradient_where_the_kernel_has_it(place: Any, words: str) -> None:
    case, g = case_of(3, groups=1, each=4, filters=6)
    gradient = computed(case, g, KERNEL_GRADIENT)
    gradient[place] = np.random.default_rng(0).standard_normal(gradient[place].shape) * 30
    _, first = found(Gradient(KERNEL_GRADIENT, case, g), gradient)
    assert first.cause in ("stale-block", "corrupted-channel")
    assert f"damaged, {words};" in first.summary


def test_is_an_element_of_a_bias_gradient_the_filter() -> None:
    case, g = case_of(4, groups=1, each=2, filters=8)
    gradient = computed(case, g, BIAS_GRADIENT)
    gradient[5] = 77
    _, first = found(Gradient(BIAS_GRADIENT, case, g), gradient)
    assert "(5,)" in first.summary or "filter 5" in first.summary


@pytest.mark.parametrize("kind", [INPUT_GRADIENT, KERNEL_GRADIENT])
def test_is_another_crop_named_where_outputs_are_appended_to(kind: str) -> None:
    """Outputs that no tap reaches, with a kernel below its stride, are no input's gradient."""
    draw = np.random.default_rng(5)
    spec = ConvSpec.make((4, 2), strides=(1, 3), padding="same", transposed=True)
    x = draw.standard_normal((2, 7, 8, 4)).astype("f4")
    case = Case(spec, x, draw.standard_normal((4, 2, 3, 4)).astype("f4"))
    assert [after for _, after in case.pads] == [2, -1]
    g = draw.standard_normal(case.output_shape).astype("f4")
    shifted = replace(spec, padding=((0, 3), (0, 0)), output_padding=(0, 1))
    _, first = found(Gradient(kind, case, g), computed(replace(case, spec=shifted), g, kind))
    assert (first.cause, first.status) == ("transpose-crop", "proved")
    assert "0, 0 cropped before each axis" in first.summary
