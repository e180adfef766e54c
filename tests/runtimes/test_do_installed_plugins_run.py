"""Does a package that is installed for real offer implementations, and can it take others down?"""

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.passes import Gradient
from convcheck.case.spec import ConvSpec
from convcheck.implementations.name import parse
from convcheck.implementations.registry import plugins
from convcheck.runtimes.hardware import packages
from convcheck.runtimes.host import Runtimes
from tests.runtimes.processes import marked

PACKAGE = Path(__file__).parent.parent / "plugin_package"
ALL = ("trouble-right", "trouble-crashes", "trouble-sleeps", "trouble-prints")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that pip installed tests/plugin_package into."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE, source / "package")  # a build writes beside its sources
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--target", str(target), str(source / "package")),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return target


@pytest.fixture
def compare(convcheck_command, installed):
    """Run compare on a small case where the package is installed: (its end, its document)."""

    def run(*names, **environment):
        done = convcheck_command(
            *("compare", "--input", "random", "--kernel", "random", "--kernel-size", "3"),
            *(word for name in names for word in ("-i", name)),
            *("--timeout", "5", "--format", "json"),
            env={**os.environ, "PYTHONPATH": str(installed), **environment},
        )
        return done, json.loads(done.stdout) if done.stdout else None

    return run


@pytest.mark.slow
def test_do_four_plugins_give_four_rows_with_the_right_statuses(compare):
    mark = uuid.uuid4().hex
    done, document = compare(*ALL, CONVCHECK_TESTS_MARK=mark)
    assert done.stderr == ""
    right, crashes, sleeps, prints = document["implementations"]
    assert right["status"] in ("exact", "within-bound")
    assert right["error"]["correctly_rounded"] > 0
    assert right["call"] == "convcheck_trouble.Right"
    assert packages(right["versions"]) == {"convcheck-trouble": "1.2.3"}
    assert right["device"] == "abacus"
    assert set(right["dtypes"].values()) == {"float32"}
    assert crashes["status"] == "crashed"
    assert crashes["message"] == "died with SIGSEGV; its last stderr lines: goodbye, world"
    assert sleeps["status"] == "timed-out"
    assert sleeps["message"] == "gave no answer within 5 s"
    assert prints["status"] == "wrong-shape"
    # Different (the wrong shape) beats undecided (the rows that gave nothing).
    assert (document["verdict"], document["exit_code"], done.returncode) == ("different", 1, 1)
    assert marked(mark) == []


@pytest.mark.parametrize(
    ("names", "exit_code", "verdict"),
    [
        (["trouble-right"], 0, "rounding"),
        (["trouble-right", "numpy"], 0, "rounding"),
        (["trouble-right", "trouble-right?add=0.01"], 1, "different"),
        (["trouble-right", "trouble-crashes"], 3, "undecided"),
        (["trouble-crashes"], 3, "undecided"),
    ],
)
def test_does_the_exit_code_follow_the_rows(compare, names, exit_code, verdict):
    done, document = compare(*names)
    assert (done.returncode, document["verdict"]) == (exit_code, verdict)
    statuses = {row["name"]: row["status"] for row in document["implementations"]}
    assert statuses.get("trouble-right?add=0.01", "outside-bound") == "outside-bound"


@pytest.mark.slow
def test_does_a_plugin_compute_the_gradients_that_it_offers(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    plugins.cache_clear()
    case = Case(ConvSpec.make((1,)), np.ones((2, 5, 3), "float32"), np.ones((1, 3, 2), "float32"))
    g = np.arange(20, dtype="float32").reshape(2, 5, 2)
    names = [parse("trouble-right"), parse("trouble-prints")]
    try:
        with Runtimes(timeout=60) as runtimes:
            right, without = runtimes.run_all(Gradient("bias-gradient", case, g), names)()
            refused = runtimes.run(Gradient("input-gradient", case, g), names[0])
    finally:
        plugins.cache_clear()
    assert right.array.tolist() == g.sum((0, 1)).tolist()
    assert refused.message == "NotImplementedError: of a bias alone"
    assert without.message.startswith("trouble-prints computes no gradients; tf, keras")


def test_is_a_plugin_that_is_not_installed_a_mistake(compare):
    done, _ = compare("trouble-right", PYTHONPATH="")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "'trouble-right' is no implementation that convcheck knows" in done.stderr
