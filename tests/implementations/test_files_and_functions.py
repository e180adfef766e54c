"""Can a recorded output, or the user's own function, stand beside the frameworks?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convcheck.case.dtypes import dtype_named
from convcheck.errors import Mistake
from convcheck.implementations import file
from convcheck.implementations.name import parse
from convcheck.results import Dtypes, Status
from convcheck.runtimes.host import Runtimes

from .definition import convolved
from .specs import CASES

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

def number(*_, **__):
    return 3.5

def wrong_shape(*_, **__):
    return np.zeros((1, 2))
'''


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
def test_is_a_file_taken_as_it_is(tmp_path: Path, dtype: str) -> None:
    asked = CASES["plain"]
    path = tmp_path / "out.npy"
    np.save(path, convolved(asked).astype(dtype))
    plain = file.compute(asked, parse(f"file:{path}"))
    declared = file.compute(asked, parse(f"file:{path}?dtype=float16"))
    assert plain.array.dtype == dtype
    np.testing.assert_array_equal(plain.array, convolved(asked).astype(dtype))
    assert plain.dtypes == Dtypes(compute=dtype, output=dtype)
    assert declared.dtypes == Dtypes(compute="float16", output=dtype)
    assert plain.call == "out.npy"


def test_is_bfloat16_known_again(tmp_path: Path) -> None:
    recorded = np.arange(6).astype(dtype_named("bfloat16"))
    path = tmp_path / "out.npy"
    np.save(path, recorded)
    array = file.compute(CASES["plain"], parse(f"file:{path}?dtype=bfloat16")).array
    assert array.dtype == recorded.dtype
    np.testing.assert_array_equal(array, recorded)
    with pytest.raises(Mistake, match="say \\?dtype=bfloat16"):
        file.compute(CASES["plain"], parse(f"file:{path}"))


def test_what_is_said_of_a_file_that_holds_no_array(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "empty.npy").write_bytes(b"")
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "complex.npy", np.zeros(3, complex))
    np.savez(tmp_path / "several.npy.npz", a=np.zeros(3))
    for name, words in {
        "missing.npy": "no file",
        "text.npy": "is not a readable .npy file",
        "empty.npy": "is not a readable .npy file",
        "objects.npy": "is not a readable .npy file",
        "complex.npy": "holds complex128",
        "several.npy.npz": "holds several arrays",
        ".": "is not a readable .npy file",
    }.items():
        with pytest.raises(Mistake) as caught:
            file.compute(CASES["plain"], parse(f"file:{tmp_path / name}"))
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)


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


def test_what_is_said_of_a_function_that_is_none(mine: None) -> None:
    with Runtimes(timeout=60) as runtimes:
        for target, words in {
            "mine:nothing": "mine:nothing returned None; it must return the output",
            "mine:number": "mine:number returned a float; it must return",
            "mine:sentences": "mine:sentences returned an array of <U1; it must hold real numbers",
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
