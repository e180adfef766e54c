"""Does the command's own process stay small, whatever the image's size?

CONVCHECK_SIDE=8000 takes an image of 64 megapixels in place of 36.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

MEBIBYTE = 1 << 20
SIDE = int(os.environ.get("CONVCHECK_SIDE", "6000"))
"""Of the large image, in pixels."""


def peak(arguments, folder):
    """(exit code, JSON report, peak resident bytes of the command's own process)."""
    command = [sys.executable, "-m", "convcheck", *arguments, "-o", "report.json"]
    process = subprocess.Popen(command, cwd=folder)
    # wait4 counts this process and the children that it waited for: ask the kernel instead.
    high = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                lines = [line for line in status if line.startswith("VmHWM:")]
        except OSError:
            break
        high = max([high, *(int(line.split()[1]) << 10 for line in lines)])
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    return process.wait(), json.loads((folder / "report.json").read_text()), high


def image(folder, side):
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "image.png", compress_level=0)
    return side * side * 3 * 4  # in float32


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_does_a_large_image_fit_four_times(tmp_path, dtype):
    floats = image(tmp_path, SIDE)
    arguments = ["compare", "--input", "image.png", "--input-dtype", dtype]
    # 3 by 3: TensorFlow 2.21's own convolution, which it takes for float64 and, without AVX-512,
    # for float32 too, dies (SIGSEGV) where outputs times taps pass 2^31.
    arguments += ["--kernel-size", "3", "--format", "json"]
    exit_code, report, high = peak(arguments, tmp_path)
    print(f"peak {high / MEBIBYTE:.0f} MiB, {high / floats:.2f} times the float32 image")
    assert exit_code == 0
    assert {row["status"] for row in report["implementations"]} <= {"exact", "within-bound"}
    assert high > floats  # it did hold the image
    assert high < 4 * floats + 300_000_000


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_does_a_large_image_fit_five_times_as_integers_too(tmp_path):
    floats = image(tmp_path, 3000)
    arguments = ["compare", "--input", "image.png", "--input-dtype", "float32", "--format", "json"]
    arguments += ["--quantize", "int8", "--kernel", "random", "--kernel-size", "3", "-i", "litert"]
    exit_code, report, high = peak(arguments, tmp_path)
    print(f"peak {high / MEBIBYTE:.0f} MiB, {high / floats:.2f} times the float32 image")
    assert exit_code == 0
    assert report["implementations"][0]["status"] in ("exact", "within-bound")
    assert report["budget"]
    assert high > floats  # it did hold the image
    # For each number of the image: the float32, its integer, the same less its zero point in 32
    # bits and twice padded for experiments, a third of a sum in 64 bits: 20 bytes.
    assert high < 5 * floats + 200_000_000
