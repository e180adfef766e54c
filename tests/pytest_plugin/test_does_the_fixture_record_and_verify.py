"""Does ``convcheck_case`` record what it is given, and tell what is no longer so?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convcheck import leaving
from convcheck.case.bundle import pack, unpack
from convcheck.errors import UsageError
from convcheck.plan import as_recorded
from convcheck.pytesting.places import file_name
from convcheck.pytesting.recorder import Recorder
from tests.pytest_plugin.convolutions import KERNEL, X, conv, flipped, other_order

TEST = "Test.test_it[3]"
FILE = "Test.test_it.3.npz"
HALF = np.float32(0.5)


@pytest.fixture
def case(tmp_path, monkeypatch):
    """A test's fixture, to record with or to verify."""
    monkeypatch.chdir(tmp_path)

    def make(*, update=False) -> Recorder:
        return Recorder(tmp_path / "test_file.py", TEST, update)

    return make


@pytest.fixture
def recorded(case, tmp_path) -> Path:
    case(update=True)(conv(X, KERNEL), X, KERNEL)
    return tmp_path / "__convcheck__" / "test_file" / FILE


def failure(call, *arguments, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_is_a_bundle_written_that_holds_case_and_output(recorded):
    bundle = unpack(str(recorded))
    (output,) = bundle.outputs
    assert np.array_equal(output.array, conv(X, KERNEL))
    assert np.array_equal(bundle.case.input, X)
    assert np.array_equal(bundle.case.kernel, KERNEL)
    assert output.versions["numpy"] == np.__version__


def test_does_the_recorded_output_pass_and_one_within_its_bound(case, recorded):
    case()(conv(X, KERNEL), X, KERNEL)
    assert not np.array_equal(conv(X, KERNEL), other_order(X, KERNEL))
    case()(other_order(X, KERNEL), X, KERNEL)


def test_does_a_wrong_output_fail_with_the_lines_of_the_report(case, recorded):
    words = failure(case(), flipped(X, KERNEL), X, KERNEL)
    first, *rest = words.splitlines()
    assert first.startswith("this is not what was recorded in __convcheck__/test_file/Test.test_it")
    assert "worst at (" in first
    assert "--convcheck-update" in first
    said = [" ".join(line.split()) for line in rest]
    assert any(line.startswith("actual (recorded) ") for line in said)
    assert any(line.startswith("actual ") for line in said)
    assert any(line.startswith("DIFFERENT more than rounding: actual cannot") for line in said)
    assert any(line.startswith("why kernel-flip (proved): actual computes") for line in said)
    report = [line for line in rest if "/" not in line]  # a path is as long as it is
    assert max(map(len, report)) <= 100


def test_is_a_wrong_output_that_was_recorded_the_same_still(case):
    """As in verify: what equals its recording does not fail; that it is wrong is said once."""
    recorder = case(update=True)
    recorder(HALF * conv(X, KERNEL), X, KERNEL)
    ((_, words),) = recorder.written
    assert "is not this convolution: worst at (" in words
    case()(HALF * conv(X, KERNEL), X, KERNEL)
    assert "input-scale" in failure(case(), HALF * flipped(X, KERNEL), X, KERNEL)


@pytest.mark.parametrize(
    ("given", "options", "expected"),
    [
        ((X + 1, KERNEL), {}, "input has other values: 243 of 243 numbers"),
        ((X, np.where(KERNEL < 0, 0, KERNEL)), {}, "kernel has other values: "),
        ((X.astype("f8"), KERNEL), {}, "input was (1, 9, 9, 3) float32 and is (1, 9, 9, 3) float6"),
        ((X[:, 1:], KERNEL), {}, "input was (1, 9, 9, 3) float32 and is (1, 8, 9, 3) float32"),
        ((X, KERNEL), {"strides": 2}, "strides was (1, 1) and is (2, 2)"),
        ((X, KERNEL), {"padding": "valid"}, "padding was same and is valid"),
        ((X, KERNEL), {"dilations": 2}, "dilations was (1, 1) and is (2, 2)"),
        ((X, KERNEL), {"bias": np.ones(2, "f4")}, "bias was none and is (2,) float32"),
        ((X, KERNEL), {"compute": "float64"}, "declared file:actual and is file:actual?dtype=flo"),
    ],
    ids="values kernel dtype shape strides padding dilations bias compute".split(),
)
def test_is_it_told_what_of_the_case_is_another(case, recorded, given, options, expected):
    words = failure(case(), conv(X, KERNEL), *given, **options)
    assert expected in words
    assert "this is not the case that was recorded in " in words
    assert "pytest --convcheck-update" in words


def test_is_nan_the_same_as_nan(case):
    x = X.copy()
    x[0, 4, 4, 1] = np.nan
    case(update=True)(conv(x, KERNEL), x, KERNEL)
    case()(conv(x, KERNEL), x, KERNEL)
    x[0, 4, 4, 2] = np.nan
    assert "input has other values: 1 of 243" in failure(case(), conv(x, KERNEL), x, KERNEL)


def test_is_it_said_what_to_do_where_nothing_is_recorded(case):
    words = failure(case(), conv(X, KERNEL), X, KERNEL)
    assert "nothing is recorded for this case in __convcheck__/test_file/" in words
    assert "pytest --convcheck-update" in words


@pytest.mark.parametrize("damage", ["no bundle", "cut", "two outputs"])
def test_is_a_file_that_is_no_recording_told(case, recorded, damage):
    if damage == "two outputs":
        bundle = unpack(str(recorded))
        outputs = [*bundle.outputs, replace(bundle.outputs[0], name="tf")]
        recorded.write_bytes(pack(bundle.case, outputs, "1"))
    else:
        recorded.write_bytes(b"no bundle" if damage == "no bundle" else recorded.read_bytes()[:-9])
    words = failure(case(), conv(X, KERNEL), X, KERNEL)
    assert FILE in words
    assert "pytest --convcheck-update" in words
    case(update=True)(conv(X, KERNEL), X, KERNEL)
    case()(conv(X, KERNEL), X, KERNEL)


def test_is_what_is_recorded_already_left_alone(case, recorded):
    before = recorded.stat().st_mtime_ns, recorded.read_bytes()
    recorder = case(update=True)
    recorder(conv(X, KERNEL), X, KERNEL)
    assert (recorded.stat().st_mtime_ns, recorded.read_bytes()) == before
    assert recorder.written[0][1] == "is as it was"
    case(update=True)(other_order(X, KERNEL), X, KERNEL)
    assert recorded.read_bytes() != before[1]


def test_are_several_calls_of_a_test_told_apart(case, tmp_path):
    recorder = case(update=True)
    recorder(conv(X, KERNEL), X, KERNEL)
    recorder(conv(X + 1, KERNEL), X + 1, KERNEL)
    recorder(conv(X + 2, KERNEL), X + 2, KERNEL, name="other")
    names = sorted(file.name for file in tmp_path.rglob("*.npz"))
    assert names == ["Test.test_it.3--2.npz", "Test.test_it.3--other.npz", FILE]
    again = case()
    again(conv(X, KERNEL), X, KERNEL)
    again(conv(X + 1, KERNEL), X + 1, KERNEL)
    again(conv(X + 2, KERNEL), X + 2, KERNEL, name="other")


@pytest.mark.parametrize("names", [("a", "a"), (None, None, "2"), (None, "")])
def test_is_the_same_name_twice_a_mistake(case, names):
    recorder = case(update=True)
    *first, last = names
    for name in first:
        recorder(conv(X, KERNEL), X, KERNEL, name=name)
    with pytest.raises(UsageError, match=r"called twice with the name .* another name="):
        recorder(conv(X, KERNEL), X, KERNEL, name=last)


def test_are_layouts_and_groups_taken(case):
    first = np.moveaxis(X, -1, 1), np.moveaxis(KERNEL, (-1, -2), (0, 1))
    out = np.moveaxis(conv(X, KERNEL), -1, 1)
    layouts = {"input_layout": "NCHW", "kernel_layout": "OIHW"}
    case(update=True)(out, *first, **layouts)
    case()(out, *first, **layouts)
    case()(conv(X, KERNEL), X, KERNEL)  # the same case


def test_is_a_recording_held_to_the_sums_that_it_declares(case, recorded):
    """``accumulate`` stands in its name alone: verify reads it there."""
    case(update=True)(conv(X, KERNEL), X, KERNEL, name="narrow", accumulate="float16")
    (output,) = unpack(str(recorded.with_name("Test.test_it.3--narrow.npz"))).outputs
    assert (output.name, output.accumulate) == ("file:actual?accumulate=float16", None)
    row = as_recorded(output)
    assert (row.name, row.accumulate) == (f"{output.name} (recorded)", "float16")
    assert as_recorded(replace(output, name="file:a?accumulate=nonsense")).accumulate is None
    assert as_recorded(replace(output, name="tf?accumulate=float16")).accumulate is None


def test_does_a_failure_leave_a_bundle_and_a_page(case, recorded, tmp_path):
    folder = tmp_path / "left"
    folder.mkdir()
    with leaving.into(lambda: folder):
        words = failure(case(), flipped(X, KERNEL), X, KERNEL)
    assert f"look at it: {folder}/page.html" in words
    assert f"convcheck verify {folder}/case.npz -i tf" in words
    assert "kernel-flip" in (folder / "page.html").read_text()
    names = [output.name for output in unpack(str(folder / "case.npz")).outputs]
    assert names == ["file:before", "file:actual"]


def test_is_the_assertion_heard_where_nothing_can_be_left(case, recorded, tmp_path):
    with leaving.into(lambda: tmp_path / "nowhere"):
        words = failure(case(), flipped(X, KERNEL), X, KERNEL)
    assert "kernel-flip (proved)" in words
    assert "could not be left to be looked at: UsageError: cannot write" in words


PARAMETERS = ["", "3", "a-b", "../../x", "a/b", "a b", "\x1b[31m", "ü", "x" * 400, "a--b", "[", "]"]


def test_has_any_parameter_a_file_of_its_own():
    pairs = [(f"test_it[{p}]", "") for p in PARAMETERS]
    pairs += [("test_it", p) for p in PARAMETERS] + [("test_it[a]", "b"), ("test_it[a--b", "")]
    files = [file_name(*pair) for pair in pairs]
    assert len(set(files)) == len(set(pairs))
    for file in files:
        assert len(file) <= 200
        assert set(file) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+=,-"
        )
    assert file_name("Test.test_it[3-float32]", "x") == "Test.test_it.3-float32--x"
