"""Runs quantized cases through a runtime in a process of its own: a crash there is no crash here.

``python -m tests.quantized.engines.process MODULE`` reads a pickle of (cases, options) from its
standard input and writes one of the outputs to the file that it is told.
"""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from convcheck.quantized.case import QuantizedCase

_ROOT = Path(__file__).parents[3]
PACKAGES = {
    "litert": ("ai_edge_litert", "flatbuffers"),
    "onnxruntime": ("onnxruntime", "onnx"),
    "torch": ("torch",),
}
"""What each runtime needs."""


def has_vnni() -> bool:
    """Whether this is an x86-64 processor with AVX512-VNNI, which the table was measured on."""
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and "avx512_vnni" in cpu.read_text()


class Died(Exception):
    """The process ended without an output: its exit code and last lines are the message."""


def computed(
    runtime: str,
    cases: list[QuantizedCase],
    environment: dict[str, str] | None = None,
    **options: Any,
) -> list[np.ndarray]:
    """Each case's integer output, NHWC."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "outputs")
        done = subprocess.run(
            [sys.executable, "-m", __name__, runtime, str(place)],
            input=pickle.dumps((cases, options)),
            capture_output=True,
            timeout=300,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT), **(environment or {})},
            check=False,
        )
        if done.returncode or not place.exists():
            raise Died(f"exit code {done.returncode}: {done.stderr.decode()[-2000:]}")
        found: list[np.ndarray] = pickle.loads(place.read_bytes())
        return found


def main(runtime: str, place: str) -> None:
    """Compute what stands on standard input."""
    cases, options = pickle.load(sys.stdin.buffer)
    module = importlib.import_module(f"tests.quantized.engines.{runtime}")
    Path(place).write_bytes(pickle.dumps([module.compute(case, **options) for case in cases]))


if __name__ == "__main__":
    main(*sys.argv[1:])
