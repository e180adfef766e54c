"""Is nothing left, whenever a command is stopped: no process, no folder, no half of a file?

CONVCHECK_MOMENTS=30 stops each command so often.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid

import pytest

from tests.model.conftest import models  # noqa: F401  a fixture
from tests.runtimes.processes import marked, wait_until
from tests.runtimes.test_is_nothing_left_when_the_command_is_stopped import HEARS_SIGINT

MOMENTS = int(os.environ.get("CONVCHECK_MOMENTS", "4"))
"""Spread evenly over a command's time, each at random in its own part of it."""
SMALL = ("--input", "random", "--kernel-size", "3", "--format", "json", "-o", "report.json")
COMMANDS = {
    "compare": (
        *("convcheck", "compare", *SMALL, "-i", "numpy", "-i", "tf", "-i", "scipy"),
        *("--save", "new.npz", "--plot", "p.png"),
    ),
    "verify": ("convcheck", "verify", "b.npz", "--format", "json", "-o", "report.json"),
    "model": (
        *("convcheck", "model", "mixed.keras", "--format", "json", "-o", "report.json"),
        *("--save-case", "depthwise"),
    ),
    "conformance": ("convcheck.testing", "numpy", "scipy"),
}


@pytest.fixture
def started(tmp_path, models):  # noqa: F811
    """Start a command in a folder of its own; all that it starts carries ``started.mark``."""

    class Started:
        mark = f"CONVCHECK_TESTS_MARK={uuid.uuid4().hex}"
        work, scratch = tmp_path / "work", tmp_path / "scratch"

        def __call__(self, arguments, *, folder=None):
            if folder is None:
                shutil.rmtree(self.work, ignore_errors=True)
                shutil.copytree(tmp_path / "given", self.work)
            self.scratch.mkdir(exist_ok=True)
            variable, value = self.mark.split("=")
            return subprocess.Popen(
                [sys.executable, "-c", HEARS_SIGINT, "-m", *arguments],
                env={
                    **os.environ,
                    variable: value,
                    "TMPDIR": str(self.scratch),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                cwd=folder or self.work,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

    running = Started()
    given = tmp_path / "given"
    given.mkdir()
    shutil.copy(models / "mixed.keras", given)
    recording = ("-i", "numpy", "-i", "tf", "--save", "b.npz", "-q")
    done = running(("convcheck", "compare", *SMALL[:4], *recording), folder=given)
    assert done.communicate()[1] == ""
    yield running
    for process in marked(running.mark):
        os.kill(process, signal.SIGKILL)


def hears(process) -> bool:
    """Whether the command has installed its handlers; before, Python itself is starting."""
    with open(f"/proc/{process.pid}/status") as status:
        (caught,) = (line.split()[1] for line in status if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def check_files(folder, given):
    """Each file is whole, and nothing else is there."""
    for path in folder.rglob("*"):
        if path.name in given or path.is_dir():
            continue
        data = path.read_bytes()
        if path.name == "report.json":
            json.loads(data)
        elif path.name == "new.npz":
            assert data[-66:-64] == b"\x40\0"  # the length of the checksum at its end
        elif path.name == "p.png":
            assert data.endswith(b"IEND\xaeB`\x82")
        else:
            assert path.name in ("input.npy", "kernel.npy", "bias.npy"), path
            assert data.startswith(b"\x93NUMPY")


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_is_nothing_left_at_any_moment(started, name):
    chance = random.Random(name)
    begin = time.monotonic()
    whole = started(COMMANDS[name])
    whole.communicate()
    seconds = time.monotonic() - begin
    assert whole.returncode in (0, 1)  # sums of bfloat16 leave their bound on some processors
    given = {"b.npz", "mixed.keras"}
    check_files(started.work, given)
    stopped = 0
    order = chance.sample(range(MOMENTS), MOMENTS)
    for i in range(MOMENTS):
        how = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[i % 3]
        command = started(COMMANDS[name])
        assert wait_until(lambda: hears(command))  # noqa: B023
        moment = (order[i] + chance.random()) / MOMENTS * seconds
        time.sleep(moment)
        command.send_signal(how)
        _, stderr = command.communicate(timeout=30)
        what = (moment, seconds, how, stderr)
        assert marked(started.mark) == [], what
        assert list(started.scratch.iterdir()) == [], what
        check_files(started.work, given)
        if command.returncode == whole.returncode:  # it was done
            assert stderr == "", what
            continue
        assert (command.returncode, stderr) == (128 + how, "convcheck: interrupted\n"), what
        stopped += 1
    assert stopped > MOMENTS / 3
