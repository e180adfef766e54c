"""Does the code in the Fix sections of the pages do what they say, in every rank they speak of?"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.pages import page
from convcheck.implementations.frameworks.layouts import (
    channels_first,
    channels_last,
    filters_first,
)
from convcheck.implementations.name import Name
from convcheck.truth.plain import plain_sums

from .fixing import outcomes
from .run_fixes import Job

pytestmark = pytest.mark.slow

Needs = Callable[[str], Name]

RNG = np.random.default_rng(0)


def fix_of(name: str) -> str:
    return page(name).sections["Fix"]


def test_are_permutations_of_kernels_right_in_every_rank() -> None:
    found = re.findall(r"weight\.permute\(([\d, ]+)\)", fix_of("kernel-io-swap"))
    orders = [tuple(map(int, one.split(","))) for one in found]
    assert [len(order) for order in orders] == [3, 4, 5]
    for order in orders:
        kernel = RNG.random((4, 3, 2, 5, 7)[: len(order)])
        assert np.array_equal(filters_first(kernel).transpose(order), kernel)


def test_are_transposes_of_layouts_right_in_every_rank() -> None:
    text = fix_of("layout-reshape")
    there, back = re.findall(r"numpy\.moveaxis\(x.*?\)", text)
    (kernels,) = re.findall(r"numpy\.moveaxis\(kernel.*?\)\)", text)
    for rank in (1, 2, 3):
        x, kernel = (RNG.random((2, 3, 4, 5, 6)[: rank + 2]) for _ in range(2))
        assert np.array_equal(eval(there, {"numpy": np, "x": x}), channels_last(x))
        assert np.array_equal(eval(back, {"numpy": np, "x": x}), channels_first(x))
        names = {"numpy": np, "kernel": filters_first(kernel)}
        assert np.array_equal(eval(kernels, names), kernel)
    (order,) = re.findall(r"numpy\.transpose\(x, (\(.*?\))\)", text)
    x = RNG.random((2, 3, 4, 5))
    assert np.array_equal(x.transpose(eval(order)), channels_last(x))


def test_do_flips_of_each_rank_turn_every_axis() -> None:
    codes = re.findall(r"numpy\.flip\(kernel, (?:\d|\(.*?\))\)", fix_of("kernel-flip"))
    assert len(codes) == 3
    for code, rank in zip(codes, (2, 1, 3), strict=True):
        kernel = RNG.random((2, 3, 4, 5, 6)[: rank + 2])
        turned = kernel[(slice(None, None, -1),) * rank]
        assert np.array_equal(eval(code, {"numpy": np, "kernel": kernel}), turned)


def test_are_kernels_of_depthwise_calls_put_right() -> None:
    sizes = {"H": 3, "W": 2, "C": 4, "M": 3}
    kernel = RNG.random((3, 2, 4, 3))
    text = fix_of("depthwise-order")
    codes = (text.split(": ")[1].split(";")[0], text.rpartition(": ")[2].rstrip("."))
    to_torch, to_ours = (eval(code, {**sizes, "kernel": kernel}) for code in codes)
    for c in range(4):
        for m in range(3):
            assert np.array_equal(to_torch[c * 3 + m, 0], kernel[:, :, c, m])
            assert np.array_equal(to_ours[:, :, 0, c * 3 + m], kernel[:, :, c, m])


def test_does_the_page_pad_as_torch_and_tensorflow_do_for_any_kernel(needs: Needs) -> None:
    """Keras as torch with padding p; torch as SAME, by the formula."""
    needs("torch")
    needs("keras")
    lines = [
        one.strip() for one in fix_of("same-padding-side").splitlines() if one.startswith("    ")
    ]
    torch_line, *formula, keras_line = lines
    x = RNG.random((1, 12, 14, 3)).astype("f4")
    kernels = {k: RNG.random((k, k, 3, 2)).astype("f4") for k in (1, 2, 3, 4, 5, 7)}
    as_torch, as_same = [], []
    for k, kernel in kernels.items():
        code = f"k, p, filters = {k}, {k // 2}, 2; {keras_line}"
        as_torch.append(Job(code, x, kernel, np.zeros(2, "f4")))
        found: dict[str, object]
        names: dict[str, object] = {"ceil": math.ceil, "stride": 2, "dilation": 1, "k": k}
        around: list[object] = []
        for size in (14, 12):  # the last axis first
            found = {}
            exec("; ".join(formula), names | {"size": size}, found)
            around += [found["before"], found["after"]]
        code = torch_line.replace("(0, 1, 0, 1)", str(tuple(around)))
        assert k != 3 or code == torch_line
        as_same.append(Job(code, x, kernel, None))
    for framework, jobs in (("keras", as_torch), ("torch", as_same)):
        for job, result in zip(jobs, outcomes(framework, jobs), strict=True):
            assert not isinstance(result, str), (job.code, result)
            k = job.kernel.shape[0]
            padding = "same" if framework == "torch" else ((k // 2, k // 2),) * 2
            case = Case(ConvSpec.make((k, k), strides=2, padding=padding), x, job.kernel)
            right = plain_sums(case, x.astype("f8"), job.kernel.astype("f8"))
            np.testing.assert_allclose(result["y"], right, rtol=1e-4)


@pytest.mark.parametrize(("taps", "stride"), [(5, 2), (3, 2), (2, 4), (1, 3), (4, 1)])
def test_does_the_crop_of_the_page_make_same(taps: int, stride: int, needs: Needs) -> None:
    needs("torch")
    spec = ConvSpec.make((taps,), strides=stride, transposed=True)
    case = Case(spec, RNG.random((2, 7, 3)), RNG.random((taps, 4, 3)))
    lines = [
        line.strip() for line in fix_of("transpose-crop").splitlines() if line.startswith("    ")
    ]
    before, out = re.findall(r"(before = .*?) and (out = .*?) for SAME", fix_of("transpose-crop"))[
        0
    ]
    start = [f"size, s, window = 7, {stride}, {taps}", before, out]
    ((result),) = outcomes(
        "torch", [Job("; ".join([*start, *lines]), case.input, case.kernel, None)]
    )
    assert not isinstance(result, str), result
    np.testing.assert_allclose(result["y"], plain_sums(case, case.input, case.kernel), rtol=1e-12)


def test_do_the_lines_about_integers_give_their_sums(needs: Needs) -> None:
    x = RNG.integers(-100, 100, (1, 5, 6, 3)).astype("i1")
    kernel = RNG.integers(-100, 100, (3, 3, 3, 2)).astype("i1")
    case = Case(ConvSpec.make((3, 3), padding="valid"), x, kernel)
    whole = plain_sums(case, x.astype("f8"), kernel.astype("f8"))
    lines = [line.strip() for line in fix_of("integer-overflow").splitlines() if "y = " in line]
    for framework, line in zip(("torch", "tensorflow"), lines, strict=True):
        needs({"tensorflow": "tf"}.get(framework, framework))
        ((result),) = outcomes(framework, [Job(line, x, kernel, None)])
        assert not isinstance(result, str), result
        np.testing.assert_array_equal(result["y"], whole)
