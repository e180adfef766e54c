"""Are the frameworks' sums replayed bit for bit, in every geometry?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check import check
from convcheck.implementations.name import parse
from convcheck.plan import OrderSearch, Plan
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

GEOMETRIES = {
    "strides": ((1, 9, 9, 3), (3, 3, 3, 4), {"strides": 2}),
    "dilations": ((2, 9, 8, 2), (3, 2, 2, 2), {"dilations": 2, "padding": 1}),
    "groups": ((1, 8, 8, 4), (3, 3, 2, 6), {"groups": 2}),
    "depthwise": ((1, 8, 8, 4), (3, 3, 1, 8), {"groups": 4}),
    "rank 1": ((2, 20, 3), (5, 3, 2), {}),
    "rank 3": ((1, 5, 6, 4, 2), (3, 3, 3, 2, 2), {}),
    "transposed": ((1, 6, 6, 4), (3, 3, 2, 4), {"transposed": True, "strides": 2}),
}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("name", ["tf", "keras", "torch", "jax?x64=1", "onnxruntime", "litert"])
def test_are_frameworks_replayed(name, geometry, with_bias, dtype):
    x_shape, kernel_shape, settings = GEOMETRIES[geometry]
    rng = np.random.default_rng(0)
    spec = ConvSpec.make(kernel_shape[:-2], **settings)
    kernel = rng.standard_normal(kernel_shape).astype(dtype)
    bias = None
    if with_bias:
        filters = spec.output_shape(x_shape, kernel_shape)[-1]
        bias = rng.standard_normal(filters).astype(dtype)
    case = Case(spec, rng.standard_normal(x_shape).astype(dtype), kernel, bias)
    with Runtimes() as runtimes:
        plan = Plan(case, [parse(name)], orders=OrderSearch(orders=True, orders_timeout=100.0))
        (judgement,) = check(plan, runtimes, Limits()).judgements
    if judgement.error is None:
        pytest.skip(str(judgement.message))
    assert judgement.order.status == "replayed", judgement.order
