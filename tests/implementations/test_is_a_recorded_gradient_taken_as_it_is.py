"""Is a recorded gradient taken as it is, in the layout that it was recorded in?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convcheck.case.passes import (
    BIAS_GRADIENT,
    GRADIENTS,
    INPUT_GRADIENT,
    KERNEL_GRADIENT,
    Gradient,
)
from convcheck.errors import UsageError
from convcheck.implementations.name import parse
from convcheck.results import Dtypes
from convcheck.runtimes.host import Runtimes
from tests.case.gradients_by_definition import wanted

from .small_cases import CASES


def recorded(folder: Path, array: np.ndarray, options: str = "") -> str:
    np.save(folder / "gradient.npy", array)
    return f"file:{folder / 'gradient.npy'}{options}"


def of(label: str, kind: str) -> Gradient:
    case = CASES[label]
    return Gradient(kind, case, np.ones(case.output_shape, case.input.dtype))


def given(asked: Gradient, text: str) -> np.ndarray:
    with Runtimes() as runtimes:
        (output,) = runtimes.run_all(asked, [parse(text)])()
    assert output.array is not None
    return output.array


@pytest.mark.parametrize("kind", GRADIENTS)
def test_is_a_recorded_gradient_taken_as_it_is(tmp_path: Path, kind: str) -> None:
    asked = of("groups", kind)
    right = wanted(asked).astype(np.float32)
    with Runtimes() as runtimes:
        output = runtimes.run(asked, parse(recorded(tmp_path, right, "?dtype=float32")))
    assert output.array is not None
    np.testing.assert_array_equal(output.array, right)
    assert output.dtypes == Dtypes(compute="float32", output="float32")
    assert output.call == "gradient.npy"


@pytest.mark.parametrize(
    ("label", "kind", "layout", "axes"),
    [
        ("groups", INPUT_GRADIENT, "NCHW", (0, 3, 1, 2)),
        ("groups", KERNEL_GRADIENT, "OIHW", (3, 2, 0, 1)),
        ("transposed, groups", KERNEL_GRADIENT, "IOHW", (3, 2, 0, 1)),
        ("transposed, groups", KERNEL_GRADIENT, "HWIO", (0, 1, 3, 2)),
        ("1-D", KERNEL_GRADIENT, "OIW", (2, 1, 0)),
        ("3-D", INPUT_GRADIENT, "NCDHW", (0, 4, 1, 2, 3)),
    ],
)
def test_is_its_layout_read(
    tmp_path: Path, label: str, kind: str, layout: str, axes: tuple[int, ...]
) -> None:
    asked = of(label, kind)
    right = wanted(asked)
    text = recorded(tmp_path, right.transpose(axes), f"?layout={layout}")
    np.testing.assert_array_equal(given(asked, text), right)


def test_is_a_depthwise_kernels_gradient_read_in_its_own_shape(tmp_path: Path) -> None:
    asked = of("depthwise, multiplier", KERNEL_GRADIENT)
    right = wanted(asked)
    text = recorded(tmp_path, right.reshape(3, 3, 3, 2), "?layout=HWCM")
    np.testing.assert_array_equal(given(asked, text), right)


def test_does_a_gradient_of_another_shape_come_as_it_is(tmp_path: Path) -> None:
    """That it is wrong is said where it is judged, as of an output."""
    asked = of("plain", KERNEL_GRADIENT)
    assert given(asked, recorded(tmp_path, np.zeros((2, 2)))).shape == (2, 2)


@pytest.mark.parametrize(
    ("kind", "layout", "words"),
    [
        (INPUT_GRADIENT, "OIHW", "OIHW, is no layout of the input gradient; expected one of NWC,"),
        (KERNEL_GRADIENT, "NCHW", "NCHW, is no layout of the kernel gradient; expected one of WIO"),
        (BIAS_GRADIENT, "NCHW", "is no layout of the bias gradient; leave it out: it has one axis"),
        (
            KERNEL_GRADIENT,
            "OIW",
            "layout= of gradient OIW has 3 axes, but the shape is (3, 3, 4, 4",
        ),
    ],
)
def test_is_the_layout_of_something_else_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, layout: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = of("plain", kind)
    np.save("gradient", wanted(asked))
    (tmp_path / "gradient.npy").rename("gradient")
    with pytest.raises(UsageError) as caught:
        given(asked, f"file:gradient?layout={layout}")
    assert words in str(caught.value)


def test_is_a_kernels_layout_no_layout_of_an_output(tmp_path: Path) -> None:
    text = recorded(tmp_path, np.zeros((2, 7, 8, 4)), "?layout=OIHW")
    with Runtimes() as runtimes, pytest.raises(UsageError, match="no layout of the output"):
        runtimes.run(CASES["plain"], parse(text))
