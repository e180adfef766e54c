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

CASES = int(os.environ.get("CONVCHECK_CASES", "3"))
"""Of each slow test so many of its cases, evenly spaced; CONVCHECK_CASES=1000 runs all."""
WHOLE = "tests/conformance/test_does_each_implementation_conform.py"
"""Where each case is another implementation: all of them run."""
_AMOUNTS = "ALL_FRAMEWORKS HOSTILE MOMENTS SIDE CASES TIMES MANY PASSED RECORD_PASSED".split()
KEPT = {f"CONVCHECK_{name}" for name in _AMOUNTS}
"""What tests are told how much to do by."""
PASSED = os.environ.get("CONVCHECK_PASSED")
"""A file of tests that are left out: they passed a moment ago, in the same environment or less."""
RECORD = os.environ.get("CONVCHECK_RECORD_PASSED")
"""A file that is told which tests passed."""
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_configure() -> None:
    # What a framework or the terminal does to our text is nobody's business here.
    for variable in [name for name in os.environ if name.startswith("CONVCHECK_")]:
        if variable not in KEPT:
            del os.environ[variable]
    # TensorFlow turns oneDNN on by itself on some processors only, and without it refuses NCHW and
    # dilated transposed convolutions: the same on every machine.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # A shell has its background jobs ignore these, and what they start inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Some cases of slow tests; fast ones first: what starts a framework after what does not."""
    passed = set(Path(PASSED).read_text().splitlines()) if PASSED else set()
    left_out = {*_left_out(items), *(item for item in items if item.nodeid in passed)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
    slow = {"runtimes", "convcheck_command", "needs"}
    items.sort(key=lambda item: bool(slow & set(getattr(item, "fixturenames", ()))))


_passed_here: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what passed; of several processes the one that collects hears all reports."""
    if RECORD and report.when == "call" and report.passed:
        _passed_here.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if RECORD and not hasattr(session.config, "workerinput"):
        Path(RECORD).write_text("\n".join(_passed_here))


def _left_out(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Cases of slow tests beyond ``CASES`` of each."""
    by_test: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("slow") and not item.nodeid.startswith(WHOLE):
            by_test.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for cases in by_test.values():
        step = max(len(cases) / CASES, 1.0)
        kept = {int(n * step) for n in range(min(CASES, len(cases)))}
        yield from (case for n, case in enumerate(cases) if n not in kept)


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
