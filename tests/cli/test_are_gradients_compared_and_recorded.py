"""Are gradients compared as outputs are: judged, explained, recorded, and every mistake told?"""

from __future__ import annotations

import json

import numpy as np
import pytest

import convcheck
from convcheck.case.passes import GRADIENTS
from convcheck.cli.main import command
from convcheck.errors import UsageError

BACKWARD = '''
import numpy as np

def by_hand(x, kernel, *, pads, pass_, output_gradient, **rest):
    """Three gradients of a convolution with strides of 1, summed as their definition says."""
    height, width = output_gradient.shape[1:3]
    if pass_ == "bias-gradient":
        return output_gradient.sum((0, 1, 2))
    wide = np.pad(x, [(0, 0), *pads, (0, 0)])
    by_input, by_kernel = np.zeros_like(wide), np.zeros_like(kernel)
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            read = slice(None), slice(i, i + height), slice(j, j + width)
            by_kernel[i, j] = np.einsum("nhwc,nhwo->co", wide[read], output_gradient)
            by_input[read] += output_gradient @ kernel[i, j].T
    (top, _), (left, _) = pads
    by_input = by_input[:, top : top + x.shape[1], left : left + x.shape[2]]
    return by_input if pass_ == "input-gradient" else by_kernel

def flipped(x, kernel, *, pass_, output_gradient, **rest):
    asked = {"pass_": pass_, "output_gradient": output_gradient, **rest}
    if pass_ == "input-gradient":
        return by_hand(x, kernel[::-1, ::-1], **asked)
    found = by_hand(x, kernel, **asked)
    return found[::-1, ::-1] if pass_ == "kernel-gradient" else found / len(x)

def forward(x, kernel, *, bias, strides, pads, dilations, groups, transposed):
    return x
'''
CASE = ["--input", "random", "--input-shape", "3,9,8,4", "--kernel", "random"]
CASE += ["--kernel-size", "3,2", "--filters", "5"]
SHAPES = dict(zip(GRADIENTS, ((3, 9, 8, 4), (3, 2, 4, 5), (5,)), strict=True))
CAUSES = dict(zip(GRADIENTS, ("kernel-flip", "kernel-flip", "batch-averaged"), strict=True))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where backward.py is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backward.py").write_text(BACKWARD)
    return tmp_path


