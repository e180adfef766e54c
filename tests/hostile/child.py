"""Runs many command lines of convcheck in one process: starting Python a thousand times is slow.

Each line of stdin is a request, a JSON object: arguments, folder, environment. Each line of the
first pipe's other end is the answer: exit code, seconds, peak memory. What the command prints
goes to files that the request names, at the level of file descriptors, so that nothing escapes.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

ADDRESS_SPACE = 8 << 30
"""Bytes: what is refused for its size is refused on every machine alike."""


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    from convcheck.cli.main import run

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


def peak() -> int:
    """Bytes that this process, or a child of it that has ended, had at most since the last call."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    try:
        with open("/proc/self/status") as status:
            own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # begin anew
    except OSError:  # no Linux
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, children) << 10


if __name__ == "__main__":
    main()
