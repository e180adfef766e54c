"""Is a process that has grown too much replaced by another, and no other process?"""

from __future__ import annotations

from pathlib import Path

import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.implementations.name import parse
from convcheck.runtimes.host import Runtimes

KEEPS = """
import os
import numpy as np

kept = []

def compute(input, kernel, **geometry):
    kept.append(np.ones(SIZE, np.uint8))
    return np.full(input.shape[:-1] + (1,), os.getpid(), input.dtype)
"""
MIB = 1 << 20


def test_is_only_what_has_grown_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keeps.py").write_text(KEEPS.replace("SIZE", str(64 * MIB)))
    (tmp_path / "frees.py").write_text(KEEPS.replace("SIZE", "16"))
    case = build(Request(input="random", input_shape=(1, 4, 4, 1), kernel_size=(1,)))
    names = [parse("python:keeps:compute"), parse("python:frees:compute?A=1")]

    with Runtimes() as runtimes:

        def processes() -> list[float]:
            arrays = [output.array for output in runtimes.outputs(case, names)]
            assert all(array is not None for array in arrays)
            return [float(array.flat[0]) for array in arrays if array is not None]

        first = processes()
        runtimes.renew_grown(160 * MIB)  # counts from here
        for _ in range(2):
            assert processes() == first
            runtimes.renew_grown(160 * MIB)
        assert processes() == first  # 192 MiB more by now
        runtimes.renew_grown(160 * MIB)
        keeps, frees = processes()
        assert keeps != first[0]
        assert frees == first[1]
        runtimes.renew_grown(160 * MIB)  # counts anew for a new process
        assert processes() == [keeps, frees]
