"""Does the Python interface say the same as the command line, and fail with words that help?"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from lxml import html

import convcheck
from convcheck.case.bundle import unpack
from convcheck.errors import Mistake, SpecError
from convcheck.reports.registry import FORMATS
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
    names.append(f"file:{tmp_path}/wrong.npy?accumulate=float32")
    (note,) = convcheck.compare(*operands, implementations=names).warnings
    assert note.startswith(f"{names[0]}, {names[1]} and {names[2]} equal each other, but all leave")


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


def test_does_a_session_keep_frameworks_warm(operands):
    x, kernel = operands
    with convcheck.session() as session:
        first = session.compare(x, kernel)
        begin = time.perf_counter()
        rest = [session.compare(x + i, kernel, strides=2) for i in range(20)]
        seconds = time.perf_counter() - begin
    assert {check.exit_code for check in (first, *rest)} == {0}
    # Starting both anew takes 2 s each time; this is no benchmark, and says that none did.
    assert seconds < 20 * 1.0


def test_is_one_name_or_a_function_taken(operands):
    def mine(x, kernel, *, bias, strides, pads, dilations, groups, transposed):
        return correlate(x, kernel).astype(np.float32)

    check = convcheck.compare(*operands, implementations="numpy", padding="valid")
    assert [j.output.name for j in check.judgements] == ["numpy"]
    check = convcheck.compare(*operands, implementations=[mine, "numpy"], padding="valid")
    assert check.verdict in (Verdict.IDENTICAL, Verdict.ROUNDING)
    assert check.judgements[0].output.name.endswith("mine")
    check = convcheck.compare(*operands, implementations=mine)
    assert check.exit_code == 1
    assert check.judgements[0].status.value == "wrong-shape"


def test_is_a_function_that_raises_or_writes_a_row(operands):
    def raises(*_, **__):
        raise ZeroDivisionError("by zero")

    def writes(x, kernel, **_):
        x += 1
        return x

    check = convcheck.compare(*operands, implementations=[raises, writes])
    assert check.exit_code == 3
    messages = [j.output.message for j in check.judgements]
    assert messages[0] == "ZeroDivisionError: by zero"
    assert "writes into its input" in messages[1]
    assert operands[0].flags.writeable


def test_does_a_check_print_its_report(operands):
    check = convcheck.compare(*operands, implementations=["numpy"])
    assert "against the exact result" in str(check)
    assert "EQUAL UP TO ROUNDING" in str(check)
    assert repr(check).startswith("<convcheck.Check EQUAL UP TO ROUNDING: numpy")
    assert "\n" not in repr(check)
    found = json.loads(check.to_json())
    assert found["verdict"] == check.verdict.value
    assert found["case"]["strides"] == list(check.to_dict()["case"]["strides"])


@pytest.fixture(scope="module")
def flipped():
    """The check of a flipped kernel, made by a function."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 9, 9, 3)).astype("f4")
    kernel = rng.standard_normal((3, 3, 3, 2)).astype("f4")

    def flip(x, kernel, **_):
        return correlate(x, kernel[::-1, ::-1]).astype("f4")

    return convcheck.compare(x, kernel, implementations=[flip, "numpy"], padding="valid")


def test_is_the_page_there_with_numbers(flipped):
    page = flipped.to_html()
    assert page.startswith("<!doctype html>")
    assert "kernel-flip" in page
    assert "The page holds the numbers of all 98 outputs" in page
    # The same check without its arrays, as the command line's reports may have it.
    assert "kernel-flip" in replace(flipped, arrays=None).to_html()


def test_does_a_notebook_show_text_and_page_apart(flipped):
    shown = html.fromstring(f"<div>{flipped._repr_html_()}</div>")
    (text,) = shown.iter("pre")
    assert text.text_content() == str(flipped)
    assert "font-family: monospace" in text.get("style")  # columns stand under each other
    (frame,) = shown.iter("iframe")
    assert frame.get("sandbox") == "allow-scripts"  # it cannot touch the notebook
    assert frame.get("srcdoc").startswith("<!doctype html>")
    assert not list(shown.iter("script", "style"))  # nor does it change the notebook's looks


def test_is_it_told_what_a_page_needs_and_the_text_shown_without(flipped, monkeypatch, tmp_path):
    lacking = replace(FORMATS["html"], needs=(("no_such_module", "its-package"),))
    monkeypatch.setitem(FORMATS, "html", lacking)
    for ask in (flipped.to_html, lambda: flipped.save(tmp_path / "check.html")):
        with pytest.raises(convcheck.UsageError, match="pip install its-package"):
            ask()
    shown = html.fromstring(flipped._repr_html_())
    assert (shown.tag, shown.text_content()) == ("pre", str(flipped))


