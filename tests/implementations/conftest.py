"""Which frameworks a test needs, and what is said when one is missing."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable

import pytest

from convcheck.implementations.name import Name, parse

_PACKAGES = {
    "tf": ("tensorflow",),
    "xla": ("tensorflow",),
    "keras": ("keras", "tensorflow"),
    "litert": ("ai_edge_litert", "tensorflow"),
    "onnxruntime": ("onnxruntime", "onnx"),
}


def installed(*packages: str) -> None:
    """Skip the test where a package is missing, with a word about it.

    Where CONVCHECK_ALL_FRAMEWORKS=1 fail it.
    """
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing and os.environ.get("CONVCHECK_ALL_FRAMEWORKS") == "1":
        pytest.fail(f"{', '.join(missing)} is not installed, and all frameworks should be")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")


def needed(text: str) -> Name:
    """The parsed name of an implementation whose packages are ``installed``."""
    name = parse(text)
    backend = dict(name.environment).get("KERAS_BACKEND")
    installed(*(("keras", backend) if backend else _PACKAGES.get(name.base, (name.base,))))
    return name


@pytest.fixture
def needs() -> Callable[[str], Name]:
    """The same, for tests that take it as a fixture."""
    return needed
