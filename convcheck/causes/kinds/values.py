"""What is done with numbers: scaled or normalized, a bias left out, activations, overflow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Fix, Hypothesis, PostOp, Shape, always, say
from convcheck.causes.geometry_fixes import in_wider, right_call
from convcheck.causes.undo import in_any, undo
from convcheck.truth.formats import format_of

if TYPE_CHECKING:
    from convcheck.case.case import Array

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""torchvision's ``Normalize`` for images in 0 to 1, RGB."""
CAFFE_MEAN = (103.939, 116.779, 123.68)
"""keras.applications' mode ``caffe`` for images in 0 to 255, BGR."""
SCALES = ((1 / 255, "divided by 255"), (255.0, "times 255"), (1 / 127.5, "divided by 127.5"))
PREPROCESS = "preprocess the input once, the same way, before both; until then"


def _input(
    cause: str,
    detail: str,
    change: Callable[[Array], Array],
    roundings: int,
    shift: float | None = 0.0,
) -> Hypothesis:
    def changed(case: Case) -> Case:
        return replace(case, input=change(case.input.astype(np.float64)))

    return Hypothesis(cause, detail, changed, roundings=roundings, shift=shift)


def _scales(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    for scale, word in SCALES:
        change = partial(_times, factor=scale)
        yield replace(
            _input("input-scale", f"the input {word}", change, 2), fix=scaled_back("x", scale)
        )


def scaled_back(name: str, scale: float) -> Fix:
    """Undoes a factor; simple ones as people write them."""
    back = 1 / scale
    simple = round(2 * back) / 2
    # As a float: 9 times an array of uint8 would be uint8.
    change = f"* {simple!r}" if simple and math.isclose(back, simple) else f"/ {scale!r}"
    words = "scale in one place alone; until then"
    torch = "weight" if name == "kernel" else name
    ours, theirs = f"{name} = {name} {change}", f"{torch} = {torch} {change}"
    return undo(ours, theirs, words, any_layout=True)


def _kernel_scales(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    for scale, word in SCALES:
        yield Hypothesis(
            "kernel-scale",
            f"the kernel {word}",
            partial(_scaled_kernel, factor=scale),
            "kernel",
            roundings=2,
            fix=scaled_back("kernel", scale),
        )


def _scaled_kernel(case: Case, factor: float) -> Case:
    return replace(case, kernel=case.kernel.astype(np.float64) * factor)


def _output_scales(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    for scale, word in SCALES:
        scaled = PostOp(f"scaled by {scale:.8g}", partial(_times, factor=scale), scale, 3)
        yield Hypothesis(
            "output-scale",
            f"the output {word}",
            post_op=scaled,
            changes="values",
            fix=scaled_back("y", scale),
        )


def _normalizations(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    plain: tuple[tuple[str, Callable[[Array], Array], float | None, str], ...] = (
        ("x / 127.5 - 1", lambda x: x / 127.5 - 1, 1.0, "(x + 1) * 127.5"),
        ("2 x - 1", lambda x: 2 * x - 1, 1.0, "(x + 1) / 2"),
        ("x - 0.5", lambda x: x - 0.5, 0.5, "x + 0.5"),
        ("x less its own mean, over its own deviation", _standardized, None, ""),
        ("x less its own mean", lambda x: x - x.mean(axis=_per_image(x), keepdims=True), None, ""),
    )
    for word, change, shift, back in plain:
        found = _input("input-normalization", f"the input normalized: {word}", change, 4, shift)
        yield replace(
            found, fix=in_any(f"x = {back}", PREPROCESS, any_layout=True) if back else None
        )
    if case.input.shape[-1] != 3:
        return
    mean, std, caffe = (np.array(v) for v in (IMAGENET_MEAN, IMAGENET_STD, CAFFE_MEAN))
    far, dark = float((mean / std).max()), float(caffe.max())
    means, deviations = f"np.array({IMAGENET_MEAN})", f"np.array({IMAGENET_STD})"
    dark_means = f"np.array({CAFFE_MEAN})"
    colours: tuple[tuple[str, Callable[[Array], Array], float, str], ...] = (
        (
            "(x - ImageNet mean) / std",
            lambda x: (x - mean) / std,
            far,
            f"x * {deviations} + {means}",
        ),
        (
            "(x / 255 - ImageNet mean) / std",
            lambda x: (x / 255 - mean) / std,
            far,
            f"(x * {deviations} + {means}) * 255",
        ),
        (
            "channels reversed, less caffe's mean",
            lambda x: x[..., ::-1] - caffe,
            dark,
            f"(x + {dark_means})[..., ::-1]",
        ),
        (
            "times 255, channels reversed, less caffe's mean",
            lambda x: 255 * x[..., ::-1] - caffe,
            dark,
            f"(x + {dark_means})[..., ::-1] / 255",
        ),
        (
            "x std + ImageNet mean, undoing what was there",
            lambda x: x * std + mean,
            0.5,
            f"(x - {means}) / {deviations}",
        ),
    )
    for word, change, shift, back in colours:
        found = _input("input-normalization", f"the input normalized: {word}", change, 4, shift)
        yield replace(found, fix=undo(f"x = {back}", words=PREPROCESS))


def _per_image(x: Array) -> tuple[int, ...]:
    return tuple(range(1, x.ndim))


def _standardized(x: Array) -> Array:
    """As ``tf.image.per_image_standardization``."""
    axes = _per_image(x)
    least = 1 / math.sqrt(math.prod(x.shape[1:]))
    with np.errstate(over="ignore", invalid="ignore"):  # squares near the largest number
        deviation = np.maximum(x.std(axis=axes, keepdims=True), least)
        return np.array((x - x.mean(axis=axes, keepdims=True)) / deviation)


def _without_bias(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    yield Hypothesis("missing-bias", "no bias added", lambda c: replace(c, bias=None), "kernel")


def _times(values: Array, factor: float) -> Array:
    return values * factor


def _overflows(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    stored = {8, 16, 32} | {
        8 * dtype.itemsize for dtype in case.dtypes if dtype.itemsize < 8 and dtype.kind in "iu"
    }
    for bits in sorted(stored, reverse=True):
        for signed in (True, False):
            low = -(2.0 ** (bits - 1)) if signed else 0.0
            name = f"{'' if signed else 'u'}int{bits}"
            yield Hypothesis(
                "integer-overflow",
                f"the sums wrapped around to {name}",
                post_op=PostOp(f"wrap to {name}", partial(_wrapped, bits=bits, low=low)),
                changes="values",
            )
            yield Hypothesis(
                "integer-overflow",
                f"the sums clipped to {name}",
                post_op=PostOp(
                    f"clip to {name}",
                    partial(_clipped, bits=bits, low=low),
                ),
                changes="values",
            )


def _wrapped(y: Array, bits: int, low: float) -> Array:
    return np.array(np.mod(np.rint(y) - low, 2.0**bits) + low)


def _clipped(y: Array, bits: int, low: float) -> Array:
    return np.clip(np.rint(y), low, low + 2.0**bits - 1)


def _is_integer(case: Case) -> bool:
    return all(format_of(dtype).is_integer for dtype in case.dtypes)


INPUT_SCALE = Cause(
    "input-scale",
    fix=say("scale the input in one place, the same in both"),
    applies=always,
    hypotheses=_scales,
)
KERNEL_SCALE = Cause(
    "kernel-scale",
    fix=say("scale the kernel in one place: on export or in the layer, not in both"),
    applies=always,
    hypotheses=_kernel_scales,
)
CHANNEL_SCALE = Cause(
    "channel-scale",
    fix=say(
        "fold each channel's factor into kernel and bias of both, or into neither: batch norm's "
        "epsilon and statistics, weight norm, scales of quantized channels"
    ),
)
OUTPUT_SCALE = Cause(
    "output-scale",
    fix=say("leave the factor out, or fold it into the kernel of both"),
    applies=always,
    hypotheses=_output_scales,
)
INPUT_NORMALIZATION = Cause(
    "input-normalization",
    fix=say("preprocess the input once, the same way, before both"),
    applies=always,
    hypotheses=_normalizations,
)
OUTPUT_OFFSET = Cause(
    "output-offset", fix=partial(right_call, "give both the bias of the case, and add no more")
)
MISSING_BIAS = Cause(
    "missing-bias",
    fix=partial(right_call, "copy the bias too"),
    applies=lambda case: case.bias is not None,
    hypotheses=_without_bias,
    hint=hints.bias,
)
INTEGER_OVERFLOW = Cause(
    "integer-overflow",
    fix=partial(in_wider, "compute in float64, which holds every integer up to 2^53"),
    applies=_is_integer,
    hypotheses=_overflows,
    hint=hints.random_input,
)
