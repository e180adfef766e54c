"""Do the outputs that the frameworks' own suites expect stay within the bounds of their cases?

ONNX's backend tests, and its reference evaluator on random numbers; torch's sample inputs; Keras's
references. The suite's own rule judges: what is outside must be a failure that it expects of that
framework, with its reason. Few in the quick run, all of them in the slow one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.implementations.name import Name, parse
from convcheck.results import Dtypes, Output, Status
from convcheck.testing import EXPECTED, NamedSpec
from convcheck.testing.suite import Result, judged
from tests.implementations.conftest import installed

from . import keras_references, onnx_cases, torch_samples

Needs = Callable[[str], Name]


@dataclass(frozen=True)
class Expected:
    """A case of another suite, and the output that it expects."""

    name: str
    framework: str
    """Whose known failures count: one that EXPECTED names, or "" where there are none."""
    case: Case
    output: Any


def of_onnx(*, recorded: bool = True) -> Iterator[Expected]:
    for one in onnx_cases.recorded()[0] if recorded else onnx_cases.drawn():
        yield Expected(one.name, "", one.case, one.expected)


def of_torch() -> Iterator[Expected]:
    for one in torch_samples.recorded()[0]:
        yield Expected(one.name, "torch", one.case, one.expected)


def of_keras() -> Iterator[Expected]:
    for layer in keras_references.layers():
        x, kernel, bias = layer.arrays()
        y = keras_references.output(layer, x, kernel, bias)
        yield Expected(str(layer), "", case_of(layer, x, kernel, bias), y)


def case_of(layer: keras_references.Layer, x: Any, kernel: Any, bias: Any) -> Case:
    groups, extra = layer.groups, None
    if layer.kind == "depthwise":
        groups = layer.channels
        kernel = kernel.reshape(*layer.kernel_size, 1, -1)
    elif layer.kind == "transpose" and layer.padding == "valid":
        axes = zip(layer.kernel_size, layer.dilation_rate, layer.strides, strict=True)
        extra = [max(s - (d * (k - 1) + 1), 0) for k, d, s in axes]
    spec = ConvSpec.make(
        layer.kernel_size,
        strides=layer.strides,
        padding=layer.padding,
        dilations=layer.dilation_rate,
        groups=groups,
        transposed=layer.kind == "transpose",
        output_padding=extra,
    )
    return Case(spec, x, kernel, bias)


def result_of(one: Expected, array: Any = None) -> Result:
    """Judged as an output of the suite."""
    case, given = one.case, one.output if array is None else array
    batch, *spatial, channels = case.input.shape
    named = NamedSpec(
        case.spec,
        tuple(spatial),
        batch=batch,
        channels=channels,
        filters=case.output_shape[-1],
        bias=case.bias is not None,
        dtypes=(case.input.dtype.name, case.kernel.dtype.name),
    )
    named.__dict__["case"] = case  # the suite's case, not one drawn by its name
    name = one.framework or "numpy"
    known = [e for e in EXPECTED if e.implementation == one.framework]
    versions = {package: version for e in known for package, version in e.seen.items()}
    dtypes = Dtypes(compute=given.dtype.name)
    output = Output(name, f"{name}, {one.name}", given, dtypes=dtypes, versions=versions)
    return judged(named, output, parse(name), known)


def check(cases: Iterable[Expected]) -> tuple[int, int]:
    """How many were judged, and how many fail as the suite expects of their framework."""
    results = [result_of(one) for one in cases]
    assert [result.failure for result in results if result.failure] == []
    outside = [result for result in results if result.status is Status.OUTSIDE_BOUND]
    assert all(result.expectation and result.expectation.text for result in outside)
    return len(results), len(outside)


def test_are_keras_s_references_within_their_bounds() -> None:
    count, outside = check(list(of_keras())[::8])
    assert (count >= 30, outside) == (True, 0)


@pytest.mark.slow
def test_are_all_of_keras_s_references_within_their_bounds() -> None:
    every = list(of_keras())
    assert len({one.name for one in every}) == len(every) >= 250
    assert check(every) == (len(every), 0)


@pytest.mark.slow
def test_are_onnx_s_expectations_within_their_bounds(needs: Needs) -> None:
    needs("onnxruntime")
    every = [*of_onnx(), *of_onnx(recorded=False)]
    assert len({one.name for one in every}) == len(every) >= 140
    assert check(every) == (len(every), 0)


@pytest.mark.slow
def test_are_torch_s_samples_within_their_bounds(needs: Needs) -> None:
    """Transposed ones in float16 and bfloat16 may keep their sums in that format: nothing else."""
    needs("torch")
    installed("expecttest")
    every = list(of_torch())
    others = torch_samples.recorded()[1]
    assert all("must be below the stride" in why for why in others.values()), others
    assert len(others) <= len(every) // 20
    assert len({one.name for one in every}) == len(every) >= 400
    _, outside = check(every)
    narrow = sum("transpose" in one.name and "float16" in one.name for one in every)
    assert outside <= narrow


@pytest.mark.slow
def test_would_another_output_of_theirs_be_noticed(needs: Needs) -> None:
    """One element of each moved by a hundredth of the largest."""
    needs("torch")
    installed("expecttest")
    suites: tuple[tuple[Iterable[Expected], int], ...] = ((of_keras(), 3), (of_torch(), 3))
    for suite, step in suites:
        for one in list(suite)[::step]:
            moved = one.output.copy()
            largest = float(np.abs(one.output.astype("f8")).max())
            index = np.unravel_index(moved.size // 2, moved.shape)
            moved[index] += np.asarray(max(largest, 1.0), moved.dtype)
            result = result_of(one, moved)
            # Where the framework is known to be wrong on this processor, nothing is a failure.
            assert result.failure or result.expectation, one.name
