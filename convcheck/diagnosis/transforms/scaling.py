"""How large the errors of each transform algorithm are, and which of them errors look like.

By Winograd's algorithm the errors at an output follow its W (``truth.winograd.magnitudes``), which
differs from one output of a tile to the next. With a Fourier transform they are u · |x| · |k|, with
the two-norms of the tile (or image) and of the filter: the same for every output of a tile. Each
size s explains errors r as normal numbers of that scale, the common factor fitted; the better one
is that of the larger likelihood, - sum of ln s - N/2 · ln(mean of (r/s)^2). For NNPACK's Winograd
and FFT the two logarithms were hundreds to 100,000 apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.diagnosis.sampled_errors import SampledErrors
from convcheck.diagnosis.transforms.footprint import Footprint
from convcheck.truth.arithmetic import rounded
from convcheck.truth.winograd.magnitudes import Magnitudes, read_tiles, roundings
from convcheck.truth.winograd.tiling import Tiling, known_tilings
from convcheck.verdict.evidence import LEAST_EVIDENCE, rms

if TYPE_CHECKING:
    from convcheck.results import Array

WINOGRAD, FFT = "winograd-precision", "fft-precision"
WINOGRAD_OUTPUTS = (2, 4, 6)
"""Outputs of a tile along an axis that implementations of Winograd's algorithm have."""
FFT_TILES = (8, 16, 32)
"""Inputs of a tile along an axis, where an FFT does not take the whole image."""
LARGEST_FFT = 2.3
"""Largest error of a convolution by FFT in units of u · |x| · |k|, two-norms."""
NUMBERS = 1 << 21
"""Most input numbers that tiles hold at once: a tile is some twenty times a window."""


@dataclass(frozen=True)
class Scaling:
    """A size that errors may have."""

    cause: str
    size: Array
    """(places, filters)."""
    most_rms: float
    """The largest root mean square of errors over it."""
    most: float
    """The largest error over it."""
    words: str
    """What it is, after a number."""


@dataclass(frozen=True)
class Likeliest:
    """The transforms whose errors are of the size seen, the likeliest first."""

    cause: str
    detail: str
    also: tuple[str, ...] = ()


def likeliest(errors: SampledErrors, shown: Footprint | None) -> Likeliest | None:
    """The transform that errors look like; of those that a footprint allows, where there is one."""
    spec = errors.case.spec
    if spec.transposed or {*spec.strides, *spec.dilations} != {1} or not errors.finite:
        return None
    fitting = [
        (likelihood, scaling)
        for scaling in _scalings(errors, shown)
        if (likelihood := _likelihood(errors, scaling)) is not None
    ]
    if not fitting:
        return None
    best, first = max(fitting, key=lambda one: one[0])
    close = dict.fromkeys(one.cause for value, one in fitting if best - value < LEAST_EVIDENCE)
    # What a footprint shows need not be told from damage.
    few = shown is None and np.count_nonzero(errors.outside) < SEVERAL
    if few or not _is_noise(errors, first.size):
        return None
    largest = float(np.abs(errors.error / first.size).max())
    return Likeliest(
        first.cause,
        f"errors up to {largest:.2g} {first.words}",
        tuple(cause for cause in close if cause != first.cause),
    )


def _scalings(errors: SampledErrors, shown: Footprint | None) -> Iterator[Scaling]:
    by_points = None if shown is None or shown.tiles is None else shown.is_winograd
    if by_points is not False:
        for tiling in _tilings(errors.case, shown):
            yield _winograd(errors, tiling)
    if by_points is not True:
        yield from _fft(errors)


def _tilings(case: Case, shown: Footprint | None) -> Iterator[Tiling]:
    if shown is not None and shown.is_winograd:
        yield from shown.tilings()
        return
    for outputs in WINOGRAD_OUTPUTS:
        each = (1 if taps == 1 else outputs for taps in case.spec.kernel_size)
        yield from known_tilings(tuple(each), case.spec.kernel_size)


