"""Inputs that tell formulas apart: sums next to where a rounding turns, as a 1x1 convolution.

Ordinary data tells one rounding from two, but float32 formulas from each other at one element of a
million only. So for every channel and every half k + 1/2 of the output's range the integers nearest
to (k + 1/2)/M are tried, a few float32 steps to each side, and kept where formulas differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Integers, Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS, formula_named
from convcheck.quantized.sums import exact_sums

HALVES = 256
"""Halves tried for each channel: all of an 8-bit output's, some of a 16-bit one's."""
REACH = 2
"""Sums tried to each side of a half."""
LARGEST = {"int8": 2**30, "uint8": 2**30, "int16": 2**46}
"""Sums stay below: no register wraps."""
CHANNELS_WITHOUT_BIAS = 64
"""Input channels that make up a sum without a bias, at most."""


@dataclass(frozen=True, eq=False)
class Separating:
    """A case that tells formulas apart, and how well it does."""

    quantized: QuantizedCase
    apart: dict[tuple[str, str], int]
    """How many elements differ between two formulas."""

    @property
    def blind(self) -> tuple[tuple[str, str], ...]:
        """The pairs that no element tells apart."""
        return tuple(pair for pair, count in self.apart.items() if not count)


def separating(
    parameters: Parameters,
    names: Sequence[str],
    *,
    bias: bool = True,
    depthwise: bool = False,
    transposed: bool = False,
    per_pair: int = 50,
    seed: int = 0,
) -> Separating:
    """A 1x1 convolution of one pixel whose outputs differ between as many of these formulas as can.

    Its output channels are the chosen elements, with the kernel scales of ``parameters`` in any
    order; their number is 15 more than a multiple of 16, and the last of them are such that
    formulas with a vectorized part and a rest differ in the rest. Without a bias the sums are made
    up of ``CHANNELS_WITHOUT_BIAS`` products at most, and so are smaller.
    """
    rng = np.random.default_rng(seed)
    channels, acc = _candidates(parameters, bias)
    if acc.size == 0:
        raise UsageError(
            "every output of these scales needs a sum beyond 32 bits; use a larger kernel scale, "
            "or a smaller output scale"
        )
    everyone = _realized(parameters, channels, acc, bias, depthwise, transposed)
    kept = _with_tail(everyone, _chosen(everyone, _told_by(names), per_pair, rng))
    quantized = _realized(parameters, channels[kept], acc[kept], bias, depthwise, transposed)
    outputs = _outputs(quantized, names)
    apart = {
        (a, b): int(np.count_nonzero(outputs[a] != outputs[b])) for a, b in combinations(names, 2)
    }
    return Separating(quantized, apart)


def _outputs(quantized: QuantizedCase, names: Sequence[str]) -> dict[str, Integers]:
    sums = exact_sums(quantized)
    return {name: FORMULAS[name].output(sums, quantized.parameters).ravel() for name in names}


def spread_scales(
    input_scale: float,
    output_scale: float,
    count: int,
    *,
    smallest: float = 2.0**-14,
    largest: float = 1.0,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Kernel scales whose multipliers are spread evenly in logarithm, every third near dyadic.

    Dyadic multipliers give exact ties, which tell how a formula rounds them.
    """
    rng = np.random.default_rng(seed)
    m = np.exp(rng.uniform(np.log(smallest), np.log(largest), count))
    few_bits = (2 * rng.integers(1, 200, count) + 1) * 2.0 ** (np.floor(np.log2(m)) - 8)
    m = np.where(np.arange(count) % 3 == 0, few_bits, m)
    scales: NDArray[np.float32] = (m * (float(output_scale) / float(input_scale))).astype("f4")
    return scales


def _told_by(names: Sequence[str]) -> list[str]:
    """The formulas to choose elements by: a mixed one is made up of D and DU."""
    found: list[str] = []
    for name in names:
        kind, _, variant = formula_named(name).name.partition("/")
        found += [f"D/{variant}", f"DU/{variant}"] if kind.startswith("MIX") else [name]
    return list(dict.fromkeys(found))


def _candidates(p: Parameters, bias: bool) -> tuple[Integers, Integers]:
    """(channel, sum) of all that is tried."""
    low, high = p.dtype_limits
    steps = np.unique(np.linspace(low, high - 1, HALVES).astype(np.int64)) - p.output_zero_point
    halves = steps + 0.5
    m = p.w.astype(np.float64) * (float(p.i) / float(p.o))
    nearest = np.rint(halves / m[:, np.newaxis])[..., np.newaxis]
    nearest = np.clip(nearest, -(2.0**62), 2.0**62)  # left out below; float32 might not hold it
    spacing = np.maximum(1.0, np.spacing(np.abs(nearest).astype(np.float32)).astype(np.float64))
    tried = nearest + np.arange(-REACH, REACH + 1) * spacing
    channels = np.broadcast_to(np.arange(len(m))[:, np.newaxis, np.newaxis], tried.shape)
    limit = LARGEST[p.input_dtype] if bias else _largest_without_bias(p)
    kept = np.abs(tried) < limit
    return channels[kept].astype(np.int64), tried[kept].astype(np.int64)


