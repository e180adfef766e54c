"""Are arrays of every layout brought into NHWC and HWIO, and wrong layouts recognized?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.layouts import (
    INPUT_LAYOUTS,
    KERNEL_LAYOUTS,
    other_layouts,
    to_canonical_kernel,
    to_channels_last,
)
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError

SIZES = {"N": 2, "D": 5, "H": 6, "W": 7, "C": 3, "I": 3, "O": 4, "M": 2}


def of(layout: str) -> np.ndarray:
    """An array whose every axis has its letter's size, and whose elements are all different."""
    shape = [SIZES[letter] for letter in layout]
    return np.arange(np.prod(shape)).reshape(shape)


@pytest.mark.parametrize("layout", INPUT_LAYOUTS)
def test_is_an_input_of_each_layout_read(layout):
    array = of(layout)
    own = to_channels_last(array, layout, "--input-layout")
    letters = "N" + layout.strip("NC") + "C"
    assert own.shape == tuple(SIZES[letter] for letter in letters)
    for index in np.ndindex(own.shape):
        at = dict(zip(letters, index, strict=True))
        assert own[index] == array[tuple(at[letter] for letter in layout)]


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("layout", [one for one in KERNEL_LAYOUTS if "M" not in one])
def test_is_a_kernel_of_each_layout_read(layout, transposed):
    array = of(layout)
    own, groups = to_canonical_kernel(array, layout, groups=1, transposed=transposed)
    letters = layout.strip("IO") + ("OI" if transposed else "IO")
    assert groups == 1
    for index in np.ndindex(own.shape):
        at = dict(zip(letters, index, strict=True))
        assert own[index] == array[tuple(at[letter] for letter in layout)]


@pytest.mark.parametrize("layout", ["WCM", "HWCM", "DHWCM"])
def test_is_a_depthwise_kernel_read_with_its_groups(layout):
    array = of(layout)
    own, groups = to_canonical_kernel(array, layout, groups=1, transposed=False)
    assert groups == 3
    assert own.shape == (*array.shape[:-2], 1, 6)
    for c in range(3):
        for m in range(2):  # groups count their outputs: channel c gives 2c and 2c + 1
            assert np.array_equal(own[..., 0, 2 * c + m], array[..., c, m])


@pytest.mark.parametrize(
    ("layout", "groups", "transposed", "words"),
    [
        ("HWCM", 2, False, "for 3 groups"),
        ("HWCM", 1, True, "forward depthwise"),
        ("OIW", 1, False, "3 axes"),
    ],
)
def test_is_a_layout_that_cannot_be_refused(layout, groups, transposed, words):
    kernel = np.zeros((3, 3, 3, 2))
    with pytest.raises(UsageError, match=words):
        to_canonical_kernel(kernel, layout, groups=groups, transposed=transposed)


TORCH = "--input-layout NCHW --kernel-layout OIHW"


@pytest.mark.parametrize(
    ("x", "k", "options", "looks_like"),
    [
        ((1, 3, 32, 32), (8, 3, 3, 3), {}, TORCH),
        ((1, 32, 32, 3), (8, 3, 3, 3), {}, "--kernel-layout OIHW"),
        ((1, 3, 32, 32), (3, 3, 3, 8), {}, "--input-layout NCHW"),
        ((1, 6, 32, 32), (8, 3, 3, 3), {"groups": 2}, TORCH),
        ((1, 4, 30), (8, 4, 5), {}, "--input-layout NCW --kernel-layout OIW"),
        ((1, 4, 9, 30, 31), (8, 4, 5, 5, 5), {}, "--input-layout NCDHW --kernel-layout OIDHW"),
        ((1, 32, 32, 5), (3, 3, 5, 2), {"groups": 5}, "--kernel-layout HWCM"),
        ((1, 3, 32, 32), (1, 3, 7, 7), {}, TORCH),
        ((1, 64, 32, 32), (64, 64, 1, 7), {}, TORCH),
        ((1, 8, 32, 32), (8, 4, 3, 3), {"transposed": True}, TORCH.replace("OI", "IO")),
    ],
)
def test_is_another_layout_recognized(x, k, options, looks_like):
    spec = ConvSpec.make(k[: len(k) - 2], **options)
    words = other_layouts(spec, x, k, None)
    assert f"looks like {looks_like}" in words


def test_is_nothing_said_where_no_layout_fits():
    assert other_layouts(ConvSpec.make((3, 3)), (1, 32, 32, 7), (3, 3, 5, 8), None) == ""


def test_is_nothing_said_where_the_kernel_would_be_odd():
    """A wrong number of channels, not a kernel of 5 by 1 in another layout."""
    assert other_layouts(ConvSpec.make((3, 3)), (1, 32, 32, 3), (3, 3, 5, 1), None) == ""


def test_are_layouts_that_were_given_left_alone():
    words = other_layouts(
        ConvSpec.make((8, 3)), (1, 32, 32, 3), (8, 3, 3, 3), None, known=["--kernel-layout"]
    )
    assert "--kernel-layout" not in words


def test_does_the_bias_decide_between_layouts():
    words = other_layouts(ConvSpec.make((3, 3)), (1, 3, 3, 3), (3, 3, 3, 3), (3,))
    assert "NCHW" in words
    assert other_layouts(ConvSpec.make((3, 3)), (1, 3, 3, 3), (3, 3, 3, 3), (5,)) == ""
