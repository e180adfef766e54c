"""Does the list of specs cover what it says, and can each be run again from its name?"""

from __future__ import annotations

import re
import shlex

import click
import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.cli.commands.compare import command
from convcheck.testing import NamedSpec, specs


def test_are_there_enough_each_under_a_name_of_its_own() -> None:
    assert len(specs()) >= 300
    assert len({spec.id for spec in specs()}) == len(specs())
    assert all(re.fullmatch(r"[\w.,:=*-]+", spec.id) for spec in specs())


AXES = {
    "rank 1": lambda s: s.spec.rank == 1,
    "rank 2": lambda s: s.spec.rank == 2,
    "rank 3": lambda s: s.spec.rank == 3,
    "strides by axis": lambda s: len(set(s.spec.strides)) > 1,
    "dilations by axis": lambda s: len(set(s.spec.dilations)) > 1,
    "strided and dilated": lambda s: min(s.spec.strides) > 1 < min(s.spec.dilations),
    "same": lambda s: s.spec.padding == "same",
    "valid": lambda s: s.spec.padding == "valid",
    "sides that differ": lambda s: any(before != after for before, after in s.case.pads),
    "even kernel": lambda s: any(size % 2 == 0 for size in s.spec.kernel_size),
    "pointwise": lambda s: set(s.spec.kernel_size) == {1},
    "groups": lambda s: s.spec.groups > 1 and not s.depthwise,
    "depthwise": lambda s: s.depthwise,
    "multiplier": lambda s: s.depthwise and s.filters > s.channels,
    "transposed": lambda s: s.spec.transposed,
    "transposed in groups": lambda s: s.spec.transposed and s.spec.groups > 1,
    "transposed and dilated": lambda s: s.spec.transposed and max(s.spec.dilations) > 1,
    "output padding": lambda s: any(s.spec.output_padding or ()),
    "bias": lambda s: s.bias,
    "NCHW": lambda s: s.data_format == "NCHW",
    "batches": lambda s: s.batch > 3,
    "mixed": lambda s: s.dtypes[0] != s.dtypes[1],
}


@pytest.mark.parametrize("axis", AXES)
def test_is_each_axis_there_forward_and_often(axis: str) -> None:
    assert sum(map(bool, map(AXES[axis], specs()))) >= 3


@pytest.mark.parametrize("dtype", "float16 bfloat16 float32 float64 int8 uint8 int16 int64".split())
def test_is_each_type_there_in_each_kind_of_convolution(dtype: str) -> None:
    kinds = {
        (spec.spec.transposed, spec.depthwise, spec.spec.rank == 3)
        for spec in specs()
        if spec.dtypes == (dtype, dtype)
    }
    assert len(kinds) >= 4


@pytest.mark.parametrize("spec", specs()[::29], ids=str)
def test_is_a_spec_run_again_by_its_command_line(spec: NamedSpec) -> None:
    words = shlex.split(spec.command("tf"))
    assert words[:2] == ["convcheck", "compare"]
    context = command.make_context("compare", words[2:])
    keys = {key: context.params[key] for key in Request.__dataclass_fields__}
    again = build(Request(**keys))
    assert again.spec == spec.spec
    for name in ("input", "kernel", "bias"):
        np.testing.assert_array_equal(getattr(again, name), getattr(spec.case, name))
    assert isinstance(context, click.Context)


def test_do_sums_of_integers_fit_their_type() -> None:
    for spec in specs():
        if all("int" in dtype for dtype in spec.dtypes):
            x, kernel = (np.abs(a.astype(np.int64)) for a in (spec.case.input, spec.case.kernel))
            bias = 0 if spec.case.bias is None else int(np.abs(spec.case.bias).max())
            most = (
                int(x.max()) * int(np.abs(kernel).sum(tuple(range(kernel.ndim - 1))).max()) + bias
            )
            assert most <= np.iinfo(spec.dtypes[0]).max
