"""Faults of integer convolutions, of every kind that the catalogue has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from convcheck.quantized.case import QuantizedCase

from .planting import Numbers, by_definition

Rng = np.random.Generator
Plant = Callable[[Numbers, Rng], Any]
"""Changes the numbers in place, or returns other sums of products."""


@dataclass(frozen=True)
class Fault:
    """A fault, and how a case is drawn that has it."""

    name: str
    cause: str
    plant: Plant
    draw: dict[str, Any] = field(default_factory=dict)
    output: Callable[[Numbers, Any, Rng], Any] | None = None
    """Made of the numbers and of the right output; else a formula's."""


def _input_zero_point(n: Numbers, rng: Rng) -> None:
    n.x = n.x + n.p.input_zero_point
    n.padding = n.p.input_zero_point


def _input_zero_point_but_padding(n: Numbers, rng: Rng) -> None:
    n.x = n.x + n.p.input_zero_point


def _padding_zero_point(n: Numbers, rng: Rng) -> None:
    n.padding = -n.p.input_zero_point


def _kernel_zero_point(n: Numbers, rng: Rng) -> None:
    n.w = n.w + int(np.asarray(n.p.kernel_zero_point)[0])


def _output_zero_point(n: Numbers, rng: Rng) -> None:
    n.p = replace(n.p, output_zero_point=0)


def scales(change: Callable[[Any, Rng], Any]) -> Plant:
    def plant(n: Numbers, rng: Rng) -> None:
        n.p = replace(n.p, kernel_scale=change(n.p.w, rng))

    return plant


def _one_scale(w: Any, rng: Rng) -> Any:
    return np.full(len(w), [w.max(), w[0], w.mean()][rng.integers(3)], np.float32)


def _permuted(w: Any, rng: Rng) -> Any:
    order = rng.permutation(len(w))
    while (order == np.arange(len(w))).all():
        order = rng.permutation(len(w))
    return w[order]


def _swapped(w: Any, rng: Rng) -> Any:
    order = np.arange(len(w))
    order[0], order[1] = 1, 0
    return w[order]


def _bias_in(scale: Callable[[Numbers], Any]) -> Plant:
    def plant(n: Numbers, rng: Rng) -> None:
        n.bias = np.rint(n.beta.astype(float) / scale(n)).astype(np.int64)
        n.beta = (n.bias * (float(n.p.i) * n.p.w.astype(float))).astype(np.float32)

    return plant


def _bias_read_in(scale: Callable[[Numbers], Any]) -> Plant:
    def plant(n: Numbers, rng: Rng) -> None:
        meant = n.bias * scale(n)
        n.beta = meant.astype(np.float32)
        n.bias = np.rint(meant / (float(n.p.i) * n.p.w.astype(float))).astype(np.int64)

    return plant


def _pairs(n: Numbers, rng: Rng) -> Any:
    """vpmaddubsw by its definition, on unsigned inputs, padding included."""
    moved = 128 if n.p.input_dtype == "int8" else 0
    zero = n.p.input_zero_point + moved
    raw = n.x + zero
    total = np.zeros(n.case.output_shape, np.int64)
    inner = n.w.shape[2]
    for a, b in product(range(n.w.shape[0]), range(n.w.shape[1])):
        for first in range(0, inner, 2):
            one = np.zeros_like(n.w)
            one[a, b, first : first + 2] = n.w[a, b, first : first + 2]
            total += np.clip(by_definition(raw, one, n.case, zero), -(2**15), 2**15 - 1)
    return total - zero * n.w.sum(axis=(0, 1, 2))


def _wrap(bits: int) -> Plant:
    def plant(n: Numbers, rng: Rng) -> Any:
        half = 2 ** (bits - 1)
        return (n.products() + half) % 2**bits - half

    return plant


def _limits(change: Callable[[int, int, Numbers], tuple[int, int]]) -> Plant:
    def plant(n: Numbers, rng: Rng) -> None:
        o, z = float(n.p.o), n.p.output_zero_point
        info = np.iinfo(n.p.input_dtype)
        low = {"relu": 0.0, "relu6": 0.0, "relu_n1_to_1": -1.0, "none": -np.inf}[n.p.activation]
        high = {"relu": np.inf, "relu6": 6.0, "relu_n1_to_1": 1.0, "none": np.inf}[n.p.activation]
        ends = [int(np.clip(np.rint(z + end / o), info.min, info.max)) for end in (low, high)]
        n.limits = change(ends[0], ends[1], n)

    return plant


def _kernel(change: Callable[[Any], Any]) -> Plant:
    def plant(n: Numbers, rng: Rng) -> None:
        n.w = change(n.w)

    return plant


def _shifted_input(n: Numbers, rng: Rng) -> Any:
    """One more of padding before the columns, the last one lost."""
    rows, (before, after) = n.case.pads
    padded = np.pad(n.x, [(0, 0), rows, (before + 1, after), (0, 0)])[:, :, :-1]
    spec = replace(n.case.spec, padding="valid")
    return by_definition(padded, n.w, replace(n.case, spec=spec, input=padded))


def _other_side(n: Numbers, rng: Rng) -> Any:
    """One more of padding before, one fewer after, as torch pads a strided SAME."""
    (a, b), (c, d) = n.case.pads
    padded = np.pad(n.x, [(0, 0), (b, a), (d, c), (0, 0)])
    spec = replace(n.case.spec, padding="valid")
    case = replace(n.case, spec=spec, input=padded)
    return by_definition(padded, n.w, case)


def _reordered_filters(n: Numbers, rng: Rng) -> None:
    n.w = n.w[..., ::-1]
    n.bias = None if n.bias is None else n.bias[::-1]
    n.beta = None if n.beta is None else n.beta[::-1]


