"""A case, and convolutions of it: right, and wrong in ways with a name."""

from __future__ import annotations

import numpy as np

_RNG = np.random.default_rng(0)
X = _RNG.standard_normal((1, 9, 9, 3)).astype("f4")
KERNEL = _RNG.standard_normal((3, 3, 3, 2)).astype("f4")


def conv(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """SAME, by the definition."""
    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(around, kernel.shape[:2], (1, 2))
    return np.einsum("nhwcij,ijco->nhwo", windows, kernel).astype(x.dtype)


def other_order(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The same, rounded once alone."""
    return conv(x.astype("f8"), kernel.astype("f8")).astype(x.dtype)


def flipped(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return conv(x, kernel[::-1, ::-1])
