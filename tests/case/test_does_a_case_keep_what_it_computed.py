"""Are a case's axes and output shape computed once, and anew in a changed case?"""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec


def case(channels: int = 2, **settings: object) -> Case:
    kernel = np.ones((3, 3, channels // settings.get("groups", 1), 4))
    return Case(ConvSpec.make((3, 3), **settings), np.ones((1, 8, 9, channels)), kernel)


def test_are_axes_and_output_shape_computed_once() -> None:
    one = case()
    assert one.axes is one.axes
    assert one.output_shape is one.output_shape
    assert one.pads == tuple((a.before, a.after) for a in one.spec.axes(one.input.shape))


def test_does_a_changed_case_have_axes_of_its_own() -> None:
    one = case()
    assert one.output_shape == (1, 8, 9, 4)
    other = replace(one, spec=ConvSpec.make((3, 3), strides=2, padding="valid"))
    assert [axis.out for axis in other.axes] == [3, 4]
    assert other.output_shape == (1, 3, 4, 4)
    assert [axis.out for axis in one.axes] == [8, 9]


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))]
)
def test_does_a_copy_hold_the_same(again) -> None:
    one = case(strides=2)
    back = again(one)
    assert (back.axes, back.output_shape, back.spec) == (one.axes, one.output_shape, one.spec)
    assert np.array_equal(back.kernel, one.kernel)
    assert back != one  # equality is identity, as arrays have no equality of their own


def test_can_a_case_not_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        case().spec = ConvSpec.make((1, 1))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("channels", "groups", "depthwise"), [(4, 4, True), (4, 2, False), (4, 1, False), (1, 1, False)]
)
def test_is_depthwise_a_group_for_each_of_several_channels(channels, groups, depthwise) -> None:
    assert case(channels, groups=groups).is_depthwise is depthwise
