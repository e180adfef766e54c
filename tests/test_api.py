"""Does the Python interface say the same as the command line, and fail with words that help?"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import convcheck
from convcheck.errors import Mistake, SpecError
from convcheck.results import Verdict


@pytest.fixture
def operands():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 9, 9, 3)).astype(np.float32)
    kernel = rng.standard_normal((3, 3, 3, 2)).astype(np.float32)
    return x, kernel


def correlate(x, kernel):
    """The definition, VALID, in float64."""
    height, width = x.shape[1] - 2, x.shape[2] - 2
    out = np.zeros((1, height, width, kernel.shape[-1]))
    for i in range(3):
        for j in range(3):
            window = x[:, i : i + height, j : j + width].astype(np.float64)
            out += np.einsum("nhwc,co->nhwo", window, kernel[i, j].astype(np.float64))
    return out


def test_does_a_right_array_pass_in_any_precision(operands):
    right = correlate(*operands)
    for dtype in (np.float64, np.float32, np.float16):
        convcheck.assert_equivalent(right.astype(dtype), *operands, padding="valid")


def test_does_the_failure_say_what_is_where_and_how_much(operands):
    wrong = correlate(*operands).astype(np.float32)
    wrong[0, 3, 4, 1] += 1.0
    with pytest.raises(AssertionError) as caught:
        convcheck.assert_equivalent(wrong, *operands, padding="valid")
    words = str(caught.value)
    assert "1 of 98 outputs leave their bound" in words
    assert "worst at (0, 3, 4, 1)" in words
    assert f"it is {wrong[0, 3, 4, 1]!s}" in words
    assert "times the most that rounding in float32/float32/float32 can cause" in words


@pytest.mark.parametrize("fault", ["flip", "shift", "shape", "nan"])
def test_does_a_wrong_array_fail(operands, fault):
    x, kernel = operands
    wrong = correlate(x, kernel[::-1] if fault == "flip" else kernel).astype(np.float32)
    if fault == "shift":
        wrong = np.roll(wrong, 1, axis=1)
    elif fault == "shape":
        wrong = wrong[:, 1:]
    elif fault == "nan":
        wrong[0, 0, 0, 0] = np.nan
    with pytest.raises(AssertionError):
        convcheck.assert_equivalent(wrong, x, kernel, padding="valid")


def test_is_a_float64_array_held_to_what_computed_it(operands):
    narrow = correlate(*operands).astype(np.float32).astype(np.float64)
    convcheck.assert_equivalent(narrow, *operands, padding="valid", compute="float32")
    # Every number stands on float32's grid: a float32 result, however it was stored.
    convcheck.assert_equivalent(narrow, *operands, padding="valid")
    with pytest.raises(AssertionError):
        convcheck.assert_equivalent(narrow * (1 + 2**-40), *operands, padding="valid")


def test_are_arrays_that_do_not_fit_a_mistake(operands):
    x, kernel = operands
    with pytest.raises(SpecError, match="takes 3 input channels"):
        convcheck.assert_equivalent(x, x[..., :2], kernel)
    with pytest.raises(Mistake, match="did you mean"):
        convcheck.compare(x, kernel, implementations=["kers"])


@pytest.mark.parametrize("option", ["max_sum", "timeout", "start_timeout"])
@pytest.mark.parametrize("value", [float("nan"), -1.0])
def test_is_a_limit_that_is_no_number_a_mistake(operands, option, value):
    with pytest.raises(Mistake, match=option):
        convcheck.compare(*operands, implementations=["numpy"], **{option: value})


def test_are_two_equal_wrong_outputs_different(operands, tmp_path):
    np.save(tmp_path / "wrong.npy", np.zeros((1, 9, 9, 2), "f4"))
    names = [f"file:{tmp_path}/wrong.npy", f"file:{tmp_path}/wrong.npy?dtype=float32"]
    check = convcheck.compare(*operands, implementations=names)
    assert [pair.verdict for pair in check.differences] == [Verdict.IDENTICAL]
    assert (check.verdict, check.exit_code) == (Verdict.DIFFERENT, 1)


def test_does_compare_give_a_check(operands, tmp_path):
    check = convcheck.compare(*operands, strides=2)
    assert check.verdict in (Verdict.IDENTICAL, Verdict.ROUNDING)
    assert [j.output.name for j in check.judgements] == ["tf", "keras"]
    assert check.exit_code == 0


def test_does_a_plain_script_work_without_a_main_guard(tmp_path):
    """Runtimes are plain processes: nothing of the user's script runs twice."""
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np, convcheck\n"
        "print('once')\n"
        "check = convcheck.compare(np.ones((1, 5, 5, 1), 'f4'), np.ones((3, 3, 1, 1), 'f4'))\n"
        "print(check.verdict.value)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["once", "identical"]


@pytest.mark.parametrize("package", ["torch", "tensorflow", "jax"])
def test_are_arrays_of_frameworks_taken_as_they_come(package: str, operands) -> None:
    """bfloat16 too, and a tensor that requires a gradient."""
    module = pytest.importorskip(package)
    x, kernel = (np.asarray(a, "f4") for a in operands)
    out = correlate(x, kernel).astype("f4")
    if package == "torch":
        arrays = [module.tensor(a, requires_grad=True) for a in (out, x, kernel)]
        low = [a.detach().to(module.bfloat16).requires_grad_() for a in arrays[1:]]
    else:
        make = module.constant if package == "tensorflow" else module.numpy.asarray
        cast = module.cast if package == "tensorflow" else lambda a, t: a.astype(t)
        arrays = [make(a) for a in (out, x, kernel)]
        bfloat16 = module.bfloat16 if package == "tensorflow" else module.numpy.bfloat16
        low = [cast(a, bfloat16) for a in arrays[1:]]
    convcheck.assert_equivalent(*arrays, padding="valid")
    with pytest.raises(AssertionError):
        convcheck.assert_equivalent(out + 1, *arrays[1:], padding="valid")
    from convcheck.api import as_array

    wide = correlate(*(as_array(a).astype("f4") for a in low)).astype("f4")
    convcheck.assert_equivalent(wide, *low, padding="valid")
