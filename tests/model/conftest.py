"""Small models of a user's, built once; Keras is never imported here."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from convcheck.check import Limits
from convcheck.implementations.registry import parse_all
from convcheck.model.check import ModelRequest, check_model
from convcheck.model.results import ModelCheck
from convcheck.model.saving import save

HERE = Path(__file__).parent


def build(folder: Path, *arguments: str) -> Path:
    """Run build.py in a process of its own."""
    subprocess.run(
        [sys.executable, str(HERE / "build.py"), str(folder), *arguments],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small models; parts.py, which registers their classes, beside them."""
    return _built(tmp_path_factory.getbasetemp() / "models")


@functools.cache  # tests/cli has this fixture too
def _built(folder: Path) -> Path:
    folder.mkdir()
    (folder / "parts.py").write_text((HERE / "parts.py").read_text())
    return build(folder)


@pytest.fixture
def checked(runtimes) -> Callable[..., ModelCheck]:
    """Check a model file in the warm runtime, its layers alone unless ``modes`` are given."""

    def check(path, *names: str, modes=(), **request) -> ModelCheck:
        return check_model(
            ModelRequest(str(path), modes=modes, **request),
            parse_all(names or ("tf",)),
            runtimes,
            Limits(),
            timeout=120,
            save=save,
            progress=lambda done, total, what: None,
        )

    return check
