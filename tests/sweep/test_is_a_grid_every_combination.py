"""Is a grid every value of each axis with every value of the others, and nothing else?"""

from __future__ import annotations

import itertools
import json

from convcheck.testing.space import DEPTHWISE, Space
from convcheck.testing.strategies import fits

from .conftest import Sweep

AXES = {
    "kernel_size": ((1,), (3,), (2, 5)),
    "strides": ((1,), (2,), (3, 1)),
    "padding": ("same", "valid", ((1, 2), (0, 3))),
    "groups": (1, 2, DEPTHWISE),
    "transposed": ("no", "yes"),
    "dtype": ("float32", "bfloat16"),
    "pass_": ("forward", "input-gradient"),
}


def test_is_each_combination_once() -> None:
    (grid,) = Space(**AXES).grid(7)
    found = list(grid)
    assert len(found) == len(grid) == len(set(found)) == 3 * 3 * 3 * 3 * 2 * 2 * 2
    expected = set(itertools.product(*AXES.values()))
    assert {
        (
            r.kernel_size,
            r.strides,
            r.padding,
            DEPTHWISE if r.groups == r.input_shape[-1] else r.groups,
            "yes" if r.transposed else "no",
            r.input_dtype,
            r.pass_,
        )
        for r in found
        if r.input_shape is not None
    } == expected
    assert {r.seed for r in found} == {7}
    assert {r.kernel_dtype == r.input_dtype for r in found} == {True}


def test_has_a_grid_of_several_ranks_all_of_each() -> None:
    grids = Space(rank=(1, 2, 3), strides=((1,), (2,))).grid()
    assert [len(grid) for grid in grids] == [2, 2, 2]
    assert [{len(r.input_shape or ()) - 2 for r in grid} for grid in grids] == [{1}, {2}, {3}]


def test_does_the_command_run_all_and_count_the_impossible(sweep: Sweep) -> None:
    words = ("--kernel-size", "1/3/9", "--padding", "same/valid", "--input-shape", "1,6,6,2")
    told = sweep(*words, "--input", "random", "--filters", "2/3", "--groups", "2", "-i", "numpy",
                 "--format", "json")  # fmt: skip
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    # Of 12 half have 3 filters in 2 groups; a window of 9 is beyond 6 pixels unless padded.
    assert (document["total"], document["impossible"]) == (5, 7)
    assert sum(document["counts"].values()) == 5


def test_is_a_grid_of_nothing_refused_with_the_reason(sweep: Sweep) -> None:
    told = sweep("--kernel-size", "9", "--padding", "valid", "--input-shape", "1,6,6,2",
                 "--input", "random", "-i", "numpy")  # fmt: skip
    assert (told.returncode, told.stdout) == (2, "")
    assert len(told.stderr.splitlines()) == 1
    assert "a kernel of 9 does not fit" in told.stderr


def test_do_combinations_that_fit_say_so() -> None:
    (grid,) = Space(kernel_size=((9,),), padding=("valid", "same")).grid()
    assert [fits(r) for r in grid] == [True, True]
    (small,) = Space(kernel_size=((13,),), padding=("valid", "same")).grid()
    assert [fits(r) for r in small] == [False, True]