def _reordered_with_scales(n: Numbers, rng: Rng) -> None:
    _reordered_filters(n, rng)
    n.p = replace(n.p, kernel_scale=n.p.w[::-1])


def _bias_reversed(n: Numbers, rng: Rng) -> None:
    n.bias, n.beta = n.bias[::-1], n.beta[::-1]


def _bias_twice(n: Numbers, rng: Rng) -> None:
    n.bias, n.beta = 2 * n.bias, 2 * n.beta


def _no_bias(n: Numbers, rng: Rng) -> None:
    n.bias = n.beta = None


def _dilations_ignored(n: Numbers, rng: Rng) -> Any:
    case = n.case
    reach = [(k - 1) * (d - 1) for k, d in zip(n.w.shape, case.spec.dilations, strict=False)]
    spec = replace(case.spec, dilations=(1, 1), padding="valid")
    x = np.pad(n.x, [(0, 0), *case.pads, (0, 0)])
    x = x[:, : x.shape[1] - reach[0], : x.shape[2] - reach[1]]
    return by_definition(x, n.w, replace(case, spec=spec, input=x))


def _few_wrong(n: Numbers, right: Any, rng: Rng) -> Any:
    out = right.copy().ravel()
    where = rng.choice(out.size, 3, replace=False)
    info = np.iinfo(out.dtype)
    out[where] = np.where(out[where] > (info.min + info.max) // 2, info.min, info.max)
    return out.reshape(right.shape)


SAME = {"padding": "same"}
CATALOGUED = (
    Fault("input zero point", "zero-point-ignored", _input_zero_point),
    Fault("input zero point, padding 0", "zero-point-ignored", _input_zero_point_but_padding),
    Fault("padding zero point", "zero-point-ignored", _padding_zero_point, SAME),
    Fault(
        "kernel zero point", "zero-point-ignored", _kernel_zero_point, {"kernel_zero_point": True}
    ),
    Fault("output zero point", "zero-point-ignored", _output_zero_point),
    Fault("one scale", "scale-by-tensor", scales(_one_scale)),
    Fault("scales reversed", "scale-order", scales(lambda w, rng: w[::-1])),
    Fault("scales shifted", "scale-order", scales(lambda w, rng: np.roll(w, 1))),
    Fault("scales permuted", "scale-order", scales(_permuted), {"filters": 9}),
    Fault("two scales swapped", "scale-order", scales(_swapped), {"filters": 6}),
    Fault("bias in o", "bias-scale", _bias_in(lambda n: float(n.p.o))),
    Fault("bias in i", "bias-scale", _bias_in(lambda n: float(n.p.i))),
    Fault("bias in w", "bias-scale", _bias_in(lambda n: n.p.w.astype(float))),
    Fault("bias in 1", "bias-scale", _bias_in(lambda n: 1.0)),
    Fault("bias in i*w[0]", "bias-scale", _bias_in(lambda n: float(n.p.i) * float(n.p.w[0]))),
    Fault(
        "bias read in i*w[0]", "bias-scale", _bias_read_in(lambda n: float(n.p.i) * float(n.p.w[0]))
    ),
    Fault("pairs", "saturated-pairs", _pairs, {"channels": 4}),
    Fault("wraps in 16 bits", "accumulator-wrap", _wrap(16)),
    Fault(
        "relu one below",
        "activation-bounds",
        _limits(lambda a, b, n: (a - 1, b)),
        {"activation": "relu"},
    ),
    Fault(
        "relu6 one above",
        "activation-bounds",
        _limits(lambda a, b, n: (a, b + 1)),
        {"activation": "relu6"},
    ),
    Fault(
        "relu6 one short",
        "activation-bounds",
        _limits(lambda a, b, n: (a, b - 1)),
        {"activation": "relu6"},
    ),
    Fault(
        "relu left out",
        "activation-bounds",
        _limits(lambda a, b, n: n.p.dtype_limits),
        {"activation": "relu"},
    ),
    Fault(
        "relu for relu6",
        "activation-bounds",
        _limits(lambda a, b, n: (a, n.p.dtype_limits[1])),
        {"activation": "relu6"},
    ),
    Fault("kernel flipped", "kernel-flip", _kernel(lambda w: w[::-1, ::-1])),
    Fault("kernel transposed", "kernel-transpose", _kernel(lambda w: np.swapaxes(w, 0, 1))),
    Fault("shifted", "spatial-shift", _shifted_input),
    Fault("other side", "same-padding-side", _other_side, {"padding": "same", "strides": 2}),
    Fault("filters reversed", "channel-order", _reordered_filters),
    Fault("filters reversed with scales", "channel-order", _reordered_with_scales),
    Fault("input channels reversed", "channel-order", _kernel(lambda w: w[:, :, ::-1])),
    Fault("bias reversed", "bias-order", _bias_reversed),
    Fault("bias twice", "bias-twice", _bias_twice),
    Fault("no bias", "missing-bias", _no_bias),
    Fault("no dilation", "dilation-ignored", _dilations_ignored, {"dilations": 2}),
    Fault("few wrong", "corrupted-elements", lambda n, rng: None, {"strides": 1}, _few_wrong),
)
"""Every kind that the catalogue has."""


def planted(fault: Fault, quantized: QuantizedCase, formula: str, rng: Rng) -> Any:
    """The output with the fault."""
    numbers = Numbers.of(quantized)
    if fault.output is not None:
        return fault.output(numbers, numbers.output(formula), rng)
    products = fault.plant(numbers, rng)
    return numbers.output(formula, products)
