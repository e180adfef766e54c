"""Convolutions with a fault, computed here in float64 and stored as files.

Nothing of convcheck is imported: these arrays stay the same whatever becomes of the package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import ml_dtypes
import numpy as np

Array = Any


def convolve(
    x: Array,
    kernel: Array,
    strides: int = 1,
    pads: tuple[int, int] | list[tuple[int, int]] = (0, 0),
    dilations: int = 1,
    groups: int = 1,
    mode: str = "constant",
) -> Array:
    """The definition, tap by tap, in float64: input NHWC, kernel HWIO, any rank."""
    rank = x.ndim - 2
    pairs = [pads] * rank if isinstance(pads, tuple) else pads
    x = np.pad(x.astype("f8"), [(0, 0), *pairs, (0, 0)], mode=mode)  # type: ignore[call-overload]
    k = kernel.astype("f8")
    out = [(x.shape[i + 1] - dilations * (k.shape[i] - 1) - 1) // strides + 1 for i in range(rank)]
    each, filters = k.shape[-2], k.shape[-1] // groups
    y = np.zeros((x.shape[0], *out, k.shape[-1]))
    for tap in product(*(range(n) for n in k.shape[:-2])):
        window = tuple(
            slice(t * dilations, t * dilations + (n - 1) * strides + 1, strides)
            for t, n in zip(tap, out, strict=True)
        )
        read = x[(slice(None), *window)]
        for g in range(groups):
            some = slice(g * filters, (g + 1) * filters)
            y[..., some] += read[..., g * each : (g + 1) * each] @ k[tap][:, some]
    return y


def transposed(x: Array, kernel: Array, strides: int, crop: int) -> Array:
    """The definition of a transposed convolution, kernel HWOI, rank 2, cropped on every side."""
    n, h, w, _ = x.shape
    kh, kw, filters, _ = kernel.shape
    full = np.zeros((n, (h - 1) * strides + kh, (w - 1) * strides + kw, filters))
    for i, j in product(range(kh), range(kw)):
        part = x.astype("f8") @ kernel[i, j].astype("f8").T
        full[
            :, i : i + (h - 1) * strides + 1 : strides, j : j + (w - 1) * strides + 1 : strides
        ] += part
    return full[:, crop : full.shape[1] - crop, crop : full.shape[2] - crop]


@dataclass(frozen=True)
class Recorded:
    """A case and an output of it, as files; ``options`` are compare's."""

    name: str
    x: Array
    kernel: Array
    output: Array
    options: tuple[str, ...] = ()
    bias: Array | None = None
    query: str = ""
    """Of the recorded output: ``?dtype=float32``."""


