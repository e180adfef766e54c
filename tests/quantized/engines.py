"""Runs quantized cases on the runtimes, in processes of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from convcheck.implementations.name import parse
from convcheck.quantized.case import QuantizedCase
from convcheck.results import Output
from convcheck.runtimes.host import Runtimes
from tests.implementations.conftest import installed

PACKAGES = {
    "litert": ("ai_edge_litert", "flatbuffers"),
    "onnxruntime": ("onnxruntime", "onnx"),
    "torch": ("torch",),
    "numpy": ("numpy",),
}
"""What each runtime needs."""


def has_vnni() -> bool:
    """Whether this is an x86-64 processor with AVX512-VNNI, which the table was measured on."""
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and "avx512_vnni" in cpu.read_text()


def ran(runtimes: Runtimes, text: str, quantized: QuantizedCase) -> Output:
    """The row of a case, where the runtime is installed."""
    name = parse(text)
    installed(*PACKAGES[name.base])
    return runtimes.run(quantized, name)


def computed(runtimes: Runtimes, text: str, cases: Sequence[QuantizedCase]) -> list[np.ndarray]:
    """Each case's integer output, NHWC."""
    outputs = [ran(runtimes, text, quantized) for quantized in cases]
    arrays = [output.array for output in outputs]
    messages = {output.message for output in outputs if output.array is None}
    assert not messages, messages
    return [array for array in arrays if array is not None]
