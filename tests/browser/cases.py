"""Ten cases as a user's files, and what NumPy and fractions say of each of their elements."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
Index = tuple[int, ...]


@dataclass
class Made:
    """A case with two outputs, computed here tap by tap from the definition."""

    name: str
    x: Array
    kernel: Array
    """(*taps, channels of a group, filters); transposed (*taps, filters of a group, channels)."""
    dtypes: tuple[str, str]
    """In which the two outputs are computed."""
    strides: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    dilations: tuple[int, ...]
    groups: int = 1
    transposed: bool = False
    bias: Array | None = None
    faulty: bool = False
    """Whether the second output is a row off, which anybody sees."""

    @cached_property
    def outputs(self) -> list[Array]:
        """Both, when they are first asked for: they take a while."""
        rng = np.random.default_rng(len(self.name))
        first, second = (self.convolved(np.dtype(dtype)) for dtype in self.dtypes)
        # Some steps away, so that the two differ in the same format too.
        moved = rng.random(second.shape) < 0.3
        second = np.where(moved, np.nextafter(second, second.dtype.type(7)), second)
        return [first, np.roll(second, 1, axis=1) if self.faulty else second]

    @property
    def rank(self) -> int:
        return len(self.strides)

    @property
    def taps(self) -> tuple[int, ...]:
        return self.kernel.shape[: self.rank]

    @property
    def filters(self) -> int:
        """Of a group."""
        return self.kernel.shape[-2] if self.transposed else self.kernel.shape[-1] // self.groups

    @property
    def channels(self) -> int:
        """Of a group."""
        return self.x.shape[-1] // self.groups

    @property
    def shape(self) -> Index:
        sizes = []
        for i in range(self.rank):
            window = self.dilations[i] * (self.taps[i] - 1) + 1
            size, stride, pad = self.x.shape[i + 1], self.strides[i], sum(self.pads[i])
            forward = (size + pad - window) // stride + 1
            sizes.append((size - 1) * stride + window - pad if self.transposed else forward)
        return (self.x.shape[0], *sizes, self.filters * self.groups)

    def read(self, axis: int, position: int, tap: int) -> int | None:
        """The input's position that a tap reads along an axis; None outside."""
        stride, dilation, before = self.strides[axis], self.dilations[axis], self.pads[axis][0]
        if self.transposed:
            at, rest = divmod(position + before - tap * dilation, stride)
            found = at if rest == 0 else -1
        else:
            found = position * stride + tap * dilation - before
        return found if 0 <= found < self.x.shape[axis + 1] else None

    def weight(self, tap: Index, channel: int, output: int) -> np.generic:
        """The kernel's number for a channel of the group and a filter of all."""
        if self.transposed:
            group, filter_ = divmod(output, self.filters)
            return self.kernel[(*tap, filter_, group * self.channels + channel)]
        return self.kernel[(*tap, channel, output)]

    def patch(self, index: Index, channel: int) -> list[np.generic | None]:
        """What each tap reads, the last axis fastest."""
        first = index[-1] // self.filters * self.channels
        values: list[np.generic | None] = []
        for tap in product(*(range(size) for size in self.taps)):
            at = [self.read(axis, index[axis + 1], tap[axis]) for axis in range(self.rank)]
            inside = None not in at
            values.append(self.x[(index[0], *at, first + channel)] if inside else None)  # type: ignore[arg-type]
        return values

    def weights(self, index: Index, channel: int) -> list[np.generic]:
        taps = product(*(range(size) for size in self.taps))
        return [self.weight(tap, channel, index[-1]) for tap in taps]

    def exact(self, index: Index) -> Fraction | float:
        """A fraction; a float where NaN or an infinity is among the numbers."""
        bias = [self.bias[index[-1]]] if self.bias is not None else []
        pairs = [(value, np.float32(1)) for value in bias]
        for channel in range(self.channels):
            read = zip(self.patch(index, channel), self.weights(index, channel), strict=True)
            pairs += [(value, weight) for value, weight in read if value is not None]
        if all(np.isfinite(value) for value, _ in pairs):
            return sum((Fraction(x.item()) * Fraction(k.item()) for x, k in pairs), Fraction(0))
        with np.errstate(invalid="ignore"):
            return float(sum(np.float64(x) * np.float64(k) for x, k in pairs))

    def convolved(self, dtype: np.dtype[np.generic]) -> Array:
        """In this format, one tap after another."""
        out = np.zeros(self.shape, dtype)
        with np.errstate(invalid="ignore"):
            for index in np.ndindex(*self.shape):
                total = dtype.type(0)
                for channel in range(self.channels):
                    weights = self.weights(index, channel)
                    for x, k in zip(self.patch(index, channel), weights, strict=True):
                        if x is not None:
                            total += x.astype(dtype) * k.astype(dtype)
                out[index] = (
                    total if self.bias is None else total + self.bias[index[-1]].astype(dtype)
                )
        return out

    def save(self, folder: Path) -> list[str]:
        """Write the files; the command line's options that make a check of them."""
        options = ["--input", "x.npy", "--kernel", "k.npy", "-i", "file:first.npy"]
        options += ["-i", "file:second.npy", "--groups", str(self.groups)]
        arrays = {
            "x": self.x,
            "k": self.kernel,
            "first": self.outputs[0],
            "second": self.outputs[1],
        }
        if self.bias is not None:
            arrays["b"] = self.bias
            options += ["--bias", "b.npy"]
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        for name, values in (("--strides", self.strides), ("--dilations", self.dilations)):
            options += [name, ",".join(map(str, values))]
        options += ["--padding", ",".join(f"{before}:{after}" for before, after in self.pads)]
        return options + (["--transposed"] if self.transposed else [])


