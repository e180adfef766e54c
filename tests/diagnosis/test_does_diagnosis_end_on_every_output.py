"""Does diagnosis end, with a finding and no exception, on outputs and operands of every kind?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Output, Status
from convcheck.truth.arithmetic import declared

from .planting import diagnosed, plain

FLOAT32 = declared("float32", "float32")


@pytest.mark.parametrize(
    ("side", "size", "padding"),
    [(6, 3, "valid"), (6, 5, "valid"), (4, 3, "same"), (5, 5, "same"), (3, 3, "valid")],
)
def test_does_it_end_on_an_input_smaller_than_a_tile_of_winograd(side, size, padding):
    rng = np.random.default_rng(side * size)
    case = Case(
        ConvSpec.make((size, size), padding=padding),
        rng.standard_normal((1, side, side, 2)).astype("f4"),
        rng.standard_normal((size, size, 2, 2)).astype("f4"),
    )
    out = rng.standard_normal(case.output_shape).astype("f4")
    (judgement,), findings = diagnosed(case, Output("file", "file", out))
    assert judgement.status is Status.OUTSIDE_BOUND
    assert [found.status for found in findings if found.departs] in (["supported"], ["unexplained"])


@pytest.mark.parametrize("filters", [1, 3, 8])
def test_does_it_end_where_channels_that_have_an_order_are_not_all_there(filters):
    rng = np.random.default_rng(filters)
    case = Case(
        ConvSpec.make((3, 3), groups=2),
        rng.standard_normal((1, 9, 9, 4)).astype("f4"),
        rng.standard_normal((3, 3, 2, 4)).astype("f4"),
    )
    out = np.zeros((1, 9, 9, filters), np.float32)
    (judgement,), findings = diagnosed(case, Output("file", "file", out))
    assert judgement.status is Status.WRONG_SHAPE
    assert findings


@pytest.mark.parametrize("reach", [(slice(20), slice(None, None, 2)), (slice(36), slice(None))])
def test_does_it_end_where_most_outputs_are_nan(reach):
    """The first outputs of the sample, which decide what is looked at further, may all be NaN."""
    rng = np.random.default_rng(2)
    x = rng.standard_normal((1, 40, 40, 1)).astype("f4")
    x[(slice(None), *reach)] = np.nan
    kernel = rng.standard_normal((3, 3, 1, 1)).astype("f4")
    case = Case(ConvSpec.make((3, 3), padding="valid"), x, kernel)
    good = plain(case)
    either = np.where(rng.random(case.output_shape) < 0.5, -np.inf, np.inf).astype("f4")
    apart = np.nextafter(good.array, either)
    (judgement,), findings = diagnosed(case, replace(good, array=apart))
    assert judgement.status is Status.WITHIN_BOUND
    assert not findings


@pytest.mark.parametrize("operands", ["int32", "int64", "int16", "float32"])
@pytest.mark.parametrize("output", ["uint8", "int8", "uint16"])
def test_does_it_end_on_integers_that_the_output_s_format_does_not_have(operands, output):
    rng = np.random.default_rng(4)
    case = Case(
        ConvSpec.make((3, 3), padding="valid"),
        rng.integers(-300, 300, (1, 12, 12, 2)).astype(operands),
        rng.integers(-9, 9, (3, 3, 2, 2)).astype(operands),
        rng.integers(-400, 400, 2).astype(operands),
    )
    sums = exactly(case)
    wrapped = Output(output, output, sums.astype(output), dtypes=Dtypes(compute=output))
    (judgement,), findings = diagnosed(case, wrapped)
    assert judgement.status is Status.OUTSIDE_BOUND
    if operands != "float32":
        assert "integer-overflow" in (findings[0].cause, *findings[0].also)


def exactly(case: Case) -> np.ndarray:
    """A valid 3x3 convolution in Python-sized integers."""
    x, kernel = case.input.astype(np.int64), case.kernel.astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    return np.einsum("nhwcij,ijco->nhwo", windows, kernel) + case.bias.astype(np.int64)


def test_are_two_integer_outputs_of_other_formats_judged_each_by_its_own_case():
    """A right int32 output stays right beside a uint8 one that wrapped."""
    rng = np.random.default_rng(5)
    case = Case(
        ConvSpec.make((3, 3), padding="valid"),
        rng.integers(-300, 300, (1, 12, 12, 2)).astype("int32"),
        rng.integers(-9, 9, (3, 3, 2, 2)).astype("int32"),
        np.zeros(2, "int32"),
    )
    sums = exactly(case)
    (judgement,), findings = diagnosed(case, Output("right", "right", sums.astype("int32")))
    assert (judgement.status, findings) == (Status.EXACT, ())
