"""Do a spec's command-line options, read by ``convcheck compare``, give the same spec again?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.spec import ConvSpec
from convcheck.cli.commands.compare import command
from tests.truth.definition import random_case

GEOMETRY = ("strides", "padding", "dilations", "groups", "transposed", "output_padding")


def parsed(options: list[str], kernel_size: tuple[int, ...]) -> ConvSpec:
    """The geometry that the real command understands; the kernel's size is its file's."""
    context = command.make_context("compare", ["--kernel", "kernel.npy", *options])
    return ConvSpec.make(kernel_size, **{name: context.params[name] for name in GEOMETRY})


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, ["--padding", "same"]),
        ({"padding": "valid", "strides": 2}, ["--padding", "valid", "--strides", "2,2"]),
        ({"padding": ((1, 0), (2, 2))}, ["--padding", "1:0,2:2"]),
        (
            {"padding": 0, "dilations": (1, 3), "groups": 4},
            ["--padding", "0:0,0:0", "--dilations", "1,3", "--groups", "4"],
        ),
        (
            {"transposed": True, "strides": (2, 3), "output_padding": (0, 2)},
            [
                *("--padding", "same", "--strides", "2,3"),
                *("--transposed", "--output-padding", "0,2"),
            ],
        ),
    ],
)
def test_are_the_options_those_that_a_user_would_type(settings, options):
    spec = ConvSpec.make((3, 3), **settings)
    assert spec.command_line_options() == options
    assert parsed(options, spec.kernel_size) == spec


def test_does_any_geometry_come_back_from_the_command_line():
    rng = np.random.default_rng(0)
    specs = [random_case(rng).spec for _ in range(300)]
    for spec in specs:
        assert parsed(spec.command_line_options(), spec.kernel_size) == spec
    assert {spec.rank for spec in specs} == {1, 2, 3}
    assert {spec.transposed for spec in specs} == {False, True}
    assert {type(spec.padding) for spec in specs} == {str, tuple}
    assert any(spec.output_padding and any(spec.output_padding) for spec in specs)


@pytest.mark.parametrize("lost", ["padding", "strides", "dilations", "groups", "transposed"])
def test_would_a_lost_option_be_noticed(lost):
    spec = ConvSpec.make((3,), strides=2, padding=1, dilations=2, groups=2, transposed=True)
    options = spec.command_line_options()
    at = options.index(f"--{lost}")
    del options[at : at + (1 if lost == "transposed" else 2)]
    assert parsed(options, spec.kernel_size) != spec