def ulp(value: float, dtype: np.dtype[np.generic]) -> float:
    """The distance of the numbers of a format in the binade of a value."""
    info = np.finfo(dtype)
    least = math.frexp(float(info.smallest_normal))[1]
    exponent = max(math.frexp(value)[1], least) if value else least
    return math.ldexp(1.0, exponent - 1 - info.nmant)


def ten() -> list[Made]:
    """Ranks 1 to 3, strides, dilations, padding, transposed, groups, depthwise, bias, formats."""
    rng = np.random.default_rng(15)

    def normal(*shape: int, dtype: str = "float32") -> Array:
        return rng.standard_normal(shape).astype(dtype)

    f32, f64 = ("float32", "float32"), ("float64", "float32")
    holes = normal(1, 12, 14, 2)
    holes[0, 3, 4, 0], holes[0, 8, 9, 1], holes[0, 9, 2, 0] = np.nan, np.inf, -np.inf
    return [
        Made("photo", rng.integers(0, 256, (1, 20, 28, 3)) / 255, np.ones((7, 7, 3, 1), np.float32),
             f64, (1, 1), ((3, 3), (3, 3)), (1, 1)),
        Made("curve", normal(2, 40, 2), normal(5, 2, 3), f32, (2,), ((1, 3),), (2,),
             bias=normal(3)),
        Made("curve-transposed", normal(1, 15, 4, dtype="float64"),
             normal(3, 1, 4, dtype="float64"), ("float64", "float64"), (2,), ((0, 1),), (1,),
             groups=2, transposed=True),
        Made("grouped", normal(2, 15, 13, 4), normal(3, 2, 2, 6), f32, (2, 1),
             ((0, 2), (1, 0)), (1, 3), groups=2, bias=normal(6), faulty=True),
        Made("depthwise-half", normal(1, 11, 9, 5, dtype="float16"),
             normal(3, 3, 1, 5, dtype="float16"), ("float16", "float16"), (1, 1),
             ((1, 1), (1, 1)), (1, 1), groups=5),
        Made("transposed", normal(1, 6, 7, 4), normal(2, 3, 3, 4), f32, (3, 2),
             ((0, 0), (1, 1)), (1, 1), groups=2, transposed=True),
        Made("volume", normal(1, 7, 8, 9, 2), normal(2, 3, 3, 2, 2), f32, (2, 1, 1),
             ((0, 0), (1, 1), (2, 0)), (1, 1, 2), bias=normal(2)),
        Made("volume-transposed", normal(1, 3, 4, 5, 2, dtype="float64"),
             normal(3, 2, 3, 2, 2, dtype="float64"), f64, (2, 1, 2), ((1, 0), (0, 0), (0, 1)),
             (1, 2, 1), transposed=True),
        Made("holes", holes, normal(3, 3, 2, 2), f32, (1, 1), ((1, 1), (1, 1)), (1, 1)),
        Made("many-channels", normal(1, 5, 6, 24), normal(3, 3, 24, 16), f32, (1, 1),
             ((1, 1), (1, 1)), (1, 1), bias=np.zeros(16, np.float32)),
    ]  # fmt: skip
