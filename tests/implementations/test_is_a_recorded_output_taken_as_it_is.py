"""Is a recorded output taken as it is, and a file that holds none refused?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convcheck.case.dtypes import dtype_named
from convcheck.errors import Mistake
from convcheck.implementations import file
from convcheck.implementations.name import parse
from convcheck.results import Dtypes
from tests.quantized.ordinary import ordinary

from .convolution_by_definition import convolved
from .small_cases import CASES


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
def test_is_a_recorded_output_taken_as_it_is(tmp_path: Path, dtype: str) -> None:
    asked = CASES["plain"]
    path = tmp_path / "out.npy"
    np.save(path, convolved(asked).astype(dtype))
    plain = file.compute(asked, parse(f"file:{path}"))
    declared = file.compute(asked, parse(f"file:{path}?dtype=float16"))
    assert plain.array.dtype == dtype
    np.testing.assert_array_equal(plain.array, convolved(asked).astype(dtype))
    assert plain.dtypes == Dtypes(output=dtype)  # what it was computed in, nobody said
    assert declared.dtypes == Dtypes(compute="float16", output=dtype)
    assert plain.call == "out.npy"


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
def test_is_a_recorded_output_of_integers_taken_as_it_is(tmp_path: Path, dtype: str) -> None:
    quantized = ordinary(("int8", "int8"))
    recorded = np.arange(quantized.case.output_shape[-1] * 4).reshape(1, 2, 2, -1).astype(dtype)
    np.save(tmp_path / "out.npy", np.moveaxis(recorded, -1, 1))
    plain = file.compute(quantized, parse(f"file:{tmp_path / 'out.npy'}?layout=NCHW"))
    assert plain.array.dtype == dtype
    np.testing.assert_array_equal(plain.array, recorded)
    assert plain.formulas == ()


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int16"])
def test_is_a_recorded_output_of_another_dtype_refused(tmp_path: Path, dtype: str) -> None:
    np.save(tmp_path / "out.npy", np.zeros((1, 2, 2, 9), dtype))
    with pytest.raises(Mistake) as caught:
        file.compute(ordinary(("int8", "int8")), parse(f"file:{tmp_path / 'out.npy'}"))
    assert f"holds {dtype}, and this case's output is int8; record int8, or the sums" in str(
        caught.value
    )


def test_is_bfloat16_read_from_its_bits(tmp_path: Path) -> None:
    recorded = np.arange(6).astype(dtype_named("bfloat16"))
    path = tmp_path / "out.npy"
    np.save(path, recorded)
    array = file.compute(CASES["plain"], parse(f"file:{path}?dtype=bfloat16")).array
    assert array.dtype == recorded.dtype
    np.testing.assert_array_equal(array, recorded)
    with pytest.raises(Mistake, match="say \\?dtype=bfloat16"):
        file.compute(CASES["plain"], parse(f"file:{path}"))


def test_is_a_file_that_holds_no_array_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "empty.npy").write_bytes(b"")
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "complex.npy", np.zeros(3, complex))
    np.savez(tmp_path / "several.npy.npz", a=np.zeros(3), b=np.zeros(3))
    for name, words in {
        "missing.npy": "no file",
        "text.npy": "is not a readable .npy file",
        "empty.npy": "is not a readable .npy file",
        "objects.npy": "is not a readable .npy file",
        "complex.npy": "holds complex128",
        "several.npy.npz": "it holds 2 arrays; give one as FILE:NAME, of a, b",
        ".": "is not a readable .npy file",
    }.items():
        with pytest.raises(Mistake) as caught:
            file.compute(CASES["plain"], parse(f"file:{tmp_path / name}"))
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
