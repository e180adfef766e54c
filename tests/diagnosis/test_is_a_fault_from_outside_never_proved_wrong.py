"""Is nothing proved about faults that the catalogue does not have, but what they really are?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Output

from .planting import departs, diagnosed, wide

pytestmark = pytest.mark.slow

Fault = Callable[[Case, np.random.Generator], Any]


def draw(seed: int) -> Case:
    """Images of three channels; every other kernel has two equal filters, every third a bias."""
    rng = np.random.default_rng([53, seed])
    x = rng.standard_normal((2, 18, 18, 3)).astype("f4")
    kernel = rng.standard_normal((3, 3, 3, 4)).astype("f4")
    if seed % 2:
        kernel[..., 1] = kernel[..., 0]
    bias = rng.standard_normal(4).astype("f4") if seed % 3 == 0 else None
    return Case(ConvSpec.make((3, 3)), x, kernel, bias)


def input_changed(change: Callable[[Any, np.random.Generator], Any]) -> Fault:
    return lambda case, rng: wide(replace(case, input=change(case.input.astype("f8"), rng)))


def kernel_changed(change: Callable[[Any, np.random.Generator], Any]) -> Fault:
    return lambda case, rng: wide(replace(case, kernel=change(case.kernel.astype("f8"), rng)))


def output_changed(change: Callable[[Any, np.random.Generator], Any]) -> Fault:
    return lambda case, rng: change(wide(case), rng)


def permuted_bias(case: Case, rng: np.random.Generator) -> Any:
    bias = np.arange(1.0, 5.0).astype("f4") if case.bias is None else case.bias
    y = wide(replace(case, bias=None))
    return y + bias[[1, 0, 3, 2]]


def grey(x: Any, rng: np.random.Generator) -> Any:
    return np.repeat(x.mean(axis=-1, keepdims=True), 3, axis=-1)


def sharpened(x: Any, rng: np.random.Generator) -> Any:
    return x + 0.7 * (x - ndimage.uniform_filter(x, (1, 3, 3, 1)))


def warped(x: Any, rng: np.random.Generator) -> Any:
    moved = ndimage.shift(x, (0, *rng.uniform(0.2, 0.8, 2), 0), order=1)
    return ndimage.zoom(moved, 1.0)


def one_row_late(y: Any, rng: np.random.Generator) -> Any:
    y = y.copy()
    y[:, 9] = y[:, 8]
    return y


def halves_exchanged(y: Any, rng: np.random.Generator) -> Any:
    return np.concatenate([y[:, :, 9:], y[:, :, :9]], axis=2)


SCALES = {"input-scale", "kernel-scale", "output-scale", "channel-scale"}
FAULTS: dict[str, tuple[Fault, set[str]]] = {
    "bias permuted": (permuted_bias, {"bias-order", "output-offset"}),
    "grey replicated to RGB": (input_changed(grey), set()),
    "kernel negated": (kernel_changed(lambda k, rng: -k), SCALES),
    "kernels normalized": (
        kernel_changed(lambda k, rng: k / np.abs(k).sum(axis=(0, 1, 2))),
        SCALES | {"channel-scale+output-offset"},
    ),
    "image warped": (input_changed(warped), set()),
    "image sharpened": (input_changed(sharpened), set()),
    "image masked": (input_changed(lambda x, rng: x * (rng.random(x.shape) > 0.1)), set()),
    "image turned": (input_changed(lambda x, rng: np.rot90(x, 1, (1, 2))), set()),
    "gamma": (input_changed(lambda x, rng: np.sign(x) * np.abs(x) ** 1.1), set()),
    "image in few levels": (input_changed(lambda x, rng: np.rint(x * 8) / 8), set()),
    "kernel pruned": (
        kernel_changed(lambda k, rng: np.where(np.abs(k) < 0.3, 0, k)), set()),
    "kernel rolled by one tap": (
        kernel_changed(lambda k, rng: np.roll(k, 1, 0)), set()),
    "output masked": (output_changed(lambda y, rng: y * (rng.random(y.shape) > 0.1)), set()),
    "output cubed": (output_changed(lambda y, rng: y + 1e-3 * y**3), set()),
    "output smoothed": (output_changed(lambda y, rng: ndimage.uniform_filter(y, (1, 3, 3, 1))),
                        set()),
    "a row written twice": (output_changed(one_row_late), set()),
    "halves exchanged": (output_changed(halves_exchanged), set()),
    "multiplicative noise": (
        output_changed(lambda y, rng: y * (1 + 1e-4 * rng.standard_normal(y.shape))), set()),
    "one channel doubled": (
        output_changed(lambda y, rng: y * [1, 1, 2, 1]),
        {"channel-scale", "channel-scale+output-offset"}),
    "clipped by quantile": (
        output_changed(lambda y, rng: np.clip(y, *np.quantile(y, [0.1, 0.9]))),
        {"clipped", "activation"}),
}  # fmt: skip
"""Name -> fault, and what it may be proved to be: other words for the same numbers."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_is_nothing_wrong_proved(fault: str, count: int) -> None:
    change, right = FAULTS[fault]
    seen = Dtypes(input="float32", kernel="float32", compute="float32", output="float32")
    wrong, tried = [], 0
    for seed in range(count):
        case = draw(seed)
        values = np.asarray(change(case, np.random.default_rng(seed))).astype("f4")
        output = Output("it", "it", values, dtypes=seen)
        if not departs(case, output):
            continue
        tried += 1
        for found in diagnosed(case, output)[1]:
            if found.status == "proved" and not {found.cause, *found.also} & right:
                wrong.append((seed, found.cause, found.also, found.summary))
    assert tried
    assert not wrong
