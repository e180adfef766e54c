"""Where implementations run: a process for each framework, Python and environment.

A crash, a hang or a clash between frameworks costs the row that it was on, nothing else.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from convcheck.case.case import Case
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.results import Dtypes, Output, Status
from convcheck.runtimes import cases
from convcheck.runtimes.process import Died, Process

START_SECONDS = 300.0
"""A start that takes longer has hung. TensorFlow's cold start on a slow disk takes tens."""

Key = tuple[str, str, tuple[tuple[str, str], ...]]


def _key(name: Name) -> Key:
    """What names must share to share a process: framework, Python, environment."""
    return row_of(name).framework, name.python or sys.executable, tuple(sorted(name.environment))


class _Runtime:
    """One process and the order of things in it. Started again after a crash."""

    def __init__(self, key: Key, starter: Executor, *, verbose: bool) -> None:
        self._key = key
        self._starter = starter
        self._verbose = verbose
        self._turn = threading.Lock()  # one row at a time
        self._guard = threading.Lock()  # of what follows
        self._process: Process | None = None
        self._first: str | None = None
        self._case: Case | None = None
        self._ended = False

    def start(self, name: Name) -> None:
        """Start the process without waiting for it, to import what ``name`` needs first."""
        with contextlib.suppress(Died, OSError):  # told when somebody asks for the row
            self._ready_process(name)

    def run(self, case: Case, name: Name, timeout: float) -> Output:
        """Compute one case; whatever goes wrong is in the output's status and message."""
        row = row_of(name)
        versions: dict[str, str] = {}
        with self._turn:
            try:
                process, loaded = self._load(name)
                if "error" in loaded:
                    error = _missing(name, loaded["error"], row.install)
                    return _absent(name, row.call, Status.UNAVAILABLE, error)
                versions = loaded["versions"]
                if case is not self._case:
                    head, arrays = cases.to_frame(case)
                    process.ask(START_SECONDS, {"op": "case", **head}, arrays)
                    self._case = case
                reply, back = process.ask(timeout, {"op": "run", "name": name.text})
                if "error" in reply:
                    return _absent(name, row.call, Status.UNAVAILABLE, reply["error"], versions)
                return _present(name, reply, back)
            except Died as died:
                status = Status.TIMED_OUT if died.timed_out else Status.CRASHED
                return _absent(name, row.call, status, str(died), versions)
            except (KeyError, TypeError):  # a frame, but not one of ours
                process.end()
                strange = "sent something that is no answer"
                return _absent(name, row.call, Status.CRASHED, strange, versions)
            except OSError as error:
                return _absent(name, row.call, Status.UNAVAILABLE, f"could not start: {error}")

    def ask(
        self, name: Name, seconds: float, head: dict[str, Any], arrays: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Any other request, and its reply. Raises Died, OSError."""
        with self._turn:
            return self._ready_process(name).ask(seconds, head, arrays)

    def kill(self) -> None:
        """Have the process end for good, without waiting for that."""
        with self._guard:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def end(self) -> None:
        """End the process for good."""
        self.kill()
        if self._process is not None:
            self._process.end()

    def _load(self, name: Name) -> tuple[Process, dict[str, Any]]:
        """A process that has imported what the name needs, and what it said. Raises Died."""
        for _ in range(2):
            process = self._ready_process(name)
            try:
                loaded, _ = process.ask(START_SECONDS, {"op": "load", "name": name.text})
            except Died:
                if self._first in (None, name.text):
                    raise
                continue  # it died of what it imported first, another row's
            self._first = None
            return process, loaded
        raise AssertionError("the second process imports this row first")

    def _ready_process(self, name: Name) -> Process:
        def create() -> Process:
            # Recorded at once, where an interruption of the main thread cannot come between.
            with self._guard:
                if self._ended:
                    raise Died("was ended")
                if self._process is not None and self._process.alive:
                    return self._process
                if self._process is not None:
                    self._process.end()
                framework, python, environment = self._key
                self._case = None
                self._first = name.text
                self._process = Process(python, dict(environment), verbose=self._verbose)
                head = {"op": "start", "framework": framework, "name": name.text}
                self._process.tell(head)
                return self._process

        return self._starter.submit(create).result()


class Runtimes:
    """The runtimes of one command; a context manager that leaves no process behind."""

    def __init__(self, *, timeout: float = 120.0, verbose: bool = False) -> None:
        self._timeout = timeout
        self._verbose = verbose
        self._runtimes: dict[Key, _Runtime] = {}
        self._pool = ThreadPoolExecutor(32)
        # Linux ends a worker with the thread that started it: one thread that stays starts all.
        self._starter = ThreadPoolExecutor(1)

    def __enter__(self) -> Runtimes:
        return self

    def __exit__(self, *_: object) -> None:
        # Processes first: their pipes break, and no thread is left waiting on one.
        for runtime in self._runtimes.values():
            runtime.kill()
        for runtime in self._runtimes.values():
            runtime.end()
        self._pool.shutdown()
        self._starter.shutdown()

    def start(self, names: Sequence[Name]) -> None:
        """Start the processes that these names need; returns at once."""
        for group in _grouped(names):
            if not row_of(group[0]).here:
                self._runtime(group[0]).start(group[0])

    def run(self, case: Case, name: Name) -> Output:
        """Compute one case with one implementation."""
        if row_of(name).here:
            return _run_here(case, name)
        return self._runtime(name).run(case, name, self._timeout)

    def run_all(self, case: Case, names: Sequence[Name]) -> Callable[[], list[Output]]:
        """Begin to compute one case with each implementation, the runtimes side by side.

        Returns at once, with what waits for the outputs and gives them in the order of ``names``.
        """
        done = {n.text: _run_here(case, n) for n in names if row_of(n).here}
        groups = _grouped([name for name in names if name.text not in done])

        def serve(group: list[Name]) -> None:
            runtime = self._runtime(group[0])
            for name in group:
                done[name.text] = runtime.run(case, name, self._timeout)

        self.start(names)
        serving = [self._pool.submit(serve, group) for group in groups]

        def outputs() -> list[Output]:
            for future in serving:
                future.result()
            return [done[name.text] for name in names]

        return outputs

    def ask(
        self,
        name: Name,
        seconds: float,
        head: dict[str, Any],
        arrays: dict[str, Any] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A request to the process of this name that is about no case. Raises Died, OSError."""
        return self._runtime(name).ask(name, seconds, head, arrays or {})

    def _runtime(self, name: Name) -> _Runtime:
        key = _key(name)
        if key not in self._runtimes:
            self._runtimes[key] = _Runtime(key, self._starter, verbose=self._verbose)
        return self._runtimes[key]


def _run_here(case: Case, name: Name) -> Output:
    """Compute in this process what needs none of its own. Raises Mistake for a wrong file."""
    module = row_of(name).load()
    computed = module.compute(case, name)
    return Output(
        name=name.text,
        call=computed.call,
        array=computed.array,
        dtypes=computed.dtypes,
        versions=module.versions(),
    )


def _grouped(names: Sequence[Name]) -> list[list[Name]]:
    """Names that share a process, together, in order."""
    groups: dict[Key, list[Name]] = {}
    for name in names:
        groups.setdefault(_key(name), []).append(name)
    return list(groups.values())


def _present(name: Name, reply: dict[str, Any], arrays: dict[str, Any]) -> Output:
    return Output(
        name=name.text,
        call=reply["call"],
        array=arrays["output"],
        dtypes=Dtypes(**reply["dtypes"]),
        versions=reply["versions"],
        device=reply["device"],
        seconds=reply["seconds"],
        fixes=reply["fixes"],
    )


def _absent(
    name: Name, call: str, status: Status, message: str, versions: dict[str, str] | None = None
) -> Output:
    return Output(
        name=name.text, call=call, status=status, message=message, versions=versions or {}
    )


def _missing(name: Name, error: str, install: str) -> str:
    """The error, with the command that installs what is missing."""
    found = re.match(r"ModuleNotFoundError: No module named '(\w+)", error)
    if found and name.python:
        install = f"{shlex.quote(name.python)} -m pip install {found[1]}"
    return f"{error}; to install it: {install}" if found and install else error
