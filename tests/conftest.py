"""What the tests share: a warm runtime, small cases, the command as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convcheck.runtimes.host import Runtimes

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_configure() -> None:
    # What a framework or the terminal does to our text is nobody's business here.
    for variable in [name for name in os.environ if name.startswith("CONVCHECK_")]:
        if variable not in ("CONVCHECK_ALL_FRAMEWORKS", "CONVCHECK_HOSTILE"):
            del os.environ[variable]
    # TensorFlow turns oneDNN on by itself on some processors only, and without it refuses NCHW and
    # dilated transposed convolutions: the same on every machine.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # A shell has its background jobs ignore these, and what they start inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast ones first: whatever starts a framework comes after what does not."""
    slow = {"runtimes", "convcheck_command", "needs"}
    items.sort(key=lambda item: bool(slow & set(getattr(item, "fixturenames", ()))))


@pytest.fixture(scope="session")
def runtimes() -> Iterator[Runtimes]:
    """Warm runtime processes, shared by all tests."""
    with Runtimes(timeout=120) as running:
        yield running


@pytest.fixture
def convcheck_command(tmp_path: Path) -> Command:
    """Run ``python -m convcheck``, or the ``installed`` command, in an empty folder."""

    def run(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        script = str(Path(sys.executable).with_name("convcheck"))
        command = (
            [script] if settings.pop("installed", False) else [sys.executable, "-m", "convcheck"]
        )
        options: dict[str, object] = {"cwd": tmp_path, "timeout": 240, **settings}
        return subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            **options,  # type: ignore[call-overload]
        )

    return run
