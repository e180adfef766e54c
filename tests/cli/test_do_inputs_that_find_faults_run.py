"""Do inputs that find faults run as every other does: judged, recorded, and given again?"""

from __future__ import annotations

import json
import shlex

import pytest

from convcheck.case.passes import PASSES
from convcheck.cli.main import command

FAMILIES = ("integers", "cancellation:1e6", "wide", "subnormal", "overflow")
FORWARD_ONLY = "cancellation:1e6"
VISIBLE = ("integers", "cancellation:1e3", "wide", "subnormal", "overflow")
SMALL = ["--input-shape", "2,6,7,4", "--kernel", "random", "--kernel-size", "3", "--filters", "4"]
SAME = 0
FLIPPED = """
import numpy as np

def conv(x, kernel, *, pads, **rest):
    wide = np.pad(x, [(0, 0), *pads, (0, 0)])
    seen = np.lib.stride_tricks.sliding_window_view(wide, kernel.shape[:2], axis=(1, 2))
    return np.einsum("nhwcij,ijco->nhwo", seen, kernel[::-1, ::-1])
"""


def report(capsys, *arguments):
    code = command([*arguments, "--format", "json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, json.loads(printed.out)


@pytest.mark.parametrize("pass_", PASSES)
@pytest.mark.parametrize("source", FAMILIES)
def test_is_each_decided_and_given_again(source, pass_, capsys, tmp_path):
    if source == FORWARD_ONLY and pass_ != "forward":
        pytest.skip("refused: tests/case/families")
    bundle = str(tmp_path / "made.npz")
    typed = ["compare", "--input", source, *SMALL, "--pass", pass_, "-i", "numpy"]
    code, found = report(capsys, *typed, "--bias", "random", "--save", bundle)
    assert code == SAME
    assert found["case"]["input"]["source"] == source
    (row,) = found["implementations"]
    assert row["status"] in ({"exact"} if source == "integers" else {"exact", "within-bound"})
    again = shlex.split(found["reproduce"])[1:]
    assert source in again
    assert report(capsys, *again)[1]["implementations"][0]["error"] == row["error"]
    code, verified = report(capsys, "verify", bundle, "-i", "numpy")
    assert code == SAME
    assert verified["case"]["input"] == found["case"]["input"]


@pytest.mark.parametrize("source", VISIBLE)
def test_is_a_wrong_convolution_found_by_each(source, capsys, tmp_path, monkeypatch):
    """Of ``cancellation`` where what is left exceeds the bound: C · m · u far below 1."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(FLIPPED)
    arguments = ["compare", "--input", source, *SMALL, "-i", "numpy", "-i", "python:mine.py:conv"]
    code, found = report(capsys, *arguments)
    assert code == 1
    statuses = [row["status"] for row in found["implementations"]]
    assert statuses[0] != "outside-bound"
    assert statuses[1] in ("outside-bound", "non-finite")


@pytest.mark.parametrize("source", FAMILIES)
def test_do_frameworks_agree_on_each(source, capsys):
    names = ["-i", "tf", "-i", "keras"]
    code, found = report(capsys, "compare", "--input", source, *SMALL, *names)
    assert code == SAME
    statuses = {row["status"] for row in found["implementations"]}
    assert statuses <= ({"exact"} if source == "integers" else {"exact", "within-bound"})


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("source", VISIBLE)
def test_is_each_dtype_decided(source, dtype, capsys):
    if (source, dtype) == ("overflow", "float64"):
        pytest.skip("beyond float64 nothing is decided: no bound is a number there")
    typed = [source, *SMALL, "--input-dtype", dtype, "--kernel-dtype", dtype, "-i", "tf"]
    # Without borders, whose sums come as near to the threshold as bfloat16's roundings reach.
    typed += ["--padding", "valid"]
    code, found = report(capsys, "compare", "--input", *typed)
    assert code == SAME
    (row,) = found["implementations"]
    assert row["status"] in ({"exact"} if source == "integers" else {"exact", "within-bound"})