@dataclass(frozen=True)
class Plain:
    """Random operands of one dtype, and the sound output."""

    dtype: str = "float32"
    size: int = 3
    channels: int = 4
    filters: int = 5
    side: int = 20
    rank: int = 2
    groups: int = 1
    seed: int = 0
    keys: dict[str, int] = field(default_factory=dict)

    def operands(self) -> tuple[Array, Array]:
        rng = np.random.default_rng([23, self.seed])
        x = rng.standard_normal((2, *(self.side + i for i in range(self.rank)), self.channels))
        k = rng.standard_normal(
            (*(self.size,) * self.rank, self.channels // self.groups, self.filters)
        )
        if np.dtype(self.dtype).kind in "iu":
            x, k = np.rint(np.abs(3 * x)), np.rint(np.abs(3 * k))
        return x.astype(self.dtype), k.astype(self.dtype)


Change = Callable[[Array, Array], Array]


def same(x: Array, k: Array, **keys: Any) -> Array:
    """Stride 1, an odd kernel: SAME pads half of it."""
    return convolve(x, k, pads=(k.shape[0] // 2, k.shape[0] // 2), **keys)


def _clip_bits(y: Array, bits: int) -> Array:
    return np.mod(y + 2.0 ** (bits - 1), 2.0**bits) - 2.0 ** (bits - 1)


def _tf32(values: Array) -> Array:
    bits = values.astype("f4").view("u4") & np.uint32(0xFFFFE000)
    return bits.view("f4")


def _bfloat16(values: Array) -> Array:
    return values.astype(ml_dtypes.bfloat16).astype("f4")


def _noise(y: Array) -> Array:
    return y + 1e-3 * np.abs(y).max() * np.random.default_rng(5).standard_normal(y.shape)


def _damaged(y: Array, number: int) -> Array:
    y = y.astype("f4").copy()
    y.ravel()[np.random.default_rng(6).choice(y.size, number, replace=False)] = 100
    return y


def _channel(y: Array) -> Array:
    y = y.copy()
    y[..., 2] = 0
    return y


def _nan(y: Array) -> Array:
    y = y.copy()
    y[0, 3, 4, 1] = np.nan
    return y


FAULTS: dict[str, Change] = {
    "sound": same,
    "kernel-flip": lambda x, k: same(x, k[::-1, ::-1]),
    "kernel-flip-one-axis": lambda x, k: same(x, k[::-1]),
    "kernel-transpose": lambda x, k: same(x, k.swapaxes(0, 1)),
    "channel-order": lambda x, k: same(x[..., ::-1], k),
    "filter-order": lambda x, k: same(x, k)[..., ::-1],
    "layout-reshape": lambda x, k: same(
        np.moveaxis(x.reshape(2, x.shape[-1], *x.shape[1:-1]), 1, -1), k
    ),
    "nchw": lambda x, k: np.moveaxis(same(x, k), -1, 1),
    "input-scale": lambda x, k: same(x.astype("f8") / 255, k),
    "input-normalization": lambda x, k: same(2.0 * x - 1, k),
    "output-scale": lambda x, k: same(x, k) / 27,
    "output-offset": lambda x, k: same(x, k) + 0.25,
    "output-offset-by-channel": lambda x, k: same(x, k) + np.arange(k.shape[-1]),
    "activation": lambda x, k: np.maximum(same(x, k), 0),
    "activation-tanh": lambda x, k: np.tanh(same(x, k)),
    "padding-valid": convolve,
    "padding-full": lambda x, k: convolve(x, k, pads=(2, 2)),
    "border-reflect": lambda x, k: same(x, k, mode="reflect"),
    "spatial-shift": lambda x, k: np.roll(same(x, k), 1, 1),
    "shift": lambda x, k: convolve(x, k, pads=[(2, 0), (1, 1)]),
    "channel-dropped": lambda x, k: same(x[..., :3], k[:, :, :3]),
    "reduced-tf32": lambda x, k: same(_tf32(x), _tf32(k)),
    "reduced-bfloat16": lambda x, k: same(_bfloat16(x), _bfloat16(k)),
    "flip-and-relu": lambda x, k: np.maximum(same(x, k[::-1, ::-1]), 0),
    "flip-and-scale": lambda x, k: 0.5 * same(x, k[::-1, ::-1]),
    "order-and-normalization": lambda x, k: same(2.0 * x[..., ::-1] - 1, k),
    "noise": lambda x, k: _noise(same(x, k)),
    "damaged-elements": lambda x, k: _damaged(same(x, k), 4),
    "damaged-channel": lambda x, k: _channel(same(x, k)),
    "not-finite": lambda x, k: _nan(same(x, k)),
    "quantized": lambda x, k: same(x, np.rint(k / (np.abs(k).max() / 127)) * np.abs(k).max() / 127),
    "zeros": lambda x, k: 0 * same(x, k),
    "wrong-rank": lambda x, k: same(x, k).reshape(2, -1),
}


def recordings() -> list[Recorded]:
    """Every recorded output, each with the options of its case."""
    found = []
    x, k = Plain().operands()
    for name, change in FAULTS.items():
        found.append(Recorded(name, x, k, change(x, k).astype("f4"), query="?dtype=float32"))
    found.append(Recorded("left-open", x, k, same(x, k).astype("f4")))
    for dtype in ("float64", "float16", "bfloat16", "int8", "int32", "uint8", "int16"):
        a, b = Plain(dtype, channels=2).operands()
        kind = np.dtype(dtype)
        y = same(a, b)
        found.append(Recorded(f"sound-{dtype}", a, b, y.astype(kind if kind.kind != "i" else "i4")))
        flipped = same(a, b[::-1, ::-1]).astype(dtype)
        found.append(Recorded(f"flip-{dtype}", a, b, flipped, query=f"?dtype={dtype}"))
    a, b = Plain("int8", channels=8, seed=1).operands()
    found.append(Recorded("integer-overflow", a, b, _clip_bits(same(a, b), 8).astype("i1")))
    a, b = Plain(rank=1).operands()
    found.append(Recorded("rank-1-flip", a, b, same(a, b[::-1]).astype("f4")))
    a, b = Plain(rank=3, side=7).operands()
    found.append(Recorded("rank-3-shift", a, b, np.roll(same(a, b), 1, 2).astype("f4")))
    even = convolve(x, k, 2, [(1, 0), (1, 1)]).astype("f4")
    found.append(Recorded("same-padding-side", x, k, even, ("--strides", "2")))
    found.append(
        Recorded("stride-phase", x, k, same(x, k)[:, ::2, ::2].astype("f4"), ("--strides", "2"))
    )
    dilated = ("--dilations", "2", "--padding", "valid")
    found.append(Recorded("dilation-ignored", x, k, convolve(x, k).astype("f4"), dilated))
    found.append(Recorded("dilation-as-stride", x, k, convolve(x, k, 2).astype("f4"), dilated))
    g, gk = Plain(groups=2, filters=6).operands()
    grouped = same(g, gk, groups=2).reshape(*g.shape[:-1], 2, 3).swapaxes(-1, -2)
    found.append(
        Recorded(
            "group-order", g, gk, grouped.reshape(*g.shape[:-1], 6).astype("f4"), ("--groups", "2")
        )
    )
    d, dk = Plain(groups=4, filters=8).operands()
    depthwise = same(d, dk, groups=4).reshape(*d.shape[:-1], 4, 2).swapaxes(-1, -2)
    found.append(
        Recorded(
            "depthwise-order",
            d,
            dk,
            depthwise.reshape(*d.shape[:-1], 8).astype("f4"),
            ("--groups", "4"),
        )
    )
    bias = np.random.default_rng(7).standard_normal(5).astype("f4")
    found.append(Recorded("missing-bias", x, k, same(x, k).astype("f4"), bias=bias))
    t, tk = np.swapaxes(k, -1, -2), ("--transposed", "--strides", "2", "--padding", "0")
    found.append(Recorded("transposed-sound", x, t, transposed(x, t, 2, 0).astype("f4"), tk))
    crop = ("--transposed", "--strides", "2", "--padding", "1")
    moved = np.roll(transposed(x, t, 2, 1), 1, 1).astype("f4")
    found.append(Recorded("transpose-crop", x, t, moved, crop))
    flipped = transposed(x, t[::-1, ::-1], 2, 1).astype("f4")
    found.append(Recorded("transpose-kernel-flip", x, t, flipped, crop))
    return found
