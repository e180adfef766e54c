"""Does CI install the lowest versions that pyproject.toml admits?"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = Path(".ci/lowest.py")


@pytest.fixture
def lowest(tmp_path):
    """Run the script beside this pyproject.toml."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / SCRIPT).write_text((ROOT / SCRIPT).read_text())

    def run(text):
        (tmp_path / "pyproject.toml").write_text(text)
        command = [sys.executable, str(tmp_path / SCRIPT)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def project(*dependencies):
    extras = "[project.optional-dependencies]\ntest = ['pytest>=8', 'mine[other]']\n"
    return f"[project]\nname = 'mine'\ndependencies = {list(dependencies)}\n{extras}"


def test_is_each_of_our_own_packages_listed_once(lowest):
    lines = lowest((ROOT / "pyproject.toml").read_text()).stdout.split()
    packages = [line.partition("==")[0] for line in lines]
    assert len(set(packages)) == len(packages)
    assert {"click", "keras", "numpy", "tensorflow", "torch", "pytest"} <= set(packages)


def test_is_it_the_version_that_the_floor_names(lowest):
    done = lowest(project("a>=3.12.2,!=3.13.*", "b>=2; python_version < '3'", "c >= 1.5, < 2"))
    assert done.stdout.split() == ["a==3.12.2", "c==1.5", "pytest==8"]


def test_is_a_floor_that_is_excluded_a_mistake(lowest):
    done = lowest(project("a>=3.13.0,!=3.13.*"))
    assert done.returncode == 1
    assert "its own lowest version is excluded" in done.stderr
