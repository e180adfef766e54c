"""Does an implementation that writes into its input leave the next one the same case?"""

import json

import numpy as np
import pytest

import convcheck
from convcheck.api.arrays import make_case
from convcheck.runtimes.intact import WritesIntoInput, checksum, kept_intact, read_only

FUNCTIONS = """
import ctypes

def right(x, kernel, **_):
    return x @ kernel[0, 0]

def doubles(x, kernel, **_):
    x *= 2
    return right(x, kernel)

def doubles_by_address(x, kernel, **_):
    array = (ctypes.c_float * x.size).from_address(x.ctypes.data)
    array[:] = [2 * number for number in array]
    return right(x, kernel)
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("function", ["doubles", "doubles_by_address"])
def test_does_the_command_report_it_and_run_the_others(convcheck_command, mine, function):
    """Both rows once got the doubled input: they agreed, and the verdict was identical."""
    names = ("-i", f"python:mine:{function}", "-i", "python:mine:right")
    options = ("--input", "random", "--kernel-size", "1", "--format", "json")
    done = convcheck_command("compare", *options, *names)
    document = json.loads(done.stdout)
    writes, right = document["implementations"]
    assert (done.returncode, document["verdict"]) == (3, "undecided")
    assert writes["status"] == "crashed"
    assert writes["message"].startswith("writes into its input")
    assert right["status"] in ("exact", "within-bound")


def test_does_compare_in_python_leave_the_callers_arrays(mine):
    x, kernel = np.ones((1, 4, 4, 3), np.float32), np.ones((1, 1, 3, 2), np.float32)
    names = ["python:mine:doubles_by_address", "python:mine:right"]
    check = convcheck.compare(x, kernel, implementations=names)
    writes, right = check.judgements
    assert writes.status.value == "crashed"
    assert right.status.value == "exact"
    assert np.all(x == 1)
    x[:] = 2  # still the caller's own


@pytest.mark.parametrize("dtype", ["float32", "int8", "bfloat16"])
@pytest.mark.parametrize("shape", [(2, 3, 4, 1), (), (0, 3)])
def test_is_an_array_the_same_but_for_writing(dtype, shape):
    import ml_dtypes

    array = np.arange(np.prod(shape)).reshape(shape)
    array = array.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    kept = read_only(array)
    assert (kept.dtype, kept.shape) == (array.dtype, array.shape)
    assert np.array_equal(kept, array)
    if array.size:
        assert np.shares_memory(kept, array)
        with pytest.raises(ValueError, match="read-only"):
            kept[...] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            kept.setflags(write=True)


def test_is_an_error_of_another_kind_the_implementations_own():
    case = make_case(np.ones((1, 4, 4, 1)), np.ones((1, 1, 1, 1)))
    with pytest.raises(ValueError, match="shapes"), kept_intact(case, checksum(case)):
        raise ValueError("shapes do not fit")
    with pytest.raises(WritesIntoInput), kept_intact(case, checksum(case)):
        raise ValueError("assignment destination is read-only")
    with pytest.raises(WritesIntoInput), kept_intact(case, checksum(case) + 1):
        pass
