"""Does a shape that makes no sense get one clear line and exit 2, whoever would have run it?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SMALL = ["--input", "random", "--input-shape", "1,8,8,4", "--kernel", "random"]

SENSELESS = [
    (["--groups", "3"], "groups=3 must divide the 4 input channels"),
    (["--groups", "2", "--filters", "3"], "groups=2 must divide the 3 filters; try --filters 4"),
    (["--groups", "3", "--transposed"], "groups=3 must divide the 4 input channels"),
    (["--groups", "2", "--filters", "3", "--transposed"], "groups=2 must divide the 3 filters"),
    (["--groups", "8"], "groups=8 must divide the 4 input channels; try --groups 4"),
    (
        ["--transposed", "--strides", "2", "--output-padding", "2"],
        "output padding 2 must be below the stride 2; use 1 at most",
    ),
    (
        ["--transposed", "--strides", "3,2", "--output-padding", "2,2"],
        "output padding 2 must be below the stride 2",
    ),
    (["--transposed", "--output-padding", "1"], "must be below the stride 1; use 0 at most"),
    (["--output-padding", "0"], "output padding belongs to transposed convolutions"),
    (["--transposed", "--output-padding", "-1"], "must be 0 or more"),
    (["--transposed", "--strides", "2", "--output-padding", "0,0,0"], "has 3 axes but the kernel"),
    (["--padding", "-1"], "-1 is negative; a padding is 0 or more"),
    (["--padding", "0:0,0:-2"], "is negative; a padding is 0 or more"),
    (["--padding", "1,1,1"], "padding has 3 axes but the kernel has 2"),
    (["--padding", "99999999999"], "padding 99999999999:99999999999"),
    (["--padding", "99999999"], "the output would have shape"),
    (["--padding", "valid", "--kernel-size", "9"], "does not fit into the 8 positions of axis 0"),
    (
        ["--padding", "1", "--kernel-size", "3,11"],
        "a kernel of 11 does not fit into the 8 positions padded by 2 of axis 1",
    ),
    (
        ["--padding", "valid", "--kernel-size", "3", "--dilations", "4"],
        "a kernel of 3 (9 with its dilation) does not fit into the 8 positions of axis 0",
    ),
    (
        ["--transposed", "--kernel-size", "3", "--padding", "5"],
        "padding crops all of the transposed output on axis 0",
    ),
    (
        ["--transposed", "--kernel-size", "3", "--padding", "0,6:4"],
        "padding crops all of the transposed output on axis 1",
    ),
    (["--strides", "0"], "must be 1 or more"),
    (["--dilations", "0"], "must be 1 or more"),
    (["--strides", "2,2,2"], "strides (2, 2, 2) has 3 axes but the kernel has 2"),
    (["--strides", "9999999999"], "2,147,483,647 is the most on an axis"),
    (["--dilations", "2000000000"], "the padded input would have shape"),
    (["--dilations", "2000000000", "--transposed"], "the uncropped output would have shape"),
    (["--kernel-size", "0"], "must be 1 or more"),
    (["--kernel-size", "99999"], "the kernel would have shape"),
    (["--kernel-size", "3,3,3"], "does not fit a kernel of rank 3"),
    (["--kernel-size", "3,3,3,3"], "a spatial rank of 4; convcheck knows rank 1 to 3"),
    (["--filters", "0"], "--filters"),
    (["--groups", "0"], "--groups"),
    (["--input-shape", "1,8"], "expected (N, H, W, C)"),
    (["--input-shape", "99999,99999,3,1"], "the input would have shape"),
    (["--bias", "three.npy"], "bias of shape (3,), expected (1,): one for each filter"),
    (["--kernel", "five.npy"], "takes 5 input channels with groups=1, but the input has 4"),
    (["--kernel", "five.npy", "--transposed"], "takes 1 input channels with groups=1, but the"),
]

OFTEN = {0, 1, 5, 11, 16, 19, 23}
"""The rest are slow: each starts a Python."""

IMPLEMENTATIONS = ("tf", "keras", "xla", "litert", "torch", "jax", "onnxruntime", "scipy", "numpy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "three.npy", np.ones(3, np.float32))
    np.save(tmp_path / "five.npy", np.ones((3, 3, 5, 1), np.float32))
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\ntouch started\nexit 1\n")
    python.chmod(0o755)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "convcheck", "compare", *SMALL, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=60,
        env={**os.environ, "COLUMNS": "500"},
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(*shape, marks=[] if i in OFTEN else pytest.mark.slow, id=" ".join(shape[0]))
        for i, shape in enumerate(SENSELESS)
    ],
)
def test_is_a_senseless_shape_refused_in_one_line_before_anything_starts(
    folder: Path, arguments: list[str], words: str
) -> None:
    """The interpreter asked for tells when it is started."""
    done = run(folder, *arguments, "-i", "tf@./python", "-i", "torch@./python", "-i", "numpy")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("convcheck: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not (folder / "started").exists()


def test_would_a_started_process_be_noticed(folder: Path) -> None:
    assert run(folder, "-i", "tf@./python").returncode == 3
    assert (folder / "started").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_is_the_line_the_same_for_each_implementation(folder: Path, name: str) -> None:
    arguments = ["--transposed", "--strides", "2", "--output-padding", "2"]
    asked, unasked = run(folder, *arguments, "-i", name), run(folder, *arguments)
    assert (asked.returncode, asked.stderr) == (2, unasked.stderr)
