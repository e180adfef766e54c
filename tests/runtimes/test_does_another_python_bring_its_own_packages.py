"""Does ``@PYTHON`` run in the other environment, with what is installed there and nothing else?"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

from convcheck.runtimes.hardware import packages

ELSEWHERE = "+elsewhere"
SITE = str(Path(np.__file__).parent.parent)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """An environment with NumPy alone: a copy of ours, which calls itself another version."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for part in Path(SITE).glob("numpy*"):  # numpy, numpy.libs
        if part.is_dir() and not part.name.endswith("-info"):
            ignored = shutil.ignore_patterns("tests", "__pycache__")
            shutil.copytree(part, site / part.name, ignore=ignored)
    with (site / "numpy" / "version.py").open("a") as file:
        file.write(f"\n__version__ = version = version + {ELSEWHERE!r}\n")
    return folder / "bin" / "python"


@pytest.fixture
def rows(convcheck_command):
    """The rows of a comparison, by name, and its exit code."""

    def compare(*names, options=(), cwd=None, installed=False, **environment):
        done = convcheck_command(
            *("compare", "--input", "random", "--kernel-size", "3", "--format", "json"),
            *(word for name in names for word in ("-i", name)),
            *options,
            env={**os.environ, **environment},
            installed=installed,
            **({"cwd": cwd} if cwd else {}),
        )
        assert done.stderr == ""
        found = json.loads(done.stdout)["implementations"]
        return {row["name"]: row for row in found}, done.returncode

    return compare


@pytest.mark.parametrize("leak", [{}, {"PYTHONPATH": SITE}, {"PYTHONHOME": ""}])
def test_does_another_python_bring_its_own_packages(rows, bare, leak):
    found, exit_code = rows("numpy", f"numpy@{bare}", **leak)
    ours, other = found.values()
    assert exit_code == 0
    assert packages(ours["versions"]) == {"numpy": np.__version__}
    assert packages(other["versions"]) == {"numpy": np.__version__ + ELSEWHERE}
    assert other["status"] in ("exact", "within-bound")


def test_would_a_package_of_ours_be_noticed_there(rows, bare):
    name = f"numpy@{bare}?PYTHONPATH={SITE}"
    assert packages(rows(name)[0][name]["versions"]) == {"numpy": np.__version__}


@pytest.mark.parametrize("package", ["click", "rich", "sklearn", "matplotlib", "PIL", "scipy"])
def test_is_none_of_our_packages_importable_there(rows, bare, tmp_path, package):
    (tmp_path / "probe.py").write_text(f"import {package}\ndef probe(x, kernel, **_): return x\n")
    here, there = "python:probe:probe", f"python:probe:probe@{bare}"
    found, exit_code = rows(here, there)
    assert exit_code in (1, 3)
    assert found[there]["status"] == "unavailable"
    assert found[there]["message"].startswith(f"ModuleNotFoundError: No module named '{package}'")
    assert found[here]["status"] == "wrong-shape"  # here it is


def test_does_a_framework_missing_there_say_how_to_install_it_there(rows, bare):
    found, exit_code = rows(f"tf@{bare}")
    assert exit_code == 3
    message = found[f"tf@{bare}"]["message"]
    assert message == (
        "ModuleNotFoundError: No module named 'tensorflow'; "
        f"to install it: {bare} -m pip install tensorflow"
    )


@pytest.mark.slow
def test_are_quantized_cases_computed_there(rows, bare):
    there = f"numpy@{bare}"
    found, exit_code = rows(there, f"litert@{bare}", options=("--quantize", "int8"))
    assert exit_code == 3
    assert packages(found[there]["versions"]) == {"numpy": np.__version__ + ELSEWHERE}
    assert found[there]["requantization"]["reproduced_by"]
    assert found[f"litert@{bare}"]["message"] == (
        "ModuleNotFoundError: No module named 'ai_edge_litert'; "
        f"to install it: {bare} -m pip install ai-edge-litert"
    )


def test_does_a_python_without_numpy_say_so(rows, tmp_path):
    venv.create(tmp_path / "empty", with_pip=False, symlinks=True)
    name = f"numpy@{tmp_path / 'empty' / 'bin' / 'python'}"
    found, exit_code = rows(name)
    assert (exit_code, found[name]["status"]) == (3, "unavailable")
    assert found[name]["message"].startswith("ModuleNotFoundError: No module named 'numpy'; to ")


@pytest.mark.parametrize("package", ["numpy", "json", "convcheck"])
def test_is_the_current_folder_no_place_for_frameworks(rows, tmp_path, package):
    (tmp_path / f"{package}.py").write_text("raise RuntimeError('from the current folder')\n")
    # python -m looks there first; the installed command does not.
    found, exit_code = rows("numpy", installed=True, cwd=tmp_path)
    assert (exit_code, packages(found["numpy"]["versions"])) == (0, {"numpy": np.__version__})


@pytest.fixture(scope="module")
def other_tensorflow(tmp_path_factory):
    """An environment with an older TensorFlow, as pip installs it, and nothing else of ours."""
    import importlib.metadata

    installed = importlib.metadata.version("tensorflow")
    folder = tmp_path_factory.mktemp("tensorflow")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(python)),
            *("install", "--quiet", f"tensorflow<{installed}"),
        ],
        check=True,
        timeout=1200,
    )
    return python


@pytest.mark.slow
def test_are_two_versions_of_tensorflow_compared(rows, other_tensorflow):
    there = f"tf@{other_tensorflow}"
    found, exit_code = rows("tf", there, PYTHONPATH=SITE)
    assert exit_code == 0
    ours, other = found["tf"]["versions"], found[there]["versions"]
    assert ours["tensorflow"] != other["tensorflow"]
    assert {found[name]["status"] for name in found} <= {"exact", "within-bound"}
    listed = subprocess.run(
        [other_tensorflow, "-c", "import importlib.util as u; print(u.find_spec('click'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout == "None\n"
