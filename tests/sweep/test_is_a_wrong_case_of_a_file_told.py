"""Is a case of a file that is none told, and a file that has changed since another sweep?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from .conftest import Sweep

RIGHT = """
[[case]]
name = "right"
input = "x.npy"
kernel = "k.npy"
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", np.ones((1, 4, 4, 2), "f4"))
    np.save(tmp_path / "k.npy", np.ones((3, 3, 2, 4), "f4"))
    return tmp_path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('input = "missing.npy"\nkernel = "k.npy"', "cannot read the input missing.npy"),
        ('input = "x.npy"\nkernel = "k.npy"\ngroups = 3', "groups=3"),
        ('input = "x.npy"\nkernel = "k.npy"\nquantize = "int8"', "compare takes it"),
        ('input = "x.npy"\nkernel = "k.npy"\nstrict = true', "type it beside --cases"),
    ],
)
def test_is_a_wrong_case_told_by_its_name(sweep: Sweep, files: Path, line: str, said: str) -> None:
    """Left out, it would turn a misspelt file into a sweep that passes."""
    (files / "c.toml").write_text(f'{RIGHT}\n[[case]]\nname = "wrong one"\n{line}\n')
    told = sweep("--cases", "c.toml", "-i", "numpy")
    assert (told.returncode, told.stdout) == (2, "")
    assert "c.toml: case 'wrong one': " in told.stderr
    assert said in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_are_other_numbers_in_its_files_another_sweep(sweep: Sweep, files: Path) -> None:
    (files / "c.toml").write_text(RIGHT)
    words = ("--cases", "c.toml", "-i", "numpy", "--results", "r.sqlite")
    assert sweep(*words).returncode == 0
    assert sweep(*words).returncode == 0
    np.save(files / "x.npy", np.zeros((1, 4, 4, 2), "f4"))
    told = sweep(*words)
    assert (told.returncode, told.stdout) == (2, "")
    assert "r.sqlite holds another sweep" in told.stderr
