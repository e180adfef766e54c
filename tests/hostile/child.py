"""Runs many command lines of convcheck in one process: starting Python a thousand times is slow.

Each line of stdin is a request, a JSON object: arguments, folder, environment. Each line of the
first pipe's other end is the answer: exit code, seconds, peak memory. What the command prints
goes to files that the request names, at the level of file descriptors, so that nothing escapes.
With ``--warm`` the processes that the commands start stay for those that follow.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from convcheck.runtimes.family import descendants

ADDRESS_SPACE = 8 << 30
"""Bytes: what is refused for its size is refused on every machine alike."""


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    from convcheck.cli.main import run

    if "--warm" in sys.argv:
        keep_processes()
    for line in sys.stdin:
        request = json.loads(line)
        os.chdir(request["folder"])
        for number, key in ((1, "stdout"), (2, "stderr")):
            file = os.open(request[key], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
            os.close(file)
        before = dict(os.environ)
        os.environ.update(request["environment"])
        begin = time.monotonic()
        try:
            run(request["arguments"])
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
        except BaseException as error:
            code = repr(error)
        seconds = time.monotonic() - begin
        sys.stdout.flush()
        sys.stderr.flush()
        os.environ.clear()
        os.environ.update(before)
        print(json.dumps({"code": code, "seconds": seconds, "peak": peak()}), file=answers)


def keep_processes() -> None:
    """Have the commands share their runtimes, and never end them.

    The first that a command opens is the first of all, the second the second.
    """
    from convcheck.cli import run_model
    from convcheck.runtimes.host import Runtimes

    kept: list[Runtimes] = []
    opened: list[Runtimes] = []

    @contextlib.contextmanager
    def shared(**options: Any) -> Iterator[Runtimes]:
        if len(opened) == len(kept):
            kept.append(Runtimes(**options))
        opened.append(kept[len(opened)])
        opened[-1].start_timeout = options["start_timeout"]
        try:
            yield opened[-1]
        finally:
            opened.pop()

    run_model.Runtimes = shared  # type: ignore[misc,assignment]


def peak() -> int:
    """Bytes that this process, or one it has started, had at most since the last call."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    own = _peak_of(os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    return max(ended, own, *map(_peak_of, descendants(os.getpid())))


def _peak_of(pid: int) -> int:
    """The same of one process; 0 where it cannot be told."""
    try:
        with open(f"/proc/{pid}/status") as status:
            most = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        with open(f"/proc/{pid}/clear_refs", "w") as file:
            file.write("5")  # begin anew
    except (OSError, StopIteration):  # no Linux, or it has just ended
        return 0
    return most << 10


if __name__ == "__main__":
    main()
