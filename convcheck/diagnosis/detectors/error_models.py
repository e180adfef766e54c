"""Causes without an exact form: named only where the errors are of the size that each makes.

None is ever proved. Where a rule has a number, the number was measured on frameworks and stands in
the docstring beside it; an error that does not scale so is left to others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.detectors.unexplained import where_and_how_far
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import im2col, kernel_matrix, probe
from convcheck.diagnosis.probe_points import MODELS, ProbePoints, probe_points
from convcheck.results import Finding, Status
from convcheck.truth.arithmetic import Arithmetic, as_input
from convcheck.verdict.evidence import rms
from convcheck.verdict.sample import windows

if TYPE_CHECKING:
    from convcheck.results import Array

WINOGRAD = 48.0
"""Largest error of NNPACK's Winograd in its unit; F(2x2) makes 0.8, F(4x4) 5, F(6x6) 26."""
FFT = 2.3
"""Largest error of a convolution by FFT in units of u · |x| · |k|, two-norms."""
TILES = 1 << 21
"""Most input numbers that tiles hold at once: a tile is some twenty times a window."""


@dataclass(frozen=True)
class ErrorModelMatch:
    """A cause and why the errors are of the size that it makes."""

    cause: str
    detail: str


def detect(observation: Observation) -> Iterator[Finding]:
    """An output whose errors are of the size that a cause without an exact form makes."""
    if observation.status is not Status.OUTSIDE_BOUND or not len(observation.violations.ratios):
        return
    first = next(matches(observation), None)
    if first is None:
        return
    output = observation.judgement.output
    where = where_and_how_far(observation)
    yield Finding(
        cause=first.cause,
        implementation=output.name,
        status="supported",
        summary=f"{output.call}: {first.detail}; {where}",
        fix=fix_for(first.cause, observation.case, output),
        departs=True,
    )


def matches(observation: Observation) -> Iterator[ErrorModelMatch]:
    """Causes whose scaling fits the errors of an output outside its bound; likeliest first."""
    case, out, found = observation.case, observation.out, observation.violations
    worst = int(np.argmax(found.ratios))
    points = probe_points(case, MODELS, [tuple(int(axis[worst]) for axis in found.index)])
    errors = _Errors(case, points, observation.arithmetic, out)
    if not observation.arithmetic.is_integer:
        yield from _low_precision(errors)
        yield from _quantization(errors)
        yield from _winograd(errors)
        yield from _fft(errors)


class _Errors:
    """Errors at some places, and what their sizes are held against."""

    def __init__(self, case: Case, points: ProbePoints, arithmetic: Arithmetic, out: Array) -> None:
        self.case, self.points, self.arithmetic = case, points, arithmetic
        self.inputs = im2col(case, points, arithmetic).values
        matrix = kernel_matrix(case, points.filters, arithmetic)
        self.kernel, self.bias = matrix.values, matrix.bias
        plain = probe(case, points, arithmetic)
        self.value = plain.value
        self.out = points.of(out)
        self.outside = ~plain.holds(self.out)
        with np.errstate(invalid="ignore"):
            self.error = self.out - plain.value
        self.finite = bool(np.isfinite(self.error).all())
        self.size = np.abs(self.inputs) @ np.abs(self.kernel)
        self.terms = np.count_nonzero(self.kernel, axis=0)
        self.output = out.dtype

    def fits(self, expected: Array, largest: float, least: float) -> bool:
        """Errors in units of what is expected: the mean square within (least, 1.6), no outlier."""
        nonzero = expected > 0
        if not self.finite or not nonzero.any() or (self.error[~nonzero] != 0).any():
            return False
        r = self.error[nonzero] / expected[nonzero]
        return least <= float(np.sqrt(np.mean(r**2))) <= 1.6 and float(np.abs(r).max()) <= largest


