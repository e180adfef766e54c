"""Causes without an exact form: named only where the errors are of the size that each makes.

None is ever proved. Where a rule has a number, the number was measured on frameworks and stands in
the docstring beside it; an error that does not scale so is left to others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.detectors.unexplained import where_and_how_far
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.sampled_errors import SampledErrors, errors_of
from convcheck.results import Finding, Status

if TYPE_CHECKING:
    from convcheck.results import Array


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
    errors = errors_of(observation)
    if not observation.arithmetic.is_integer:
        yield from _low_precision(errors)
        yield from _quantization(errors)


def _low_precision(errors: SampledErrors) -> Iterator[ErrorModelMatch]:
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


def _quantization(errors: SampledErrors) -> Iterator[ErrorModelMatch]:
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


def _rounded_so(errors: SampledErrors, x_step: float, k_step: Array) -> bool:
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
