"""Are recorded integers compared by the scales that come with them, and every mistake told?"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from convcheck.cli import run_case
from convcheck.cli.commands import compare
from convcheck.cli.main import command
from convcheck.cli.options.one_case import OneCase
from convcheck.cli.reproduce import command_line
from convcheck.runtimes.host import Runtimes

SCALES = ["--input-scale", "0.05", "--kernel-scale", "s.npy", "--output-scale", "1.3"]
ARRAYS = ["--input", "x.npy", "--kernel", "w.npy", "--bias", "b.npy"]
ZERO_POINTS = ["--input-zero-point", "3", "--output-zero-point", "-5"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Arrays of a quantized convolution, and others that are none."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "x": rng.integers(-128, 128, (1, 5, 4, 2)).astype(np.int8),
        "w": rng.integers(-127, 128, (3, 2, 2, 3)).astype(np.int8),
        "b": rng.integers(-500, 500, 3).astype(np.int32),
        "s": np.array([0.02, 0.0313, 0.007], np.float32),
        "real": rng.standard_normal((1, 5, 4, 2)).astype(np.float32),
        "wide": np.ones((1, 5, 4, 2), np.int64),
        "nan": np.array([0.02, np.nan, 0.007]),
        "two": np.array([0.02, 0.01]),
        "table": np.ones((1, 3)),
        "many": np.ones(2**20 + 1, np.int8),
        "half": np.array([0.5, 0, 0]),
        "z": np.array([0, 200, 0]),
        "b64": np.zeros(3),
    }
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    return tmp_path


def right_outputs(folder: Path) -> np.ndarray[Any, Any]:
    """Every output, VALID, from Python's integers and fractions: rounded once, ties to even."""
    x, w, b = (np.load(folder / f"{name}.npy").astype(int).tolist() for name in ("x", "w", "b"))
    i, o = Fraction(float(np.float32(0.05))), Fraction(float(np.float32(1.3)))
    scales = [Fraction(float(s)) for s in np.load(folder / "s.npy")]
    out = np.zeros((1, 3, 3, 3), np.int8)
    for row, column, channel in product(range(3), range(3), range(3)):
        acc = b[channel] + sum(
            (x[0][row + r][column + c][k] - 3) * w[r][c][k][channel]
            for r, c, k in product(range(3), range(2), range(2))
        )
        out[0, row, column, channel] = min(max(round(acc * i * scales[channel] / o) - 5, -128), 127)
    return out


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = command(["compare", *arguments, "--format", "json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, json.loads(printed.out)


def test_is_an_output_judged_by_the_scales(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = right_outputs(folder)
    off = right.copy()
    off[0, 1, 2, 1] += 1
    np.save("right.npy", right)
    np.save("off.npy", off)
    given = [*ARRAYS, *SCALES, *ZERO_POINTS, "--padding", "valid"]
    code, found = report(capsys, *given, "-i", "file:right.npy")
    assert (code, found["implementations"][0]["status"]) == (0, "exact")
    code, found = report(capsys, *given, "-i", "file:off.npy")
    assert (code, found["implementations"][0]["status"]) == (1, "outside-bound")
    assert found["implementations"][0]["error"]["correctly_rounded"] == right.size - 1
    # Another scale, zero point or padding: the same numbers are wrong then.
    for changed in (
        ["--input-scale", "0.06"],
        ["--output-zero-point", "-4"],
        ["--input-zero-point", "4"],
        ["--kernel-zero-point", "1"],
        ["--kernel-scale", "0.02"],
        ["--activation", "relu"],
    ):
        code, _ = report(capsys, *given, *changed, "-i", "file:right.npy")
        assert code == 1, changed


def test_is_a_bias_made_as_wide_as_the_sums(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("b.npy", np.zeros(3, np.int32))
    np.save("right.npy", right_outputs(folder))
    given = [*ARRAYS, *SCALES, *ZERO_POINTS, "--padding", "valid", "-i", "file:right.npy"]
    np.save("b_int64.npy", np.zeros(3, np.int64))  # as NumPy makes integers
    np.save("b_wide.npy", np.array([0, 0, 2**31]))
    for bias, dtype in (
        ("b.npy", "int32"),
        ("b_int64.npy", "int32"),
        ("zeros", "int32"),
        ("none", None),
    ):
        code, found = report(capsys, *given, "--bias", bias)
        assert code == 0
        assert (found["case"]["bias"] or {"dtype": None})["dtype"] == dtype
    _, found = report(capsys, *given, "--bias", "b_wide.npy")
    assert found["case"]["bias"]["dtype"] == "int64"


def test_are_scales_read_from_every_kind_of_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    scales = np.load("s.npy")
    np.save("right.npy", right_outputs(folder))
    np.savez("several.npz", s=scales, z=np.zeros(3, np.int8))
    safetensors.save_file({"s": scales}, "one.safetensors")
    for name in ("s.npy", "several.npz:s", "one.safetensors", "one.safetensors:s"):
        given = [*ARRAYS, *ZERO_POINTS, "--padding", "valid", "--input-scale", "0.05"]
        given += ["--output-scale", "1.3", "--kernel-zero-point", "several.npz:z"]
        code, _ = report(capsys, *given, "--kernel-scale", name, "-i", "file:right.npy")
        assert code == 0, name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (SCALES[:4], "--output-scale is missing: recorded integers need --input-scale, --k"),
        (SCALES[:2], "--kernel-scale and --output-scale are missing"),
        (ZERO_POINTS, "--input-scale, --kernel-scale and --output-scale are missing"),
        (["--activation", "relu"], "--activation relu clamps integers; give --quantize int8"),
        ([*SCALES, "--quantize", "int8"], "--input-scale says what recorded integers stand for"),
        (["--quantize", "int8"], "the input is int8, and --quantize takes real numbers; give"),
        (["--quantize", "int4"], "there is no 'int4'; did you mean int8"),
        ([*SCALES, "--input", "real.npy"], "and the input is float32; expected int8, uint8 or int"),
        ([*SCALES, "--input", "real.npy"], "--quantize int8 in place of the scales"),
        ([*SCALES, "--input", "wide.npy"], "and the input is int64; expected int8, uint8 or int16"),
        ([*SCALES, "--kernel", "ones", "--filters", "3"], "and the kernel is float32; expected"),
        ([*SCALES, "--bias", "b64.npy"], "the bias is float64; expected int32, int64, float32"),
        ([*SCALES, "--input-scale", "0"], "'--input-scale': '0' is no scale; expected a number ab"),
        ([*SCALES, "--output-scale", "-1"], "'--output-scale': '-1' is no scale"),
        ([*SCALES, "--input-scale", "nan"], "'nan' is no scale"),
        ([*SCALES, "--input-scale", "inf"], "'inf' is no scale"),
        ([*SCALES, "--kernel-scale", "1e-39"], "'1e-39' is no scale"),
        ([*SCALES, "--kernel-scale", "much"], "or a file: .npy .npz:NAME .safetensors:NAME .pt:NA"),
        ([*SCALES, "--kernel-scale", "nan.npy"], "--kernel-scale of channel 1 is nan; expected"),
        ([*SCALES, "--kernel-scale", "two.npy"], "2 kernel scales for a kernel of 3 output chan"),
        ([*SCALES, "--kernel-scale", "table.npy"], "--kernel-scale table.npy has shape (1, 3); e"),
        ([*SCALES, "--kernel-scale", "many.npy"], "has shape (1048577,); expected one number"),
        ([*SCALES, "--kernel-scale", "no.npy"], "cannot read the kernel scale no.npy: there is n"),
        ([*SCALES, "--kernel-zero-point", "z.npy"], "--kernel-zero-point of int8 is 200; expecte"),
        ([*SCALES, "--kernel-zero-point", "half.npy"], "expected an integer"),
        ([*SCALES, "--input-zero-point", "128"], "--input-zero-point of int8 is 128; expected -1"),
        ([*SCALES, "--output-zero-point", "1.5"], "'1.5' is not a whole number"),
        ([*SCALES, "--kernel-scale", "1e30", "--output-scale", "1e-30"], "which float32 does not"),
        ([*SCALES, "--activation", "tanh"], "there is no 'tanh'; known are none, relu, relu6"),
    ],
)
def test_is_a_mistake_told_in_one_line_before_anything_starts(
    folder: Path,
    arguments: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def no_start(*_: object, **__: object) -> None:
        raise AssertionError("a framework started")

    monkeypatch.setattr(Runtimes, "__enter__", no_start)
    code = command(["compare", *ARRAYS, *arguments])
    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert printed.err.startswith("convcheck: ")
    assert words in printed.err


def test_is_it_asked_which_integers_separating_ones_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(["compare", "--input", "separating", *SCALES]) == 2
    assert "say which: --quantize int8, uint8 or int16x8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--kernel", "random"),
        ("--bias", "zeros"),
        ("--strides", "2"),
        ("--padding", "valid"),
        ("--groups", "2"),
        ("--filters", "3"),
        ("--input-dtype", "int8"),
        ("--kernel-size", "1"),
    ],
)
def test_is_a_part_of_a_separating_case_refused(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--input", "separating", "--quantize", "int8", option, value]
    assert command(["compare", *arguments]) == 2
    assert f"leave {option} out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], ["tf", "keras"]),
        (["--quantize", "int8"], ["litert", "litert?engine=reference"]),
        ([*ARRAYS, *SCALES], ["litert", "litert?engine=reference"]),
        (["--input", "separating", "--quantize", "uint8"], ["litert", "litert?engine=reference"]),
        (["--quantize", "int8", "-i", "numpy?rounding=F1"], ["numpy?rounding=F1"]),
    ],
)
def test_are_the_default_implementations_those_that_compute_integers(
    folder: Path, arguments: list[str], names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def remember(one: OneCase, *_: object, **__: object) -> None:
        given.extend(name.text for name in one.names)
        raise click.UsageError("enough")

    monkeypatch.setattr(run_case, "compare", remember)
    assert command(["compare", *arguments]) == 2
    assert given == names


def test_has_the_command_to_reproduce_every_digit_of_a_scale() -> None:
    typed = ["--input-scale", "0.05296124517917633", "--kernel-scale", "0.024093778803944588"]
    typed += ["--output-scale", "0.5", "--output-zero-point", "-126", "--activation", "relu6"]
    context = compare.command.make_context("compare", [*typed, "--timeout", "60"])
    words = command_line(context).split()
    assert words[:2] == ["convcheck", "compare"]
    given = dict(zip(words[2::2], words[3::2], strict=True))
    assert given == {
        **dict(zip(typed[::2], typed[1::2], strict=True)),
        "--timeout": "60",
    }


def test_is_a_report_not_written_over_a_file_of_scales(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "s.npy").read_bytes()
    assert command(["compare", *ARRAYS, *SCALES, "-o", "s.npy"]) == 2
    assert "would overwrite --kernel-scale s.npy" in capsys.readouterr().err
    assert (folder / "s.npy").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "formulas"),
    [
        ("int8", {"litert": "F1", "litert?engine=builtin": "DU", "litert?engine=reference": "D"}),
        ("uint8", {"litert": "F1", "litert?engine=builtin": "DU", "onnxruntime": "F1"}),
        ("int16x8", {"litert": "I64", "litert?engine=reference": "I64"}),
    ],
)
def test_is_one_separating_run_enough_to_name_each_formula(
    scheme: str, formulas: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ai_edge_litert")
    pytest.importorskip("onnxruntime")
    names = [word for name in formulas for word in ("-i", name)]
    code, found = report(capsys, "--input", "separating", "--quantize", scheme, *names)
    assert code == 0
    multiplier = "Mf" if scheme == "uint8" else "Mdbl"
    for row in found["implementations"]:
        formula = formulas[row["name"]]
        named = formula if formula == "F1" else f"{formula}/{multiplier}"
        assert row["requantization"]["reproduced_by"] == [named], row["name"]
