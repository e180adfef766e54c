"""Are random gradients exact in integers, and no false alarm with real numbers?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import GRADIENTS, Gradient
from convcheck.implementations.name import Name
from convcheck.results import Output, Status
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.judge import judge
from tests.case.gradients_by_definition import WHOLE, exact_gradient, random_case, wanted

from .conftest import needed
from .gradient_faults import known_faults

BASES = ("tf", "keras", "torch", "jax", "numpy")
SHOWN_IN_MEMORY = "MALLOC_PERTURB_=165"
"""Has glibc fill what is allocated: where a framework leaves memory as it found it, it shows."""
REASONS = (
    "{{function_node __wrapped_",  # an operation of TensorFlow's own speaks
    "Unrecognized keyword arguments passed to",
    "`strides > 1` not supported in conjunction with `dilation_rate > 1`",
    "cannot append output padding",
    "output padding must be smaller than either stride or dilation",
    "sliding_window_view has no transposed convolution",
)
"""What frameworks, and our words for them, say that they do not do."""


def names_for(dtype: str) -> list[Name]:
    """The implementations, each let to compute in that dtype."""
    own = {"keras": f"&dtype={dtype}", "jax": "&x64=1"}
    return [needed(f"{base}?{SHOWN_IN_MEMORY}{own.get(base, '')}") for base in BASES]


def random_geometry(draw: np.random.Generator) -> tuple[Case, str, str]:
    """A geometry, which gradient of it, and in which dtype."""
    case = replace(random_case(draw), data_format=str(draw.choice(["NHWC", "NHWC", "NCHW"])))
    return case, str(draw.choice(GRADIENTS)), str(draw.choice(list(WHOLE)))


def assert_known(output: Output, asked: Gradient) -> None:
    """That there is no right array has a reason: the framework's own, or a known fault."""
    faults = known_faults(output.name.partition("?")[0], asked)
    if output.status is Status.UNAVAILABLE:
        assert any(reason in (output.message or "") for reason in REASONS), output.message
        return
    assert faults, f"{output.name} {output.status}: {output.message} {describe(asked)}"


def describe(asked: Gradient) -> str:
    case = asked.forward
    return f"{asked.kind} {case.spec} {case.input.shape} {case.input.dtype} {case.data_format}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000))
def test_are_random_gradients_of_integers_exact(seed: int, runtimes: Runtimes) -> None:
    draw = np.random.default_rng(seed)
    case, kind, dtype = random_geometry(draw)
    asked = exact_gradient(case, kind, dtype, draw)
    right = wanted(asked)
    for output in runtimes.run_all(asked, names_for(dtype))():
        if output.array is None or not np.array_equal(output.array.astype(np.float64), right):
            assert_known(output, asked)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000))
def test_are_random_gradients_of_real_numbers_within_their_bound(
    seed: int, runtimes: Runtimes
) -> None:
    """In the wide dtypes a bound is a proof; in the narrow ones departures are printed."""
    draw = np.random.default_rng(seed)
    case, kind, dtype = random_geometry(draw)
    shapes = case.input.shape, case.kernel.shape, case.output_shape
    x, kernel, g = (draw.standard_normal(s).astype(dtype_named(dtype)) for s in shapes)
    asked = Gradient(kind, replace(case, input=x, kernel=kernel), g)
    outputs = runtimes.run_all(asked, names_for(dtype))()
    laid_out = [
        output
        if output.array is None
        else replace(output, array=asked.to_case_layout(output.array))
        for output in outputs
    ]
    departures: Counter[str] = Counter()
    for judgement in judge(asked.case, laid_out, pairs=()).judgements:
        if judgement.status in (Status.EXACT, Status.WITHIN_BOUND):
            continue
        if dtype in ("float64", "float32") or judgement.output.array is None:
            assert_known(judgement.output, asked)
        else:
            departures[f"{judgement.output.name} {judgement.status} {describe(asked)}"] += 1
    print(*departures, sep="\n", end="")
