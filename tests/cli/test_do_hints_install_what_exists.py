"""Does every line that says what to install name what a package index has?

Packages are written down here once they were looked up; convcheck itself is on no index.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from convcheck.implementations.name import parse
from convcheck.implementations.rows import ROWS
from convcheck.runtimes.runtime import _with_install_command

ROOT = Path(__file__).parents[2]
ON_AN_INDEX = set(
    "ai-edge-litert click distributed jax jsonschema keras ml_dtypes numpy onnx onnxruntime "
    "pillow rich safetensors scikit-learn scipy tensorflow threadpoolctl torch".split()
)
FILES = [
    ROOT / "README.md",
    *(ROOT / "convcheck").rglob("*.py"),
    *(ROOT / "convcheck").rglob("*.md"),
]


def packages(command: str) -> set[str]:
    words = [word.strip("'\"") for word in command.split()]
    return {re.split(r"[=<>\[]", word)[0] for word in words if not word.startswith("-")}


def test_does_each_line_in_package_pages_and_readme_install() -> None:
    found = [
        command
        for path in FILES
        for command in re.findall(r"pip install ((?:[-\w.'>=/\[\]]+ ?)+)", path.read_text())
    ]
    assert len(found) > 5
    for command in found:
        own = {name for name in packages(command.partition(" #")[0]) if not name.startswith(".")}
        own -= {"", "convcheck"} if "./convcheck" in command else {""}
        assert own <= ON_AN_INDEX, command


def test_does_each_implementation_s_command_install() -> None:
    for row in ROWS.values():
        if row.install:
            assert packages(row.install.removeprefix("pip install ")) <= ON_AN_INDEX


@pytest.mark.parametrize(
    ("name", "module", "hint"),
    [
        ("torch@PYTHON", "torch", "PYTHON -m pip install torch"),
        ("litert@PYTHON", "ai_edge_litert", "PYTHON -m pip install ai-edge-litert"),
        ("tf@PYTHON", "google", "PYTHON -m pip install tensorflow"),
        ("onnxruntime", "onnx", "pip install onnx onnxruntime"),
        ("python:mine:f@PYTHON", "numpy", "PYTHON -m pip install numpy"),
        ("python:mine:f@PYTHON", "mine", ""),
        ("python:mine:f", "mine", ""),
    ],
)
def test_is_a_package_named_that_brings_the_missing_module(
    name: str, module: str, hint: str
) -> None:
    """A module is not always called as its package; a user's own is in none."""
    parsed = parse(name.replace("PYTHON", sys.executable))
    error = f"ModuleNotFoundError: No module named '{module}'"
    words = _with_install_command(parsed, error, ROWS[parsed.base].install)
    hint = hint.replace("PYTHON", shlex.quote(sys.executable))
    assert words == (f"{error}; to install it: {hint}" if hint else error)
