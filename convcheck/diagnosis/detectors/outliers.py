"""One output far from all others, inside the bound: what a long sum's wide bound would hide.

With r = (out - y) / U: found iff it is larger than 20 times the root mean square of all others (or
of 0.2, what roundings leave at least), and more than 4 times that of honest float32 sums of its own
products, one after another, in reverse and in interleaved chains: a kernel of ones over a flat
window, summed in sequence, drifts to 1,784 times the others' (4,608 taps). Supported, never proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import im2col, kernel_matrix
from convcheck.diagnosis.probe_points import ProbePoints
from convcheck.results import Finding, Residuals, Status
from convcheck.truth.arithmetic import rounded
from convcheck.truth.bound import store_before_bias
from convcheck.truth.exact import exact
from convcheck.verdict.evidence import LEAST_RMS

if TYPE_CHECKING:
    from convcheck.results import Array

CAUSE = "corrupted-elements"
OTHERS = 20.0
"""Times the others' root mean square: of normal residuals one in 1e88 is as large."""
HONEST = 4.0
"""Times what honest orders of the same sum leave."""
CHAINS = (1, 4, 8, 16)
"""Interleaved partial sums, as vector units have them."""


def detect(observation: Observation) -> Iterator[Finding]:
    """The output with the largest residual, where neither others nor honest sums are like it."""
    judgement, found = observation.judgement, observation.judgement.residuals
    if judgement.status is not Status.WITHIN_BOUND or found is None or found.worst_index is None:
        return
    dtype = observation.arithmetic.accumulator.dtype
    if dtype not in (np.float32, np.float64):
        return
    others = _rms_of_others(found)
    if not found.largest > OTHERS * max(others, LEAST_RMS):
        return
    honest = _honest_residual(observation, found, dtype)
    if not found.largest > HONEST * honest:
        return
    output = judgement.output
    yield Finding(
        cause=CAUSE,
        implementation=output.name,
        status="supported",
        summary=f"{output.call} stays inside its bound, yet the output at {found.worst_index} is "
        f"{found.largest:.4g} roundings from exact, all others {others:.2g} in the mean square",
        fix=fix_for(CAUSE, observation.case, output),
    )


def _rms_of_others(found: Residuals) -> float:
    by_channel = np.nan_to_num(found.rms_by_channel)
    mean = float(np.mean(by_channel**2))  # every channel has as many outputs, but for zeros
    rest = mean * found.counted - found.largest**2
    return sqrt(max(rest, 0.0) / max(found.counted - 1, 1))


def _honest_residual(
    observation: Observation, found: Residuals, dtype: np.dtype[np.float64]
) -> float:
    """The largest |sum - y| / U of this output's own products in honest orders."""
    case, arithmetic = observation.case, observation.arithmetic
    assert found.worst_index is not None
    *place, filter_ = found.worst_index
    points = ProbePoints(tuple(np.array([i]) for i in place), np.array([filter_]))
    x = im2col(case, points, arithmetic).values[0].astype(dtype)
    matrix = kernel_matrix(case, points.filters, arithmetic)
    products = x * matrix.values[:, 0].astype(dtype)
    bias = dtype.type(0.0 if matrix.bias is None else matrix.bias[0])
    flat = np.array([np.ravel_multi_index(found.worst_index, case.output_shape)])
    right = exact(rounded(case, arithmetic), flat)
    y = float(np.ldexp(right.hi[0], int(np.ravel(right.s)[0])))
    error = abs(float(observation.out[found.worst_index]) - y)
    unit = error / found.largest
    sums = [
        float(_in_chains(order, chains) + bias)
        for order in (products, products[::-1])
        for chains in CHAINS
    ]
    bias_alone = None if matrix.bias is None else float(bias)
    stored = store_before_bias(y, bias_alone, arithmetic)
    return (max(abs(total - y) for total in sums) + float(stored)) / unit if unit else 0.0


def _in_chains(products: Array, chains: int) -> Array:
    """The sum in so many interleaved partial sums, each added up one after another."""
    padded = np.zeros(-(-len(products) // chains) * chains, products.dtype)
    padded[: len(products)] = products
    # cumsum adds one after another in the array's own format; sum would not.
    partial = np.cumsum(padded.reshape(-1, chains), axis=0, dtype=products.dtype)[-1]
    return np.asarray(np.cumsum(partial, dtype=products.dtype)[-1])
