"""Does pytest find the plugin, run it beside others, and cost nothing where it is not used?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.loading import HEAVY

ROOT = Path(__file__).parents[2]
METADATA = "Metadata-Version: 2.1\nName: convcheck\nVersion: 0\n"
TESTS = """
import os

import numpy as np
import pytest

import convcheck
from tests.pytest_plugin.convolutions import KERNEL, X, conv, flipped

if "WRONG" in os.environ:
    conv = flipped


def test_plain(convcheck_case):
    convcheck_case(conv(X, KERNEL), X, KERNEL)


@pytest.mark.parametrize("text", ["a", "../../b", "\\x1b[31m"])
def test_parameters(convcheck_case, text):
    convcheck_case(conv(X, KERNEL), X, KERNEL)
    convcheck_case(conv(X, KERNEL), X, KERNEL, name="again")


class TestOne:
    class TestTwo:
        def test_nested(self, convcheck_case):
            convcheck_case(np.float32(0.5) * conv(X, KERNEL), X, KERNEL)


def test_assertion():
    convcheck.assert_equivalent(conv(X, KERNEL), X, KERNEL)
"""
HARMLESS = "def test_it():\n    assert True\n"


@pytest.fixture
def project(tmp_path):
    """A project with such tests, and convcheck installed with its entry point."""
    info = tmp_path / "installed" / "convcheck-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(METADATA)
    found = re.search(r"(?s)\[project.entry-points.pytest11\]\n(.*?)\n\n", PYPROJECT)
    assert found
    (info / "entry_points.txt").write_text("[pytest11]\n" + found[1].replace('"', "") + "\n")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "test_it.py").write_text(TESTS)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(tmp_path / "installed"), str(ROOT)])
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            env={**os.environ, "PYTHONPATH": path, **environment},
            cwd=folder, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip

    run.folder = folder  # type: ignore[attr-defined]
    return run


PYPROJECT = (ROOT / "pyproject.toml").read_text()


def test_does_pytest_list_what_is_recorded_and_keep_what_an_assertion_leaves(project):
    done = project("--convcheck-update", "-k", "nested or plain or assertion", WRONG="1")
    assert done.returncode == 1
    assert "recorded 2 cases\n" in done.stdout
    assert "test_it/TestOne.TestTwo.test_nested.npz  recorded, but it is not" in done.stdout
    (page,) = set(
        re.findall(r"look at it: (\S+/convcheck_test_assertion0/page\.html)", done.stdout)
    )
    assert "kernel-flip" in Path(page).read_text()


@pytest.mark.slow
def test_does_a_project_record_verify_and_fail(project):
    first = project("--convcheck-update")
    assert first.returncode == 0, first.stdout
    assert "recorded 8 cases\n" in first.stdout
    files = sorted(project.folder.rglob("*.npz"))
    assert len(files) == 8
    assert {file.parent for file in files} == {project.folder / "__convcheck__" / "test_it"}
    wrong = project("-k", "plain or assertion", WRONG="1")
    assert wrong.returncode == 1
    assert "2 failed" in wrong.stdout
    assert "convcheck/pytesting" not in wrong.stdout.replace("__convcheck__", "")
    for name in ("plain", "assertion"):
        (folder,) = set(re.findall(rf"\S+/convcheck_test_{name}0", wrong.stdout))
        assert (Path(folder) / "page.html").stat().st_size > 10_000
        assert (Path(folder) / "case.npz").exists()
    again = project("-k", "not assertion")
    assert again.returncode == 0, again.stdout
    assert "recorded" not in again.stdout


def test_does_the_plugin_load_nothing_of_ours_that_is_heavy():
    code = "import convcheck.pytest_plugin, sys; print(*sys.modules)"
    names = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {*HEAVY, "click", "jinja2"} - {"asyncio"}  # pytest decides on that
    assert not {name.partition(".")[0] for name in names} & heavy
    assert not any(name.startswith(("convcheck.api", "convcheck.case")) for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("order", [[], ["--dist", "loadfile"]])
def test_does_it_work_with_xdist(project, order):
    first = project("--convcheck-update", "-n", "2", *order)
    assert first.returncode == 0, first.stdout
    assert "recorded 8 cases\n" in first.stdout
    again = project("--convcheck-update", "-n", "2", *order)
    assert "recorded 0 cases; 8 as they were" in again.stdout
    assert project("-n", "2").returncode == 0
    wrong = project("-n", "2", WRONG="1")
    assert "6 failed" in wrong.stdout
    assert "page.html" in wrong.stdout


@pytest.mark.slow
def test_is_it_turned_off(project):
    off = project("-p", "no:convcheck", "-k", "plain or assertion", WRONG="1")
    assert "fixture 'convcheck_case' not found" in off.stdout
    assert "kernel-flip (proved)" in off.stdout
    assert "page.html" not in off.stdout
    unknown = project("-p", "no:convcheck", "--convcheck-update")
    assert "unrecognized arguments: --convcheck-update" in unknown.stderr


@pytest.mark.slow
def test_is_nothing_left_where_pytest_has_no_folder(project):
    done = project("-p", "no:tmpdir", "-k", "assertion", WRONG="1")
    assert "kernel-flip (proved)" in done.stdout
    assert "page.html" not in done.stdout


@pytest.mark.slow
def test_is_numpy_not_loaded_for_other_tests(project):
    (project.folder / "test_it.py").write_text(
        HARMLESS + "    import sys\n    assert 'numpy' not in sys.modules\n"
    )
    done = project()
    assert done.returncode == 0, done.stdout
