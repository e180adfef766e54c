"""Convolutions in float32 that add in an order of their own, for all positions at once.

``python:`` runs them: each takes input and kernel, and the geometry that it leaves aside (strides
and dilations of 1, one group).
"""

from __future__ import annotations

import os
import signal
import time

import numpy as np


def products(x, k, pads):
    """The products of each output, leaf by leaf: (N, H, W, O) each."""
    padded = np.pad(x, ((0, 0), *pads, (0, 0)))
    height, width = (size + sum(pad) for size, pad in zip(x.shape[1:3], pads, strict=True))
    rows, columns = k.shape[:2]
    for i in range(rows):
        for j in range(columns):
            window = padded[:, i : height - rows + 1 + i, j : width - columns + 1 + j]
            for c in range(k.shape[2]):
                yield window[..., c, None] * k[i, j, c]


def forwards(x, k, *, pads, **_):
    return sum(products(x, k, pads))


def backwards(x, k, *, pads, **_):
    return sum(reversed(list(products(x, k, pads))))


def cast(x, k, *, pads, **_):
    """Forwards, in float32 whatever it is given, without a word."""
    return forwards(x.astype(np.float32), k.astype(np.float32), pads=pads)


def wider(x, k, *, pads, **_):
    """Forwards in float64, of float32 products."""
    return forwards(x.astype(np.float64), k.astype(np.float64), pads=pads).astype(np.float32)


def other_than_probed(x, k, **keys):
    """Forwards where all inputs are one number, as in experiments; backwards else."""
    return (forwards if np.unique(x).size == 1 else backwards)(x, k, **keys)


def sorted_first(x, k, *, pads, **_):
    """The smallest product first: in an order of its own at each output."""
    return sum(np.sort(np.stack(list(products(x, k, pads))), axis=0))


def of_kernel(x, k, *, pass_, output_gradient, **_):
    """A kernel's gradient of 1 x 1 taps."""
    return np.einsum("nhwc,nhwo->co", x, output_gradient)[None, None]


def in_pairs(x, k, *, pads, **_):
    """In a tree that is as flat as can be."""
    left = list(products(x, k, pads))
    while len(left) > 1:
        left = [sum(left[i : i + 2]) for i in range(0, len(left), 2)]
    return left[0]


def damaged(x, k, *, pads, **_):
    """In pairs, but for two outputs, wherever the input is no constant."""
    y = in_pairs(x, k, pads=pads)
    if np.ptp(x):
        magnitude = forwards(abs(x), abs(k), pads=pads)
        for place in ((0, 3, 4, 0), (0, 7, 2, 1)):
            y[place] += magnitude[place] * np.float32(15 * 2.0**-24)
    return y


def slightly_off(x, k, *, pads, **_):
    """In pairs, but for one output by a unit in its last place: nothing that sums may not do."""
    y = in_pairs(x, k, pads=pads)
    if np.ptp(x):
        y[0, 3, 4, 0] = np.nextafter(y[0, 3, 4, 0], np.float32(np.inf))
    return y


def transformed(x, k, *, pads, **_):
    """By Fourier transforms, which add no products one by one."""
    size = [n + sum(p) for n, p in zip(x.shape[1:3], pads, strict=True)]
    padded = np.pad(x, ((0, 0), *pads, (0, 0)))
    spectrum = np.fft.rfft2(padded, axes=(1, 2))
    kernel = np.conj(np.fft.rfft2(k, s=size, axes=(0, 1)))
    whole = np.fft.irfft2(np.einsum("nhwc,hwco->nhwo", spectrum, kernel), s=size, axes=(1, 2))
    rows, columns = (n - taps + 1 for n, taps in zip(size, k.shape[:2], strict=True))
    return whole[:, :rows, :columns].astype(np.float32)


def slow(x, k, *, pads, **_):
    time.sleep(0.1)
    return backwards(x, k, pads=pads)


def ends(x, k, *, pads, **_):
    """Ends its process where the input is a constant, as that of experiments is."""
    if not np.ptp(x):
        os.kill(os.getpid(), signal.SIGKILL)
    return backwards(x, k, pads=pads)


def refuses(x, k, *, pads, **_):
    if not np.ptp(x):
        raise ValueError("no constants, please")
    return backwards(x, k, pads=pads)
