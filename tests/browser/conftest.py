"""What tests in a browser share: Chromium, pages of the real command, and a reader of a viewer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .cases import Made, ten
from .page import Opened, Viewer

NAMES = ("chromium", "chromium-browser", "google-chrome")

Pages = Callable[[str], Path]
Open = Callable[..., Opened]


def absent(what: str) -> Any:
    """Skip; where everything must be there, fail."""
    if os.environ.get("CONVCHECK_ALL_FRAMEWORKS") == "1":
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium of this machine."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        absent("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any) -> Iterator[Open]:
    """Open a page; at the end of the test nothing may have been complained of or requested."""
    pages: list[Opened] = []

    def open_(path: Path, **context: Any) -> Opened:
        pages.append(Opened(chromium.new_context(**context), path))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()
        assert page.complaints == []
        assert page.requests == [page.address]


def command(folder: Path, *arguments: str) -> Path:
    """The page that the command makes there, its last argument."""
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "convcheck", *arguments, "-q"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return folder / arguments[-1]


@pytest.fixture(scope="session")
def cases() -> dict[str, Made]:
    """The ten cases, by name."""
    return {case.name: case for case in ten()}


@pytest.fixture(scope="session")
def pages(cases: dict[str, Made], tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The page of one of the ten cases, made by the command when it is first asked for."""
    made: dict[str, Path] = {}

    def page(name: str) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            options = cases[name].save(folder)
            made[name] = command(folder, "compare", *options, "--save", "r.npz", "-o", "r.html")
        return made[name]

    return page


@pytest.fixture
def viewer(pages: Pages, opened: Open) -> Viewer:
    """Of a case with two images, six filters in two groups, and an output that is a row off."""
    return opened(pages("grouped"), viewport={"width": 1440, "height": 1400}).viewer()
