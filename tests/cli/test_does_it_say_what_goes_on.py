"""Does a terminal show what goes on, and for how long, and nothing else show it?"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from convcheck.cli.progress import Doing

COMPARE = ("compare", "--input", "random", "--input-shape", "1,6,6,1", "-i", "numpy", "-i", "scipy")


@pytest.fixture
def on_a_terminal(tmp_path):
    """What a command writes to a terminal as its stderr, and its exit code."""

    def run(*arguments):
        terminal, stderr = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        with subprocess.Popen(
            [sys.executable, "-m", "convcheck", *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=tmp_path,
            env=environment,
        ) as process:
            os.close(stderr)
            shown = b""
            while True:
                try:
                    part = os.read(terminal, 4096)
                except OSError:  # its other end is closed
                    break
                shown += part
                if not part:
                    break
            os.close(terminal)
            process.communicate()
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()), process.returncode

    return run


def test_are_starting_running_judging_and_why_shown_with_the_time(on_a_terminal):
    shown, exit_code = on_a_terminal(*COMPARE)
    assert exit_code == 0
    places = [
        shown.index(words)
        for words in ("starting numpy, scipy", "running ", "judging the outputs", "finding out why")
    ]
    assert places == sorted(places)
    assert re.search(r"judging the outputs +0:00:\d\d", shown)


@pytest.mark.slow
def test_is_nothing_shown_with_quiet_or_elsewhere(on_a_terminal, convcheck_command):
    assert on_a_terminal(*COMPARE, "-q") == ("", 0)
    assert convcheck_command(*COMPARE).stderr == ""


@pytest.mark.slow
def test_does_a_suite_show_how_far_it_is(on_a_terminal):
    shown, exit_code = on_a_terminal("conformance", "numpy", "--filter", "conv1d-3-same*")
    assert exit_code == 0
    assert re.search(r"\d+/\d+ 0:00:\d\d numpy: conv1d-3-same", shown)


def test_does_each_implementation_count_until_it_is_done():
    seen = []
    doing = Doing(seen.append)
    doing.tell("tf", "starting")
    doing.tell("torch", "starting")
    doing.step("computing the exact result")
    doing.tell("tf", "running")
    doing.tell("tf", "")
    doing.tell("torch", "")
    assert seen == [
        "starting tf",
        "starting tf, torch",
        "starting tf, torch",
        "running tf; starting torch",
        "starting torch",
        "computing the exact result",
    ]