def _chosen(
    everyone: QuantizedCase, names: Sequence[str], per_pair: int, rng: np.random.Generator
) -> Integers:
    """Candidates of which ``per_pair`` at most, where there are any, differ for each pair.

    Where there are none at all, any.
    """
    outputs = list(_outputs(everyone, names).values())
    picked = [np.zeros(0, np.int64)]
    for a, b in combinations(outputs, 2):
        differ = np.flatnonzero(a != b)
        picked.append(rng.choice(differ, min(per_pair, differ.size), replace=False))
    chosen = np.unique(np.concatenate(picked))
    if chosen.size == 0:
        chosen = np.arange(min(per_pair, outputs[0].size))
    return chosen


def _with_tail(everyone: QuantizedCase, chosen: Integers) -> Integers:
    """The chosen, up to 15 on which D and DU differ at the end, repeated until 16·k + 15."""
    d, du = _outputs(everyone, ("D/Mdbl", "DU/Mdbl")).values()
    last = chosen[(d != du)[chosen]][:15]
    rest = np.setdiff1d(chosen, last)
    spare = rest if rest.size else chosen
    missing = (15 - last.size - rest.size) % 16
    return np.concatenate([rest, np.resize(spare, missing), last])


def _realized(
    p: Parameters, channels: Integers, acc: Integers, bias: bool, depthwise: bool, transposed: bool
) -> QuantizedCase:
    """A case of one pixel whose output channels have these sums, with these channels' scales."""
    if depthwise and not bias:
        raise UsageError("a depthwise sum of one tap needs a bias")
    zeros = p.zw
    of_one = p.by_tensor and zeros.size == 1
    if not of_one:
        p = replace(
            p,
            kernel_scale=np.resize(p.w, max(p.w.size, zeros.size))[channels],
            kernel_zero_point=np.resize(zeros, max(p.w.size, zeros.size))[channels],
        )
    zero = np.broadcast_to(p.zw, acc.shape)
    x, weights, rest = (_with_bias if bias else _without_bias)(p, acc, zero)
    if depthwise:
        x = np.repeat(x, acc.size)
    kernel = (weights + zero).astype(p.kernel_dtype)[np.newaxis, np.newaxis]
    spec = ConvSpec.make(
        (1, 1), padding="valid", groups=acc.size if depthwise else 1, transposed=transposed
    )
    if transposed:
        kernel = np.swapaxes(kernel, 2, 3)
        if depthwise:
            kernel = kernel.reshape(1, 1, 1, acc.size)
    pixel = (x + p.input_zero_point).astype(p.input_dtype)[np.newaxis, np.newaxis, np.newaxis]
    dtype = np.int64 if p.input_dtype == "int16" else np.int32
    return QuantizedCase(
        Case(spec, pixel, kernel, rest.astype(dtype) if bias else None),
        p,
    )


def _with_bias(p: Parameters, acc: Integers, zero: Integers) -> tuple[Integers, Integers, Integers]:
    """(x - zx, w - zw, bias): one product as near to the sum as there is, the bias the rest."""
    info, far = np.iinfo(p.kernel_dtype), _farthest(p)
    weights = np.clip(np.rint(acc / far).astype(np.int64), info.min - zero, info.max - zero)
    return np.array([far]), weights[np.newaxis], acc - far * weights


def _without_bias(
    p: Parameters, acc: Integers, zero: Integers
) -> tuple[Integers, Integers, Integers]:
    """(x - zx, w - zw, 0): a product of ±1 for the remainder, and as many large ones as needed."""
    info = np.iinfo(p.kernel_dtype)
    reach = int(min((zero - int(info.min)).min(), (int(info.max) - zero).min()))
    far = _farthest(p)
    if reach < 127:
        raise UsageError("a sum without a bias needs kernel zero points in the middle of the range")
    one = 1 if p.input_zero_point < np.iinfo(p.input_dtype).max else -1
    quotient = np.rint(acc / far).astype(np.int64)
    rows = [(acc - quotient * far) * one]
    while quotient.any():
        part = np.clip(quotient, -127, 127)
        rows.append(part)
        quotient = quotient - part
    x = np.array([one, *[far] * (len(rows) - 1)])
    return x, np.stack(rows), np.zeros_like(acc)


def _largest_without_bias(p: Parameters) -> int:
    return abs(_farthest(p)) * 127 * (CHANNELS_WITHOUT_BIAS - 1)


def _farthest(p: Parameters) -> int:
    """The x - zx of the largest magnitude, 254 at most: half of it is a weight."""
    info = np.iinfo(p.input_dtype)
    high, low = int(info.max) - p.input_zero_point, int(info.min) - p.input_zero_point
    return min(high, 254) if high >= -low else max(low, -254)
