"""Is it said in one line, and at once, that this system is not supported?"""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["convcheck", "convcheck.testing"])
def test_is_windows_refused_in_one_line(module: str) -> None:
    """As there: the platform's name, and no signal that Windows lacks."""
    code = (
        "import runpy, signal, sys\n"
        "del signal.SIGHUP\n"
        "sys.platform = 'win32'\n"
        f"runpy.run_module({module!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("convcheck: Windows is not supported")
    assert done.stderr.count("\n") == 1