@pytest.mark.parametrize("suffix", [".html", ".json", ".txt", ".npz", ".HTML"])
def test_does_save_write_what_the_suffix_says(flipped, tmp_path, suffix):
    file = tmp_path / f"check{suffix}"
    flipped.save(file)
    if suffix == ".npz":
        names = [output.name for output in unpack(str(file)).outputs]
        assert names == [judgement.output.name for judgement in flipped.judgements]
        return
    whole = {".json": flipped.to_json(), ".txt": str(flipped)}.get(suffix, flipped.to_html())
    assert file.read_text() == whole + "\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("check.docx", r"check.docx names no format .* expected one of \.txt, .*\.html.*\.npz"),
     ("check", "names no format"), ("nowhere/check.html", "cannot write .*nowhere/check.html")],
)  # fmt: skip
def test_is_a_file_that_cannot_be_saved_a_mistake(flipped, tmp_path, name, expected):
    with pytest.raises(convcheck.UsageError, match=expected):
        flipped.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_are_checks_equal_that_say_the_same(flipped):
    copy = pickle.loads(pickle.dumps(flipped))
    assert copy == flipped
    assert copy.to_html() == flipped.to_html()
    other = copy.judgements[0].output.array.copy()
    other[0, 0, 0, 0] += 1
    output = replace(copy.judgements[0].output, array=other)
    judgements = (replace(copy.judgements[0], output=output), *copy.judgements[1:])
    assert replace(copy, judgements=judgements) != flipped
    assert flipped != "a check"


def test_does_help_list_what_there_is():
    assert dir(convcheck) == sorted(convcheck.__all__)
    assert {"Check", "UsageError", "compare", "assert_equivalent", "session"} <= set(dir(convcheck))
    assert all(getattr(convcheck, name) for name in convcheck.__all__)
    with pytest.raises(AttributeError):
        _ = convcheck.nothing


def test_does_the_failure_say_the_cause(operands):
    x, kernel = operands
    wrong = correlate(x, kernel[::-1, ::-1]).astype(np.float32)
    with pytest.raises(AssertionError) as caught:
        convcheck.assert_equivalent(wrong, x, kernel, padding="valid")
    first, *rest = str(caught.value).splitlines()
    assert "worst at (" in first
    assert "times the most that rounding" in first
    assert any(line.split()[:3] == ["why", "kernel-flip", "(proved):"] for line in rest)
    assert any(line.split()[:1] == ["fix"] for line in rest)


def test_does_pytest_show_the_test_and_not_our_frames(operands, tmp_path):
    file = tmp_path / "test_mine.py"
    file.write_text(
        "import numpy as np, convcheck\n"
        "def test_mine():\n"
        "    convcheck.assert_equivalent(np.zeros((1, 4, 4, 1), 'f4'),\n"
        "        np.ones((1, 4, 4, 1), 'f4'), np.ones((3, 3, 1, 1), 'f4'))\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "this is not the convolution" in done.stdout
    assert "convcheck/api" not in done.stdout


def test_is_a_narrow_accumulator_taken_at_its_word():
    rng = np.random.default_rng(0)
    x = rng.random((1, 6, 6, 16)).astype(np.float16)
    kernel = rng.random((3, 3, 16, 2)).astype(np.float16)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    products = np.einsum("nhwckl,klco->nhwoklc", windows, kernel).astype(np.float16)
    out = np.zeros(products.shape[:4], np.float16)
    for product in np.moveaxis(products.reshape(*out.shape, -1), -1, 0):
        out = (out + product).astype(np.float16)
    with pytest.raises(AssertionError):
        convcheck.assert_equivalent(out, x, kernel, padding="valid")
    convcheck.assert_equivalent(out, x, kernel, padding="valid", accumulate="float16")


def test_are_layouts_taken(operands):
    x, kernel = operands
    y = correlate(x, kernel).astype(np.float32)
    first = np.moveaxis(x, -1, 1), np.moveaxis(kernel, (-1, -2), (0, 1))
    given = {"input_layout": "NCHW", "kernel_layout": "OIHW", "padding": "valid"}
    convcheck.assert_equivalent(np.moveaxis(y, -1, 1), *first, **given)
    assert convcheck.compare(*first, implementations="numpy", **given).exit_code == 0
    with pytest.raises(SpecError, match="looks like input_layout NCHW kernel_layout OIHW"):
        convcheck.compare(*first, implementations="numpy")
