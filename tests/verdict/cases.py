"""Random sound cases for the tests of verdicts."""

from __future__ import annotations

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError


def random_case(seed: int, dtype: str | None = None) -> Case:
    """A rank-2 case that tf and keras both document: strides or dilations, groups, bias."""
    rng = np.random.default_rng([7, seed])
    while True:
        groups = int(rng.choice([1, 1, 1, 2, 3]))
        channels, filters = groups * int(rng.integers(1, 5)), groups * int(rng.integers(1, 4))
        size = tuple(int(n) for n in rng.integers(1, 6, 2))
        stride, dilation = [(1, 1), (2, 1), (3, 1), (1, 2)][rng.integers(4)]
        spec = ConvSpec.make(
            size,
            strides=stride,
            dilations=dilation,
            padding=str(rng.choice(["same", "valid"])),
            groups=groups,
        )
        shape = (int(rng.integers(1, 3)), *(int(n) for n in rng.integers(4, 20, 2)), channels)
        kind = dtype or str(rng.choice(["float32", "float64"]))
        x = rng.standard_normal(shape)
        k = rng.standard_normal((*size, channels // groups, filters))
        if rng.random() < 0.3:  # heavy cancellation: values of very different size
            x = x * 10.0 ** rng.integers(-6, 7, shape)
        if rng.random() < 0.2:  # sums that drift
            x, k = np.abs(x), np.abs(k)
        bias = rng.standard_normal(filters).astype(kind) if rng.random() < 0.3 else None
        try:
            return Case(spec, x.astype(kind), k.astype(kind), bias)
        except SpecError:
            continue
