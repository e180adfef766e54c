"""Is the status of an output what fractions say, for scales, sums and zero points of any size?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from convcheck.errors import UsageError
from convcheck.quantized.activation import real_limits
from convcheck.quantized.blocks import blocks
from convcheck.quantized.parameters import ACTIVATION_LIMITS, Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums
from convcheck.verdict.quantized.assessment import IntegerAssessment
from convcheck.verdict.quantized.bounds import bound_of
from convcheck.verdict.quantized.meant import standards_of
from convcheck.verdict.quantized.truth import BlockTruth
from tests.quantized import by_definition
from tests.quantized.drawing import element

HALF = Fraction(1, 2)
ROWS = 7
Values = dict[tuple[int, ...], Fraction]


def any_parameters(rng: np.random.Generator, filters: int) -> Parameters:
    """Scales from 2^-40 to 2^30, some of them powers of two, and any zero points."""
    dtype = str(rng.choice(["int8", "uint8", "int16"]))
    info = np.iinfo(dtype)
    low, high = (0, 0) if dtype == "int16" else (int(info.min), int(info.max))
    while True:
        i, o = (2.0 ** rng.integers(-40, 30) * rng.choice([1, rng.uniform(1, 2)]) for _ in "io")
        w = 2.0 ** rng.integers(-40, 30, filters) * rng.choice([1, 1.5, rng.uniform(1, 2)])
        zeros = [int(zero) for zero in rng.integers(low, high + 1, 2)]
        activation = str(rng.choice([*ACTIVATION_LIMITS, "none"]))
        try:
            return Parameters(i, w, o, zeros[0], 0, zeros[1], activation, dtype)
        except UsageError:
            continue


def any_sums(rng: np.random.Generator, p: Parameters) -> Sums:
    """Sums next to ties and integers of the output, as far as 2^20 to 2^45 reaches."""
    shape = (ROWS, p.w.size)
    m = float(p.i) * p.w.astype(np.float64) / float(p.o)
    near = rng.integers(-300, 300, shape) + rng.choice([0, 0.5], shape)
    limit = 2.0 ** rng.choice([20, 31, 45])
    products = np.clip(np.rint(near / m) + rng.integers(-2, 3, shape), -limit, limit)
    if rng.random() < 0.3:
        return Sums(products.astype(np.int64))
    bias = rng.integers(-1000, 1000, p.w.size)
    beta = (bias * float(p.i) * p.w.astype(np.float64)).astype(np.float32)
    return Sums(products.astype(np.int64), bias, beta, bool(rng.integers(2)))


def expected(
    out: np.ndarray, r: Values, sums: Sums, p: Parameters, names: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """(status, formulas within whose bound everything is)."""
    zo, (low, high) = p.output_zero_point, real_limits(p)
    held = [name for name in names if holds(name, out, r, sums, p)]
    if all(abs(int(out[x]) - zo - min(max(r[x], low - zo), high - zo)) <= HALF for x in r) and all(
        low <= int(out[x]) <= high for x in r
    ):
        return "exact", tuple(held)
    return "within-bound" if held else "outside-bound", tuple(held)


def holds(name: str, out: np.ndarray, r: Values, sums: Sums, p: Parameters) -> bool:
    formula, zo = FORMULAS[name], p.output_zero_point
    bound, (low, high) = bound_of(formula, sums, p), formula.limits(p)
    if formula.wraps(sums, p).any():
        return False
    for x, value in r.items():
        allowed = bound.constant[x[-1]] + bound.relative[x[-1]] * abs(value)
        one, gap = int(out[x]), int(out[x]) - zo - value
        if not low <= one <= high:
            return False
        if (one != low and gap > allowed) or (one != high and -gap > allowed):
            return False
    return True


def test_is_it_decided_as_in_fractions() -> None:
    rng = np.random.default_rng(0)
    met: dict[str, int] = {}
    for _ in range(400):
        p = any_parameters(rng, int(rng.integers(1, 5)))
        sums = any_sums(rng, p)
        name = str(rng.choice(list(FORMULAS)))
        out = FORMULAS[name].output(sums, p)
        if rng.random() < 0.3:
            low, high = p.dtype_limits
            out = np.clip(out + rng.integers(-1, 2, out.shape), low, high)
        declared = () if rng.random() < 0.2 else (name,)
        found = IntegerAssessment(out, p, standards_of(declared, sums, p))
        for block in blocks(sums):
            found.update(BlockTruth(block, p))
        r = {
            index: by_definition.real(element(sums, p, index), real_bias=sums.bias_is_real)
            for index in np.ndindex(out.shape)
        }
        status, held = expected(out, r, sums, p, declared or tuple(FORMULAS))
        assert (found.status.value, found.within) == (status, held)
        over = found.summary().max_over_bound
        assert over is not None
        assert (over > 1) == (status == "outside-bound")
        met[status] = met.get(status, 0) + 1
    assert len(met) == 3
    assert min(met.values()) > 5