def _low_precision(errors: _Errors) -> Iterator[ErrorModelMatch]:
    """Partial sums kept in the narrow output format: simulated one after another there.

    A sum of n products in that format, in one order or another and in blocks or not, makes an
    error within a factor 4 of the simulated one in the mean.
    """
    fmt = errors.arithmetic.output
    if not fmt.is_narrow or errors.terms.max(initial=0) < 32 or not errors.finite:
        return
    dtype = fmt.dtype
    some = slice(0, 64)
    products = errors.inputs[some, :, np.newaxis] * errors.kernel[np.newaxis]
    total = np.zeros((products.shape[0], products.shape[2]), dtype)
    with np.errstate(all="ignore"):
        for tap in range(products.shape[1]):
            total = (total.astype(np.float32) + products[:, tap].astype(np.float32)).astype(dtype)
    bias = 0.0 if errors.bias is None else errors.bias
    simulated = total.astype(np.float64) + bias - errors.value[some]
    ours = float(np.sqrt(np.mean(errors.error[some] ** 2)))
    theirs = float(np.sqrt(np.mean(simulated**2)))
    on_grid = np.array_equal(errors.out.astype(dtype).astype(np.float64), errors.out)
    if on_grid and theirs / 4 <= ours <= 4 * theirs:
        yield ErrorModelMatch(
            "low-precision-accumulation",
            f"errors of {ours:.2g} in the mean square; partial sums in {fmt} make {theirs:.2g}",
        )


def _quantization(errors: _Errors) -> Iterator[ErrorModelMatch]:
    """Numbers rounded to 8 bits: uniform errors of a step over sqrt(12) each.

    Steps by range: the input's over 255, each filter's (or the whole kernel's) largest over 127,
    the output's over 255.
    """
    x, kernel = errors.case.input.astype(np.float64), errors.case.kernel.astype(np.float64)
    if not (np.isfinite(x).all() and np.isfinite(kernel).all()):
        return
    x_step = (max(float(x.max()), 0.0) - min(float(x.min()), 0.0)) / 255
    y_step = float(np.ptp(errors.out)) / 255
    own = np.abs(errors.kernel).max(axis=0, initial=0) / 127
    whole = np.full_like(own, np.abs(kernel).max(initial=0) / 127)
    energy = np.sqrt((errors.inputs**2).sum(axis=1))[:, np.newaxis]
    weights = np.sqrt((errors.kernel**2).sum(axis=0))[np.newaxis]
    for word, k_step in (("each filter", own), ("the kernel", whole)):
        parts = {
            f"{word} to 8 bits": energy * k_step,
            "the input to 8 bits": np.broadcast_to(weights * x_step, errors.error.shape),
        }
        both = np.hypot(*parts.values())
        parts[f"the input and {word} to 8 bits"] = both
        for name, size in list(parts.items()):
            parts[f"{name}, and the output too"] = np.hypot(size, y_step)
        fitting = [n for n, size in parts.items() if errors.fits(size / sqrt(12), 8.0, 0.4)]
        if fitting and (_on_few_values(errors.out) or _rounded_so(errors, x_step, k_step)):
            yield ErrorModelMatch(
                "quantization", f"errors of the size that rounding {fitting[0]} makes"
            )
            return


