"""Scales and zero points with which inputs tell as many formulas apart as can be.

Where a kernel has a scale for each channel, nearly any do. One scale for all has one multiplier,
and few of those bring float32 formulas apart: several are drawn, and the best is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from convcheck.errors import UsageError
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.names import SCHEMES
from convcheck.quantized.request import SCALES
from convcheck.quantized.separating import Separating, separating, spread_scales

CHANNEL_SCALES = 64
"""Different kernel scales of a kernel quantized by channel."""
DRAWN, DRAWN_OF_ONE = 8, 96
"""Parameters that are tried, at most; more where the kernel has one scale."""
SMALLEST = 2.0**-20
"""The smallest multiplier: below it sums of 30 bits reach a small part of the output's range."""


def separating_in(
    scheme: str, given: Mapping[str, Any], activation: str = "none", *, seed: int = 0
) -> Separating:
    """A case that tells apart all formulas that may be meant, with the parameters ``given``.

    ``given`` are scales and zero points by the names of ``Parameters``; the others are drawn by
    ``seed``. Raises UsageError for parameters that make no sense.
    """
    # What is wrong with a given one by itself is said first.
    Parameters(**{**dict.fromkeys(SCALES, 1.0), **given, **_dtypes(scheme)})
    given = _few_channels(given)
    names = formulas_in(scheme)
    rng = np.random.default_rng(seed)
    found: list[Separating] = []
    failures: list[UsageError] = []
    of_one = np.size(given["kernel_scale"]) == 1 if "kernel_scale" in given else scheme == "uint8"
    for _ in range(DRAWN_OF_ONE if of_one else DRAWN):
        try:
            p = _parameters(scheme, given, activation, rng)
            found.append(separating(p, names, seed=seed))
        except UsageError as error:  # a given scale does not go with those that were drawn
            failures.append(error)
        if found and not found[-1].blind:
            break
    if not found:
        raise failures[0]
    return min(found, key=lambda one: len(one.blind))


def _few_channels(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same with ``CHANNEL_SCALES`` of the kernel's channels at most, evenly chosen."""
    channels = max(np.size(given.get(f"kernel_{word}", 0)) for word in ("scale", "zero_point"))
    if channels <= CHANNEL_SCALES:
        return dict(given)
    kept = np.linspace(0, channels - 1, CHANNEL_SCALES).astype(int)
    return {n: np.asarray(v)[kept] if np.size(v) == channels else v for n, v in given.items()}


def formulas_in(scheme: str) -> tuple[str, ...]:
    """The formulas that a runtime may use for such integers: 64-bit sums are of int16 inputs."""
    wide = SCHEMES[scheme][0] == "int16"
    return tuple(name for name, one in FORMULAS.items() if wide or one.accumulator == 32)


def _dtypes(scheme: str) -> dict[str, Any]:
    return dict(zip(("input_dtype", "kernel_dtype"), SCHEMES[scheme], strict=True))


def _parameters(
    scheme: str, given: Mapping[str, Any], activation: str, rng: np.random.Generator
) -> Parameters:
    """The given ones, and others that go with them."""
    dtypes = _dtypes(scheme)
    x, w = dtypes.values()
    chosen: dict[str, Any] = {
        "input_zero_point": _zero_point(x, rng),
        "kernel_zero_point": _zero_point(w, rng) if w == "uint8" else 0,
        "output_zero_point": _zero_point(x, rng),
        **given,
        **_scales(given, w == "uint8", rng),
    }
    return Parameters(**chosen, **dtypes, activation=activation)


def _scales(given: Mapping[str, Any], by_tensor: bool, rng: np.random.Generator) -> dict[str, Any]:
    """All three; a largest multiplier of 1 where one of them is free."""
    i, w, o = (given.get(name) for name in SCALES)
    largest = 1.0 if w is None else float(np.max(w))
    m = float(np.exp(rng.uniform(np.log(0.02), 0)))
    if i is None:
        i = _changed_by_reciprocals(rng) if w is None or o is None else o * m / largest
    if o is None:
        o = float(i) * largest / m if w is not None else np.exp(rng.uniform(np.log(0.01), 0))
    if w is None:
        count = 3 if by_tensor else CHANNEL_SCALES
        spread = spread_scales(
            float(i), float(o), count, smallest=SMALLEST, seed=int(rng.integers(2**32))
        )
        w = spread[rng.integers(count)] if by_tensor else spread
    return dict(zip(SCALES, (i, w, o), strict=True))


def _changed_by_reciprocals(rng: np.random.Generator) -> np.float32:
    """A scale that f(1/f(1/i)) changes: only such ones tell ON from ON'."""
    one = np.float32(1)
    while True:
        scale = np.float32(np.exp(rng.uniform(np.log(0.005), np.log(0.2))))
        if one / (one / scale) != scale:
            return scale


def _zero_point(dtype: str, rng: np.random.Generator) -> int:
    """In the middle half of the dtype's range; 0 for int16."""
    if dtype == "int16":
        return 0
    info = np.iinfo(dtype)
    return int(rng.integers(int(info.min) + 64, int(info.max) - 63))
