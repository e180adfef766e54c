"""Does a bundle from elsewhere run nothing, unless the user says that it may?"""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from convcheck.case.bundle import pack
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Output
from tests.runtimes.test_do_installed_plugins_run import installed  # noqa: F401  a fixture

WRONG = 1.5


@pytest.fixture
def bundle(tmp_path):
    """Write a bundle of one pixel whose outputs have these names."""

    def write(*names, value=1.0):
        one = np.ones((1, 1, 1, 1), np.float32)
        case = Case(ConvSpec.make((1, 1)), one, one, sources=("x", "k", "none"))
        dtypes = Dtypes(*["float32"] * 4)
        outputs = [Output(name, "call", one * np.float32(value), dtypes=dtypes) for name in names]
        (tmp_path / "b.npz").write_bytes(pack(case, outputs, "1"))

    return write


@pytest.fixture
def trap(tmp_path):
    """Files that make ``marker`` when anything runs them; the names that would."""
    (tmp_path / "evil.sh").write_text(f"#!/bin/sh\ntouch {tmp_path}/marker\nexit 1\n")
    (tmp_path / "evil.sh").chmod(0o755)
    code = f"open({str(tmp_path / 'marker')!r}, 'w')\n"
    (tmp_path / "evil.py").write_text(code + "def f(x, kernel, **_): return x\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(code)
    return tmp_path / "marker"


def names(folder):
    return [
        "numpy@./evil.sh",
        f"numpy@{folder}/evil.sh",
        "numpy@./evil.sh?device=cpu",
        f"numpy?PYTHONPATH={folder}/site",
        f"numpy?LD_PRELOAD={folder}/evil.so",
        "python:evil:f",
        f"python:evil:f@{folder}/evil.sh",
        f"python:antigravity:fly?BROWSER=/bin/sh -c {folder}/evil.sh",
        f"keras?KERAS_BACKEND=torch&PYTHONPATH={folder}/site",
        f"numpy?device=cpu&PYTHONPATH={folder}/site",
        "trouble-right",
    ]


def verify(convcheck_command, *arguments, **environment):
    done = convcheck_command(
        *("verify", "b.npz", "--format", "json", *arguments), env={**os.environ, **environment}
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["exit_code"] == done.returncode
    return found


def test_does_no_name_of_a_bundle_run_that_is_not_plain(
    convcheck_command,
    bundle,
    trap,
    tmp_path,
    installed,  # noqa: F811
):
    hostile = names(tmp_path)
    bundle(*hostile, "numpy")
    (tmp_path / "convcheck_trouble.py").write_text((tmp_path / "evil.py").read_text())
    ours = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join([str(tmp_path), str(installed), ours]).rstrip(os.pathsep)
    found = verify(convcheck_command, PYTHONPATH=path)
    assert not trap.exists()
    assert (found["verdict"], found["exit_code"]) == ("undecided", 3)
    rows = {row["name"]: row for row in found["implementations"]}
    assert rows["numpy"]["status"] == "exact"
    for name in hostile:
        assert rows[name]["status"] == "unavailable"
        assert "--trust" in rows[name]["message"]
        assert "-i NAME" in rows[name]["message"]
        assert rows[f"{name} (recorded)"]["status"] == "exact"


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["CONVCHECK_TRUST", "CONVCHECK_IMPLEMENTATION"])
def test_does_no_variable_give_trust(convcheck_command, bundle, trap, variable):
    bundle("python:evil:f")
    found = verify(convcheck_command, **{variable: "python:evil:f" if "IMPL" in variable else "1"})
    assert not trap.exists()
    assert found["exit_code"] == 3


def test_does_no_project_file_give_trust(convcheck_command, bundle, trap, tmp_path):
    bundle("python:evil:f")
    for key in ("trust = true", 'implementation = ["python:evil:f"]'):
        (tmp_path / "pyproject.toml").write_text(f"[tool.convcheck.verify]\n{key}\n")
        done = convcheck_command("verify", "b.npz")
        assert not trap.exists()
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("name", ["numpy@./evil.sh", "python:evil:f"])
def test_would_a_name_that_runs_make_the_marker(convcheck_command, bundle, trap, name):
    bundle(name)
    verify(convcheck_command, "--trust")
    assert trap.exists()


def test_is_what_the_user_trusts_run_and_compared(convcheck_command, bundle, trap):
    bundle("python:evil:f")
    found = verify(convcheck_command, "--trust")
    assert (found["verdict"], found["exit_code"]) == ("identical", 0)
    assert "--trust" in found["reproduce"]


def test_does_i_choose_what_runs(convcheck_command, bundle, trap):
    bundle("numpy", "jax", "python:evil:f")
    found = verify(convcheck_command, "-i", "numpy", "-i", "scipy")
    assert not trap.exists()
    assert [row["name"] for row in found["implementations"]] == [
        "numpy (recorded)",
        "jax (recorded)",
        "python:evil:f (recorded)",
        "numpy",
        "scipy",
    ]
    assert [(pair["a"], pair["b"]) for pair in found["differences"]] == [
        ("numpy (recorded)", "numpy")
    ]
    chosen = verify(convcheck_command, "-i", "python:evil:f")
    assert trap.exists()
    assert [pair["b"] for pair in chosen["differences"]] == ["python:evil:f"]


@pytest.mark.slow
def test_does_a_chosen_one_count_that_nothing_was_recorded_of(convcheck_command, bundle, tmp_path):
    bundle("numpy")
    (tmp_path / "mine.py").write_text("def f(x, kernel, **_): return x + 1\n")
    found = verify(convcheck_command, "-i", "numpy", "-i", "python:mine:f")
    assert [pair["verdict"] for pair in found["differences"]] == ["identical"]
    assert (found["verdict"], found["exit_code"]) == ("different", 1)


def test_are_both_ways_to_choose_a_mistake(convcheck_command, bundle):
    bundle("numpy")
    done = convcheck_command("verify", "b.npz", "--trust", "-i", "numpy")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.slow
def test_does_an_output_that_equals_its_wrong_recording_pass(convcheck_command, bundle, tmp_path):
    """Verify asks whether anything changed; that both are wrong is told."""
    (tmp_path / "mine.py").write_text(f"def f(x, kernel, **_): return x * {WRONG}\n")
    bundle("python:mine:f", value=WRONG)
    found = verify(convcheck_command, "--trust")
    assert {row["status"] for row in found["implementations"]} == {"outside-bound"}
    assert (found["verdict"], found["exit_code"]) == ("identical", 0)
    assert "neither is this convolution" in found["warnings"][0]


@pytest.mark.slow
def test_is_a_recorded_file_never_looked_for(convcheck_command, bundle, tmp_path):
    bundle("numpy", "file:/dev/zero", "file:b.npz")
    found = verify(convcheck_command)
    assert (found["verdict"], found["exit_code"]) == ("identical", 0)
    assert len(found["implementations"]) == 4