def _winograd(errors: SampledErrors, tiling: Tiling) -> Scaling:
    """u · W: k independent roundings of all of W at once leave sqrt(k / 3) in the mean."""
    case = rounded(errors.case, errors.arithmetic)
    k = roundings(case, tiling)
    size = Magnitudes(case, tiling, errors.points.filters).at(errors.points.places)
    if errors.bias is not None:
        size = size + np.abs(errors.bias)
    words = f"in units of u W, as {tiling} makes"
    return Scaling(WINOGRAD, errors.arithmetic.accumulator.u * size, sqrt(k / 3), k, words)


def _fft(errors: SampledErrors) -> Iterator[Scaling]:
    case, u = errors.case, errors.arithmetic.accumulator.u
    weights = np.sqrt((errors.kernel**2).sum(axis=0))
    image = errors.points.places[0]
    of_image = [_norm(case.input[i]) for i in range(len(case.input))]
    whole = u * np.array(of_image)[image][:, np.newaxis] * weights
    # In proportion to the whole image first: |x| of a tile is no larger.
    yield Scaling(FFT, whole, LARGEST_FFT, LARGEST_FFT, "in units of u |x| |k|, as an FFT makes")
    for tile in FFT_TILES:
        if tile > max(case.spec.kernel_size) and tile < max(case.output_shape[1:-1]):
            size = u * _norms_of_tiles(errors, tile)[:, np.newaxis] * weights
            words = f"in units of u |x| |k|, as an FFT on tiles of {tile} makes"
            yield Scaling(FFT, size, LARGEST_FFT, LARGEST_FFT, words)


def _norm(values: Array) -> float:
    return float(np.linalg.norm(values.astype(np.float64)))


def _norms_of_tiles(errors: SampledErrors, tile: int) -> Array:
    """|x| of the tile in which each place stands, tiles counted from output 0."""
    case = errors.case
    axes = [(tile - taps + 1, tile) for taps in case.spec.kernel_size]
    image, *spatial = errors.points.places
    tiles = [image, *(place // step for place, (step, _) in zip(spatial, axes, strict=True))]
    step = max(NUMBERS // (tile ** len(axes) * case.input.shape[-1]), 1)
    found = []
    for start in range(0, len(image), step):
        x = read_tiles(case, axes, [axis[start : start + step] for axis in tiles])
        found.append(np.sqrt((x.reshape(len(x), -1) ** 2).sum(axis=1)))
    return np.concatenate(found)


def _likelihood(errors: SampledErrors, scaling: Scaling) -> float | None:
    """How well errors are of a size; None where they are not."""
    there = scaling.size > 0
    if (errors.error[~there] != 0).any() or not there.any():
        return None
    size = scaling.size[there]
    r = errors.error[there] / size
    mean = rms(r)
    if not 0 < mean <= scaling.most_rms or np.abs(r).max() > scaling.most:
        return None
    return -float(np.log(size).sum()) - r.size * float(np.log(mean))


LARGEST_OF_NOISE = 30.0
"""Largest error over the root mean square: what is alone beyond that is damage, no algorithm's."""
ALIKE = 4.0
"""Channels differ by no more in the mean square: an algorithm treats all filters alike."""
ONE_SIDED = 0.9
"""Share of one sign beyond which errors are an offset."""
SEVERAL = 8
"""Outputs outside their bound: fewer may be damage."""
QUIET = 0.1
"""Errors where windows are quiet, over those where they are loud: in units of a transform alike."""


def _is_noise(errors: SampledErrors, unit: Array) -> bool:
    """Errors of both signs, none alone, every channel and quiet places alike."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.where(unit > 0, errors.error / unit, 0.0)
    root = rms(r)
    if not root > 0:
        return False
    signs = abs(float(np.mean(np.sign(r[r != 0]))))
    by_channel = np.sqrt(np.mean(r**2, axis=0))
    alike = float(by_channel.max()) <= ALIKE * float(np.median(by_channel))
    quiet = errors.size <= np.quantile(errors.size, 0.25)
    loud = errors.size >= np.quantile(errors.size, 0.75)
    spread = rms(r[quiet]) >= QUIET * rms(r[loud])
    one_sided = signs > ONE_SIDED
    return bool(np.abs(r).max() <= LARGEST_OF_NOISE * root) and not one_sided and alike and spread
