"""Faults of integer convolutions that the catalogue does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .faults import Fault, Rng
from .planting import Numbers


def _halves_down(n: Numbers, right: Any, rng: Rng) -> Any:
    """Rounded to -inf."""
    m = float(n.p.i) * n.p.w.astype(float) / float(n.p.o)
    acc = n.products() + (0 if n.bias is None else n.bias)
    info = np.iinfo(right.dtype)
    down = np.floor(acc * m).astype(np.int64) + n.p.output_zero_point
    return np.clip(down, info.min, info.max).astype(right.dtype)


def _toward_zero(n: Numbers, right: Any, rng: Rng) -> Any:
    m = float(n.p.i) * n.p.w.astype(float) / float(n.p.o)
    acc = n.products() + (0 if n.bias is None else n.bias)
    info = np.iinfo(right.dtype)
    cut = np.trunc(acc * m).astype(np.int64) + n.p.output_zero_point
    return np.clip(cut, info.min, info.max).astype(right.dtype)


def _input_scale_squared(n: Numbers, rng: Rng) -> None:
    n.p = replace(n.p, input_scale=n.p.i * n.p.i)


def _output_zero_twice(n: Numbers, right: Any, rng: Rng) -> Any:
    info = np.iinfo(right.dtype)
    twice = right.astype(int) + n.p.output_zero_point
    return np.clip(twice, info.min, info.max).astype(right.dtype)


def _stale_channel(n: Numbers, right: Any, rng: Rng) -> Any:
    out = right.copy()
    out[..., -1] = rng.integers(0, 100, out.shape[:-1])
    return out


def _transposed_and_exchanged(n: Numbers, rng: Rng) -> None:
    n.w = np.swapaxes(n.w, 0, 1)
    n.p = replace(n.p, kernel_scale=n.p.w[::-1])


def _noise(n: Numbers, right: Any, rng: Rng) -> Any:
    info = np.iinfo(right.dtype)
    noisy = right.astype(int) + rng.integers(-3, 4, right.shape)
    return np.clip(noisy, info.min, info.max).astype(right.dtype)


def _stuck(n: Numbers, right: Any, rng: Rng) -> Any:
    return np.full_like(
        right, rng.choice([np.iinfo(right.dtype).min, np.iinfo(right.dtype).max, 7])
    )


def _input_off_by_one(n: Numbers, rng: Rng) -> None:
    n.x = n.x + 1


def _kernel_halved(n: Numbers, rng: Rng) -> None:
    n.w = n.w >> 1


def _two_zero_points(n: Numbers, rng: Rng) -> None:
    n.padding = -n.p.input_zero_point
    n.p = replace(n.p, output_zero_point=n.p.output_zero_point + 1)


def _scales_scaled(n: Numbers, rng: Rng) -> None:
    n.p = replace(n.p, kernel_scale=(n.p.w * rng.uniform(0.5, 2, len(n.p.w))).astype(np.float32))


def _seven_bits(n: Numbers, right: Any, rng: Rng) -> Any:
    return right & ~np.ones((), right.dtype)


FOREIGN = (
    Fault("rounded down", "", lambda n, rng: None, output=_halves_down),
    Fault("rounded toward zero", "", lambda n, rng: None, output=_toward_zero),
    Fault("input scale squared", "", _input_scale_squared),
    Fault("output zero point twice", "", lambda n, rng: None, output=_output_zero_twice),
    Fault("last channel stale", "corrupted-channel", lambda n, rng: None, output=_stale_channel),
    Fault("transposed, scales exchanged", "", _transposed_and_exchanged),
    Fault("noise", "", lambda n, rng: None, output=_noise),
    Fault("stuck", "", lambda n, rng: None, output=_stuck),
    Fault("input zero point off by one", "", _input_off_by_one),
    Fault("kernel halved", "", _kernel_halved),
    Fault("two zero points", "", _two_zero_points, {"padding": "same"}),
    Fault("scales scaled", "", _scales_scaled),
    Fault("lowest bit lost", "", lambda n, rng: None, output=_seven_bits),
)
"""What the catalogue does not have: whatever is named of it is not proved."""
