"""A student: the same kernel of ones over the same picture, and two sums that differ."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import User

SCRIPT = """
import os
import numpy as np
import tensorflow as tf
from keras.layers import Conv2D
from sklearn.datasets import load_sample_image

batch = (load_sample_image("china.jpg") / 255)[np.newaxis]
make = lambda: Conv2D(1, 7, padding="same", use_bias=False, kernel_initializer="ones")
{fix}
layer = make()
kernel = np.ones((7, 7, 3, 1), batch.dtype)
gap = float(np.sum(np.abs(tf.nn.conv2d(batch, kernel, 1, "SAME") - np.asarray(layer(batch)))))
open("gap.txt", "w").write(str(gap))
"""
LAYER = 'Conv2D(1, 7, padding="same", use_bias=False, kernel_initializer="ones"'


@pytest.mark.slow
def test_does_each_fix_make_the_two_the_same(user: User, needs: Callable[..., object]) -> None:
    needs("tf")
    needs("keras")
    report = user.asks("compare", "--kernel", "ones")
    assert (report.code, report.headline) == (0, "EQUAL UP TO ROUNDING")
    assert report.cause == "input-autocast"
    assert "casts the float64 input" in report.of("why")[0]
    assert gap_with(user, "") > 0.1
    layer, cast = report.of("fix")
    for words in (layer, cast):
        assert words.endswith("then the sum is 0")
    code = layer.partition(": ")[2].partition("   then")[0]
    assert gap_with(user, f"make = lambda: {code.replace('Conv2D(...', LAYER)}") == 0
    code = cast.partition(": ")[2].partition("   then")[0]
    assert gap_with(user, f"batch = {code}") == 0


def gap_with(user: User, fix: str) -> float:
    user.runs(SCRIPT.replace("{fix}", fix))
    return float((user.folder / "gap.txt").read_text())
