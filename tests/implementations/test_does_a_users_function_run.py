"""Does a user's own function run beside the frameworks, and is what is wrong with it said?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convcheck.implementations.name import parse
from convcheck.results import Dtypes, Status
from convcheck.runtimes.host import Runtimes
from tests.quantized.ordinary import ordinary

from .convolution_by_definition import convolved
from .small_cases import CASES

FUNCTIONS = '''
import numpy as np

def right(input, kernel, *, bias, strides, pads, dilations, groups, transposed):
    """Rank 1 and a group only, strides and pads in full."""
    assert (dilations, groups, transposed) == ((1,), 1, False)
    assert bias is None
    x = np.pad(input, [(0, 0), *pads, (0, 0)])
    taps = len(kernel)
    windows = [x[:, o : o + taps] for o in range(0, x.shape[1] - taps + 1, strides[0])]
    return np.stack([np.einsum("nkc,kco->no", w, kernel) for w in windows], axis=1)

def nothing(*_, **__):
    pass

def sentences(*_, **__):
    return np.array(["a", "b"])

def masked(*_, **__):
    return np.ma.masked_less(np.ones((1, 2)), 2)

def number(*_, **__):
    return 3.5

def wrong_shape(*_, **__):
    return np.zeros((1, 2))

def integers(input, kernel, *, bias, strides, pads, dilations, groups, transposed, input_scale,
             input_zero_point, kernel_scale, kernel_zero_point, output_scale, output_zero_point,
             activation):
    """All that it is given, in the output's first numbers."""
    assert (input.dtype, kernel.dtype, bias.dtype) == ("uint8", "int8", "int32")
    assert kernel_scale.dtype == "float32" and kernel_zero_point.dtype == "int64"
    told = [input_zero_point, *kernel_zero_point, output_zero_point, activation == "relu"]
    told += [round(1000 * float(s)) for s in (input_scale, *kernel_scale, output_scale)]
    y = np.zeros((2, 5, 6, 9), np.int32)
    y.flat[: len(told)] = told
    return y
'''


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module in the current folder."""
    (tmp_path / "mine.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("label", ["1-D, strided, valid", "1-D, explicit pads"])
def test_does_a_function_of_the_current_folder_run(label: str, mine: None) -> None:
    asked = CASES[label]
    with Runtimes(timeout=60) as runtimes:
        output = runtimes.run(asked, parse("python:mine:right"))
    assert output.array is not None, output.message
    np.testing.assert_array_equal(output.array, convolved(asked))
    assert output.call == "mine:right"
    assert output.dtypes == Dtypes(output="float32")


def test_is_what_is_wrong_with_a_function_reported(mine: None) -> None:
    with Runtimes(timeout=60) as runtimes:
        for target, words in {
            "mine:nothing": "mine:nothing returned None; it must return the output",
            "mine:number": "mine:number returned a float; it must return",
            "mine:sentences": "mine:sentences returned an array of <U1; it must hold real numbers",
            "mine:masked": "mine:masked returned an array with masked elements; it must give",
            "mine:absent": "AttributeError: module 'mine' has no attribute 'absent'",
            "absent:right": "ModuleNotFoundError: No module named 'absent'",
            "mine:right": "AssertionError",
        }.items():
            output = runtimes.run(CASES["plain"], parse(f"python:{target}"))
            assert output.status is Status.UNAVAILABLE
            assert (output.message or "").startswith(words)
        shape = runtimes.run(CASES["plain"], parse("python:mine:wrong_shape"))
    assert shape.array is not None
    assert shape.array.shape == (1, 2)


def test_does_a_function_in_a_file_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what lies beside the file, whatever the current folder."""
    folder = tmp_path / "kernels v1.2"
    folder.mkdir()
    (folder / "beside.py").write_text(FUNCTIONS)
    (folder / "mykern.py").write_text("from beside import right as good\n")
    monkeypatch.chdir(tmp_path)
    asked = CASES["1-D, explicit pads"]
    with Runtimes(timeout=60) as runtimes:
        output = runtimes.run(asked, parse("python:./kernels v1.2/mykern.py:good"))
    assert output.array is not None, output.message
    np.testing.assert_array_equal(output.array, convolved(asked))


def test_is_a_wrong_signature_told_the_right_one(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "odd.py").write_text("def conv(x, k, stride):\n    return x\n")
    monkeypatch.chdir(tmp_path)
    with Runtimes(timeout=60) as runtimes:
        output = runtimes.run(CASES["1-D, explicit pads"], parse("python:odd:conv"))
    assert output.status is Status.UNAVAILABLE
    assert output.message is not None
    assert "odd:conv(x, k, stride) cannot be called" in output.message
    assert (
        "def conv(input, kernel, *, bias, strides, pads, dilations, groups, transposed)"
        in output.message
    )


def test_does_a_function_get_what_the_integers_stand_for(mine: None) -> None:
    quantized = ordinary(activation="relu")
    p = quantized.parameters
    with Runtimes(timeout=60) as runtimes:
        output = runtimes.run(quantized, parse("python:mine:integers"))
        narrow = runtimes.run(quantized, parse("python:mine:right"))
        real = runtimes.run(CASES["plain"], parse("python:mine:integers"))
    assert output.array is not None, output.message
    assert output.array.dtype == np.int32
    scales = [round(1000 * float(s)) for s in (p.i, *p.w, p.o)]
    told = [117, 0, 120, 1, *scales]
    assert output.array.flat[: len(told)].tolist() == told
    for row, words in (
        (narrow, "transposed, input_scale, input_zero_point, kernel_scale, kernel_zero_point, "),
        (
            real,
            "strides, pads, dilations, groups, transposed)",
        ),
    ):
        assert row.status is Status.UNAVAILABLE
        assert "cannot be called" in (row.message or "")
        assert words in (row.message or "")


def test_does_verbose_show_the_function_s_traceback(convcheck_command, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text("def conv(x, k, **_):\n    return nothing_here\n")
    arguments = ("compare", "--input", "random", "-i", "python:odd:conv")
    assert "line 2, in conv" in convcheck_command(*arguments, "-v").stderr
    quiet = convcheck_command(*arguments)
    assert "Traceback" not in quiet.stderr
    assert "NameError: name 'nothing_here' is not defined" in " ".join(quiet.stdout.split())