def report(capsys, *arguments):
    code = command([*arguments, "--format", "json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, json.loads(printed.out)


@pytest.mark.parametrize("kind", GRADIENTS)
def test_is_a_right_gradient_sound_and_a_wrong_one_named(folder, capsys, kind):
    right, wrong = "python:backward.py:by_hand", "python:backward.py:flipped"
    code, found = report(capsys, "compare", *CASE, "--pass", kind, "-i", "numpy", "-i", right)
    assert code == 0
    assert found["case"]["pass"] == kind
    assert found["case"]["output_gradient"] == {
        "source": "random",
        "shape": [3, 9, 8, 5],
        "dtype": "float32",
    }
    assert found["case"]["output_shape"] == list(SHAPES[kind])
    code, found = report(capsys, "compare", *CASE, "--pass", kind, "-i", "numpy", "-i", wrong)
    assert code == 1
    (pair,) = found["differences"]
    place = pair["worst_index"]
    assert len(place) == len(SHAPES[kind])
    assert all(i < n for i, n in zip(place, SHAPES[kind], strict=True))
    cause = next(one for one in found["findings"] if one["implementation"] == wrong)
    assert cause["cause"] == CAUSES[kind]
    few = kind == "bias-gradient"  # five numbers prove nothing
    assert cause["status"] == ("supported" if few else "proved")


@pytest.mark.parametrize("kind", GRADIENTS)
def test_does_a_bundle_hold_a_gradient(folder, capsys, kind):
    names = ["-i", "numpy", "-i", "python:backward.py:by_hand"]
    assert command(["compare", *CASE, "--pass", kind, *names, "--save", "g.npz", "-q"]) == 0
    capsys.readouterr()
    code, found = report(capsys, "verify", "g.npz", "-i", "numpy")
    assert code == 0
    assert found["case"]["pass"] == kind
    with np.load("g.npz") as arrays:
        assert arrays["output_0"].shape == SHAPES[kind]
        assert arrays["output_gradient"].shape == (3, 9, 8, 5)
    np.save("recorded.npy", np.load("g.npz")["output_0"])
    np.save("weights.npy", np.load("g.npz")["output_gradient"])
    again = [*CASE, "--pass", kind, "--output-gradient", "weights.npy", "-i", "file:recorded.npy"]
    code, found = report(capsys, "compare", *again)
    assert code == 0
    assert found["implementations"][0]["status"] in ("exact", "within-bound")


def test_is_a_function_without_gradients_told_what_it_needs(folder, capsys):
    name = "python:backward.py:forward"
    code, found = report(capsys, "compare", *CASE, "--pass", "bias-gradient", "-i", name)
    assert code == 3
    (row,) = found["implementations"]
    assert row["status"] == "unavailable"
    assert "output_gradient" in row["message"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--output-gradient", "ones"], "--output-gradient goes with a gradient; add --pass"),
        (["--pass", "kernel-gradient", "--quantize", "int8"], "goes with real numbers"),
        (["--pass", "backward"], "--pass"),
        (
            ["--pass", "input-gradient", "--output-gradient", "short.npy"],
            "output gradient of shape (3, 9, 8, 4), but the output has shape (3, 9, 8, 5)",
        ),
        (["--pass", "input-gradient", "--output-gradient", "none.npy"], "none.npy"),
    ],
)
def test_is_a_mistake_about_gradients_one_line(folder, capsys, options, words):
    np.save("short.npy", np.zeros((3, 9, 8, 4), np.float32))
    assert command(["compare", *CASE, *options, "-i", "numpy"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert printed.err.count("\n") == 1


def test_does_python_take_gradients_by_the_same_names():
    draw = np.random.default_rng(0)
    x = draw.standard_normal((2, 6, 5, 3)).astype("f4")
    kernel = draw.standard_normal((1, 1, 3, 4)).astype("f4")
    g = draw.standard_normal((2, 6, 5, 4)).astype("f4")
    right = np.einsum("nhwc,nhwo->co", x.astype("f8"), g.astype("f8"))[np.newaxis, np.newaxis]
    options = {"pass_": "kernel-gradient", "output_gradient": g}
    convcheck.assert_equivalent(right.astype("f4"), x, kernel, **options)
    oihw = {"input_layout": "NCHW", "kernel_layout": "OIHW"}
    moved = [np.moveaxis(one, -1, 1) for one in (x, g)]
    convcheck.assert_equivalent(
        *(right.astype("f4").transpose(3, 2, 0, 1), moved[0], kernel.transpose(3, 2, 0, 1)),
        **{"pass_": "kernel-gradient", "output_gradient": moved[1], **oihw},
    )
    with pytest.raises(AssertionError, match=r"batch-averaged") as caught:
        convcheck.assert_equivalent(right.astype("f4") / 2, x, kernel, **options)
    assert "worst at (0, 0, " in str(caught.value)
    found = convcheck.compare(x, kernel, implementations=["numpy"], **options)
    assert (found.exit_code, found.case.pass_) == (0, "kernel-gradient")
    with pytest.raises(UsageError, match="needs output_gradient"):
        convcheck.assert_equivalent(right, x, kernel, pass_="kernel-gradient")
    with pytest.raises(UsageError, match="kernel-gradient"):
        convcheck.compare(x, kernel, implementations=["numpy"], pass_="kernel-gradien")


def test_does_the_suite_hold_a_gradient_against_its_specs(capsys):
    pattern = ["--filter", "conv2d-3x3-same*", "--filter", "conv1d-3-valid*"]
    code, found = report(capsys, "conformance", "numpy", "--pass", "input-gradient", *pattern)
    assert code == 0
    (suite,) = found["implementations"]
    assert suite["counts"]["within"] > 5
    assert all(one["name"].endswith("-input-gradient") for one in suite["results"])
