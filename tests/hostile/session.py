"""Runs hostile inputs, all in one process or each in its own, and judges the answers."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from .case import Hostile
from .child import ADDRESS_SPACE
from .outside import Outside

MOST_SECONDS = 5.0
PATIENCE = 60.0  # until the child is taken for hung; a shared machine is slow at times
MOST_MEMORY = 3 << 29  # 1.5 GiB
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Answer:
    """What the command did."""

    code: object
    stdout: str
    stderr: str
    seconds: float
    peak: int
    harm: tuple[str, ...] = ()
    """What was done that nobody may do."""


class Session:
    """A child process that runs one command line after another; a context manager.

    The processes of frameworks that the commands start are kept where it is ``warm``.
    """

    def __init__(self, *, warm: bool = False) -> None:
        self._warm = ["--warm"] if warm else []

    def __enter__(self) -> Session:
        self._folder = Path(tempfile.mkdtemp(prefix="hostile-"))
        self._outside = Outside(self._folder / "outside")
        self._child: subprocess.Popen[str] | None = None
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._outside.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, hostile: Hostile) -> Answer:
        """Run it in an empty folder. Its seconds are infinite where it does not end."""
        inside = self._folder / "inside"
        shutil.rmtree(inside, ignore_errors=True)
        inside.mkdir()
        hostile.make(inside)
        made = set(os.listdir(inside))
        self._outside.was_opened()  # what made the files may have
        out, err = self._folder / "stdout", self._folder / "stderr"
        request = {
            "arguments": list(hostile.arguments),
            "folder": str(inside),
            "environment": dict(hostile.environment),
            "stdout": str(out),
            "stderr": str(err),
        }
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        ready, _, _ = select.select([child.stdout], [], [], PATIENCE)
        line = child.stdout.readline() if ready else ""
        if line:
            reply = json.loads(line)
        else:
            self._stop()
            reply = {"code": "hung" if not ready else "died", "seconds": float("inf"), "peak": 0}
        texts = (file.read_bytes().decode(errors="replace") for file in (out, err))
        harm = [f"it made {name}" for name in set(os.listdir(inside)) - made]
        if self._outside.was_opened():
            harm.append("a file outside its folder was opened")
        return Answer(reply["code"], *texts, reply["seconds"], reply["peak"], tuple(harm))

    def _started(self) -> subprocess.Popen[str]:
        if self._child is None:
            command = [sys.executable, "-W", "always::RuntimeWarning", "-W", "always::UserWarning"]
            self._child = subprocess.Popen(
                [*command, "-m", f"{__package__}.child", *self._warm],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
            )
        return self._child

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


def run_alone(hostile: Hostile, folder: Path) -> Answer:
    """Run it in a process of its own, as a user does."""
    hostile.make(folder)
    begin = time.monotonic()
    # prlimit, not preexec_fn: JAX in this process forbids fork.
    limit = ["prlimit", f"--as={ADDRESS_SPACE}"] if shutil.which("prlimit") else []
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [*limit, sys.executable, "-m", "convcheck", *hostile.arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), **hostile.environment},
        )
        code, peak = _waited(process, begin + PATIENCE)
        seconds = time.monotonic() - begin
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Answer(code, *texts, seconds, peak)


def _waited(process: subprocess.Popen[bytes], until: float) -> tuple[object, int]:
    """The exit code and peak memory of a process, ended where it goes on beyond ``until``."""
    while time.monotonic() < until:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_maxrss << 10
        time.sleep(0.01)
    process.kill()
    process.wait()
    return "hung", 0


def faults(hostile: Hostile, answer: Answer) -> list[str]:
    """What is wrong with an answer; nothing is the rule."""
    found = []
    if answer.code not in hostile.codes:
        found.append(f"exit code {answer.code}, expected {hostile.codes}")
    if "Traceback" in answer.stderr or "Warning:" in answer.stderr:
        found.append("a traceback or a warning")
    lines = answer.stderr.splitlines()
    if answer.code == 2 and (len(lines) != 1 or not lines[0].startswith("convcheck: ")):
        found.append(f"{len(lines)} lines on stderr")
    if answer.code == 2 and hostile.words.lower() not in answer.stderr.lower():
        found.append(f"'{hostile.words}' is not said")
    # Of two models that do not fit to each other, or to the input, the line says which.
    named = [hostile.names, *(["A's", "B's", "B takes", "the model"] if hostile.names else [])]
    if answer.code == 2 and not any(name in answer.stderr for name in named):
        found.append(f"{hostile.names} is not named")
    found += answer.harm
    shown = answer.stdout + answer.stderr
    control = {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n"}
    if control:
        found.append(f"control characters {control}")
    if max(map(len, lines), default=0) > 2000:
        found.append("a line of over 2,000 characters")
    # What is right by chance may start a framework first.
    if answer.seconds > (MOST_SECONDS + hostile.patience if answer.code == 2 else PATIENCE):
        found.append(f"{answer.seconds:.1f} s")
    if answer.peak > MOST_MEMORY:
        found.append(f"{answer.peak >> 20} MiB")
    return [f"{hostile.name}: {fault}: {answer.stderr[-300:]!r}" for fault in found]
