"""Does an error of convcheck's own say so in one line, and exit with a code that is no result?"""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest

BROKEN = """
import sys
import {module} as broken

def fails(*arguments, **options):
    raise {error}

broken.{name} = fails
sys.argv[0] = "convcheck"
{run}
"""
CONVCHECK = "from convcheck.cli.main import run; run()"
SUITE = "import runpy; runpy.run_module('convcheck.testing', run_name='__main__')"
COMPARE = ("convcheck.cli.run_case", "compare", CONVCHECK, ("compare",))
VERIFY = ("convcheck.cli.run_case", "verify", CONVCHECK, ("verify", "bundle.npz"))
MODEL = ("convcheck.cli.run_model", "model", CONVCHECK, ("model", "m.keras"))
LIST = ("convcheck.cli.run_case", "implementations", CONVCHECK, ("implementations",))
CONFORMANCE = ("convcheck.testing.suite", "conformance", SUITE, ("numpy",))


def run(
    module: str,
    name: str,
    run: str,
    arguments: tuple[str, ...],
    error: str = "ValueError('two\\nlines')",
) -> subprocess.CompletedProcess[str]:
    """A command, one function of which fails with this error."""
    code = BROKEN.format(module=module, name=name, run=run, error=error)
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Files that a command's own checks let pass."""
    (tmp_path / "bundle.npz").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", [COMPARE, VERIFY, MODEL, LIST, CONFORMANCE])
def test_is_it_one_line_and_exit_4(command):
    done = run(*command)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("convcheck: this is an error of convcheck's own")
    assert done.stderr.count("\n") == 1
    assert "ValueError: two lines; please open an issue" in done.stderr
    assert "-v shows the traceback" in done.stderr


@pytest.mark.parametrize("command", [COMPARE, CONFORMANCE])
def test_does_v_show_the_traceback_above_the_line(command):
    *most, arguments = command
    done = run(*most, (*arguments, "-v"))
    assert done.returncode == 4
    assert done.stderr.startswith("Traceback")
    assert done.stderr.splitlines()[-1].startswith("convcheck: this is an error")


@pytest.mark.parametrize(
    "error",
    ["MemoryError()", "KeyError(1)", "AssertionError()", "OSError('?')", "RecursionError()"],
)
def test_is_no_kind_of_error_taken_for_a_result(error):
    assert run(*COMPARE, error=error).returncode == 4


def test_is_a_full_disk_a_mistake():
    done = run(*COMPARE, error="OSError(28, 'No space left on device')")
    assert done.returncode == 2
    assert "cannot write the output: No space left on device" in done.stderr


def test_is_a_mistake_still_a_mistake_in_the_suite():
    done = subprocess.run(
        [sys.executable, "-m", "convcheck.testing", "nobody"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
