"""pytest's plugin: the fixture ``convcheck_case``, and what failing assertions leave.

pytest loads it wherever convcheck is installed, so that it imports nothing of ours that a test
session without convcheck has no use for. ``-p no:convcheck`` turns it off.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from convcheck import leaving
from convcheck.pytesting.recorder import Recorder

_WRITTEN = "convcheck_written"
"""Attribute of a test's report: what it recorded. xdist carries it from its workers."""
_RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--convcheck-update``."""
    parser.getgroup("convcheck").addoption(
        "--convcheck-update",
        action="store_true",
        help="Record the cases and outputs that tests give to convcheck_case, in __convcheck__ "
        "beside the tests, in place of verifying them.",
    )


@pytest.fixture
def convcheck_case(request: pytest.FixtureRequest) -> Recorder:
    """Hold an output against a recorded one: ``convcheck_case(actual, input, kernel, ...)``."""
    owner = request.cls
    name = f"{owner.__qualname__}.{request.node.name}" if owner else request.node.name
    update = bool(request.config.getoption("--convcheck-update"))
    recorder = Recorder(request.path, name, update)
    request.node.stash[_RECORDER] = recorder
    return recorder


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Have a failing assertion leave its case in pytest's own temporary folder."""
    factory = getattr(item.config, "_tmp_path_factory", None)
    if factory is None:  # -p no:tmpdir
        yield
    else:
        with leaving.into(partial(_new_folder, factory, item.name)):
            yield


def _new_folder(factory: pytest.TempPathFactory, test: str) -> Path:
    return factory.mktemp("convcheck_" + re.sub(r"\W", "_", test)[:30], numbered=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Say in a test's report what it recorded."""
    outcome = yield
    recorder = item.stash.get(_RECORDER, None)
    if recorder is not None and recorder.written:
        setattr(outcome.get_result(), _WRITTEN, list(recorder.written))
        recorder.written.clear()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List what was recorded."""
    reports = [one for reports in terminalreporter.stats.values() for one in reports]
    written = sorted(one for report in reports for one in getattr(report, _WRITTEN, ()))
    if not written:
        return
    terminalreporter.section("convcheck")
    new = [(path, words) for path, words in written if words != "is as it was"]
    kept = len(written) - len(new)
    unchanged = f"; {kept} as they were" if kept else ""
    terminalreporter.line(f"recorded {len(new)} case{'' if len(new) == 1 else 's'}{unchanged}")
    for path, words in new:
        terminalreporter.line(f"  {path}" + (f"  {words}" if words else ""), yellow=bool(words))
