"""Convolutions as the references of Keras's own layer tests compute them, written anew.

Their way, for any rank: the kernel is spread with zeros for its dilation, SAME pads by the layer's
formula, a forward output is a window times the kernel, summed; a transposed layer adds a scaled
kernel to the output for each input position, and cuts what ``output_padding`` and the padding say.
Nothing of ours is used. Sums are NumPy's, in the arrays' own format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """The arguments of a layer, by Keras's names; strides and dilations by axis."""

    kind: str
    """``conv``, ``depthwise`` or ``transpose``."""
    spatial: Axes
    kernel_size: Axes
    strides: Axes
    padding: str
    dilation_rate: Axes
    groups: int = 1
    use_bias: bool = True
    dtype: str = "float32"
    channels: int = 4
    filters: int = 6

    def __str__(self) -> str:
        words = [self.kind, *("x".join(map(str, v)) for v in (self.spatial, self.kernel_size))]
        words += [f"strides={self.strides}", self.padding, f"dilation={self.dilation_rate}"]
        return "-".join([*words, f"groups={self.groups}", self.dtype]).replace(" ", "")

    def arrays(self) -> tuple[Any, Any, Any]:
        """Input, kernel (HWIO, depthwise HWCM, transposed HWOI) and bias."""
        rng = np.random.default_rng(len(str(self)))
        ends = {
            "conv": (self.channels // self.groups, self.filters),
            "depthwise": (self.channels, 2),
            "transpose": (self.filters, self.channels),
        }[self.kind]
        outputs = 2 * self.channels if self.kind == "depthwise" else self.filters
        shapes = ((2, *self.spatial, self.channels), (*self.kernel_size, *ends), (outputs,))
        x, kernel, bias = (rng.standard_normal(shape).astype(self.dtype) for shape in shapes)
        return x, kernel, bias if self.use_bias else None


def layers() -> Iterator[Layer]:
    """Layers such as Keras tests, of each kind and rank."""
    sides: dict[int, Axes] = {1: (10,), 2: (8, 9), 3: (5, 6, 7)}
    for rank, padding, dtype in product((1, 2, 3), ("valid", "same"), ("float32", "float64")):
        plain = (1,) * rank
        for size in ((2,) * rank, (3,) * rank, (3, 2, 1)[:rank] if rank > 1 else (4,)):
            common = {"spatial": sides[rank], "kernel_size": size, "padding": padding}
            steps: tuple[tuple[Axes, Axes], ...] = (
                (plain, plain),
                ((2,) * rank, plain),
                ((2, 3, 1)[:rank], plain),
                (plain, (2,) * rank),
            )
            for strides, dilation in dict.fromkeys(steps):
                words = {**common, "strides": strides, "dilation_rate": dilation, "dtype": dtype}
                yield Layer("conv", **words)
                if rank < 3 and len(set(strides)) == 1:
                    yield Layer("depthwise", **words)
                yield Layer("transpose", **words)
            yield Layer("conv", **common, strides=plain, dilation_rate=plain, groups=2, dtype=dtype)


def output(layer: Layer, x: Any, kernel: Any, bias: Any) -> Any:
    """What the layer computes."""
    if layer.kind == "transpose":
        y = _transposed(layer, x, _spread(kernel, layer.dilation_rate))
    elif layer.kind == "depthwise":
        kernel = _spread(kernel, layer.dilation_rate)
        each = [
            _forward(layer, x[..., c : c + 1], kernel[..., c : c + 1, :])
            for c in range(layer.channels)
        ]
        y = np.concatenate(each, axis=-1)
    else:
        kernel = _spread(kernel, layer.dilation_rate)
        inputs = np.split(x, layer.groups, axis=-1)
        kernels = np.split(kernel, layer.groups, axis=-1)
        y = np.concatenate([_forward(layer, *p) for p in zip(inputs, kernels, strict=True)], -1)
    return y if bias is None else y + bias


def _spread(kernel: Any, rates: Axes) -> Any:
    """Zeros between the taps."""
    size = [(k - 1) * d + 1 for k, d in zip(kernel.shape, rates, strict=False)]
    wide = np.zeros((*size, *kernel.shape[len(rates) :]), kernel.dtype)
    wide[tuple(slice(None, None, d) for d in rates)] = kernel
    return wide


def _forward(layer: Layer, x: Any, kernel: Any) -> Any:
    rank = len(layer.kernel_size)
    size = kernel.shape[:rank]
    if layer.padding == "same":
        around = []
        for length, k, s in zip(x.shape[1:-1], size, layer.strides, strict=True):
            left = length % s
            pad = max(k - (s if left == 0 else left), 0)
            around.append((pad // 2, pad - pad // 2))
        x = np.pad(x, [(0, 0), *around, (0, 0)])
    counts = [
        (length - k) // s + 1
        for length, k, s in zip(x.shape[1:-1], size, layer.strides, strict=True)
    ]
    y = np.zeros((len(x), *counts, kernel.shape[-1]), x.dtype)
    for place in product(*map(range, counts)):
        starts = [i * s for i, s in zip(place, layer.strides, strict=True)]
        window = x[(slice(None), *(slice(a, a + k) for a, k in zip(starts, size, strict=True)))]
        flat = window.reshape(len(x), -1)
        y[(slice(None), *place)] = flat @ kernel.reshape(-1, kernel.shape[-1])
    return y


def _transposed(layer: Layer, x: Any, kernel: Any) -> Any:
    rank = len(layer.kernel_size)
    size, lengths = kernel.shape[:rank], x.shape[1:-1]
    same = layer.padding == "same"
    full = [(n - 1) * s + k for n, s, k in zip(lengths, layer.strides, size, strict=True)]
    # A valid layer without output_padding fills a window up to its stride.
    counts = [
        n * s if same else n * s + max(k - s, 0)
        for n, s, k in zip(lengths, layer.strides, size, strict=True)
    ]
    cut = [max(k - s, 0) // 2 if same else 0 for k, s in zip(size, layer.strides, strict=True)]
    room = [max(f, c + b) for f, c, b in zip(full, counts, cut, strict=True)]
    y = np.zeros((len(x), *room, kernel.shape[-2]), x.dtype)
    for place in product(*map(range, lengths)):
        part = tuple(
            slice(i * s, i * s + k) for i, s, k in zip(place, layer.strides, size, strict=True)
        )
        given = x[(slice(None), *place)]
        y[(slice(None), *part)] += np.moveaxis(np.tensordot(kernel, given, (-1, -1)), -1, 0)
    return y[(slice(None), *(slice(b, b + c) for b, c in zip(cut, counts, strict=True)))]