def _on_few_values(out: Array) -> bool:
    """Whether outputs share at most 256 values, and most share theirs with another."""
    return len(np.unique(out)) <= min(256, out.size // 2)


def _rounded_so(errors: _Errors, x_step: float, k_step: Array) -> bool:
    """Whether operands on such grids come nearer to the output, by 2: noise would not."""
    grids = [(x, k) for x in (x_step, 0.0) for k in (k_step, None) if x or k is not None]
    length = float(np.linalg.norm(errors.error))
    bias = 0.0 if errors.bias is None else errors.bias
    with np.errstate(divide="ignore", invalid="ignore"):
        for x, k in grids:
            inputs = np.rint(errors.inputs / x) * x if x else errors.inputs
            kernel = errors.kernel if k is None else np.rint(errors.kernel / k) * k
            left = errors.out - (inputs @ np.nan_to_num(kernel) + bias)
            if 2 * float(np.linalg.norm(left)) <= length:
                return True
    return False


def _winograd(errors: _Errors) -> Iterator[ErrorModelMatch]:
    """In units of u · (sum over channels of a tile's largest |x|) · 9 · largest |k|."""
    spec = errors.case.spec
    if spec.transposed or spec.rank != 2 or set(spec.strides) | set(spec.dilations) != {1}:
        return
    if spec.kernel_size not in ((3, 3), (5, 5)) or not errors.finite:
        return
    u = errors.arithmetic.accumulator.u
    by_channel = _largest_around(errors, 5)
    taps = prod(spec.kernel_size)
    unit = u * by_channel.sum(axis=1)[:, np.newaxis] * taps * np.abs(errors.kernel).max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.abs(errors.error) / unit
    largest = float(np.nanmax(r))
    if largest <= WINOGRAD and _is_noise(errors, unit):
        yield ErrorModelMatch(
            "winograd-precision",
            f"errors up to {largest:.2g} of Winograd's own unit, {WINOGRAD:.0f} at most",
        )


def _largest_around(errors: _Errors, reach: int) -> Array:
    """The largest |x| of each channel in the windows and ``reach`` positions around: (places, C).

    Pads grow with the windows, so that every output stays where it is, however small the input.
    """
    case, places = errors.case, errors.points.places
    size = tuple(k + 2 * reach for k in case.spec.kernel_size)
    pads = tuple((before + reach, after + reach) for before, after in case.pads)
    channels = case.input.shape[-1]
    ones = np.broadcast_to(np.ones(()), (*size, *case.kernel.shape[-2:]))
    wide = replace(case, spec=replace(case.spec, kernel_size=size, padding=pads), kernel=ones)
    step = max(TILES // (prod(size) * channels), 1)
    found = []
    for start in range(0, len(places[0]), step):
        some = [axis[start : start + step] for axis in places]
        near, _ = windows(wide, some)
        read = as_input(near, errors.arithmetic)
        sizes = np.abs(read.astype(np.float64)).reshape(len(near), -1, channels)
        found.append(sizes.max(axis=1))
    return np.concatenate(found)


def _fft(errors: _Errors) -> Iterator[ErrorModelMatch]:
    """In units of u · |x|₂ · |k|₂, the same everywhere, however small the window's own sum is."""
    if not errors.finite or errors.case.spec.transposed:
        return
    x = errors.case.input.astype(np.float64)
    energy = np.sqrt((x**2).sum(axis=tuple(range(1, x.ndim))))[errors.points.places[0]]
    weights = np.sqrt((errors.kernel**2).sum(axis=0))
    unit = errors.arithmetic.accumulator.u * energy[:, np.newaxis] * weights
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.abs(errors.error) / unit
    largest = float(np.nanmax(r))
    quiet = errors.size <= np.quantile(errors.size, 0.25)
    loud = errors.size >= np.quantile(errors.size, 0.75)
    with np.errstate(invalid="ignore"):
        spread = float(np.sqrt(np.mean(r[quiet] ** 2)) / np.sqrt(np.mean(r[loud] ** 2)))
    if largest <= FFT and _is_noise(errors, unit) and spread >= 0.1:
        yield ErrorModelMatch(
            "fft-precision",
            f"errors up to {largest:.2g} in units of u |x| |k|, {FFT} at most, as an FFT spreads "
            "them over every output",
        )


LARGEST_OF_NOISE = 30.0
"""Largest error over the root mean square: what is alone beyond that is damage, no algorithm's."""
ALIKE = 4.0
"""Channels differ by no more in the mean square: an algorithm treats all filters alike."""
ONE_SIDED = 0.9
"""Share of one sign beyond which errors are an offset."""
SEVERAL = 8
"""Outputs outside their bound: fewer may be damage."""


def _is_noise(errors: _Errors, unit: Array) -> bool:
    """Errors of both signs, several outside the bound, none alone, every channel alike."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.where(unit > 0, errors.error / unit, 0.0)
    root = rms(r)
    if not root > 0 or np.count_nonzero(errors.outside) < SEVERAL:
        return False
    signs = abs(float(np.mean(np.sign(r[r != 0]))))
    by_channel = np.sqrt(np.mean(r**2, axis=0))
    alike = float(by_channel.max()) <= ALIKE * float(np.median(by_channel))
    return bool(np.abs(r).max() <= LARGEST_OF_NOISE * root) and signs <= ONE_SIDED and alike
