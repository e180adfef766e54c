"""Where implementations run: a process for each framework, Python and environment.

A crash, a hang or a clash between frameworks costs the row that it was on, nothing else.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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

    def __init__(self, key: Key, names: list[str], *, verbose: bool) -> None:
        self._key = key
        self._names = names
        self._verbose = verbose
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._case: Case | None = None
        self._ended = False

    def start(self) -> None:
        """Start the process without waiting for it."""
        with self._lock:
            self._ready_process()

    def _ready_process(self) -> Process:
        if self._process is None or not self._process.alive:
            if self._ended:
                raise Died("was ended", timed_out=False)
            if self._process is not None:
                self._process.end()
            framework, python, environment = self._key
            self._case = None
            self._process = Process(python, dict(environment), verbose=self._verbose)
            self._process.send({"op": "start", "framework": framework, "names": self._names})
        return self._process

    def run(self, case: Case, name: Name, timeout: float) -> Output:
        """Compute one case; whatever goes wrong is in the output's status and message."""
        row = row_of(name)
        with self._lock:
            try:
                process = self._ready_process()
                loaded, _ = process.ask({"op": "load", "name": name.text}, START_SECONDS)
                if "error" in loaded:
                    error = _missing(loaded["error"], row.install)
                    return _absent(name, row.call, Status.UNAVAILABLE, error)
                if case is not self._case:
                    head, arrays = cases.to_frame(case)
                    process.send({"op": "case", **head}, arrays)
                    self._case = case
                reply, arrays_back = process.ask({"op": "run", "name": name.text}, timeout)
            except Died as died:
                if died.timed_out:
                    hung = f"gave no answer within {timeout:g} s"
                    return _absent(name, row.call, Status.TIMED_OUT, hung)
                return _absent(name, row.call, Status.CRASHED, str(died))
            except OSError as error:
                return _absent(name, row.call, Status.UNAVAILABLE, f"could not start: {error}")
        if "error" in reply:
            return _absent(name, row.call, Status.UNAVAILABLE, reply["error"], loaded["versions"])
        return _present(name, reply, arrays_back["output"])

    def end(self) -> None:
        """End the process for good."""
        self._ended = True
        if self._process is not None:
            self._process.end()


class Runtimes:
    """The runtimes of one command; a context manager that leaves no process behind."""

    def __init__(self, *, timeout: float = 120.0, verbose: bool = False) -> None:
        self._timeout = timeout
        self._verbose = verbose
        self._runtimes: dict[Key, _Runtime] = {}
        self._pool = ThreadPoolExecutor(32)

    def __enter__(self) -> Runtimes:
        return self

    def __exit__(self, *_: object) -> None:
        # Processes first: their pipes break, and no thread is left waiting on one.
        for runtime in self._runtimes.values():
            runtime.end()
        self._pool.shutdown()

    def start(self, names: Sequence[Name]) -> None:
        """Start the processes that these names need; returns at once."""
        for group in _grouped(names):
            if not row_of(group[0]).here:
                self._runtime(group).start()

    def run(self, case: Case, name: Name) -> Output:
        """Compute one case with one implementation."""
        if row_of(name).here:
            return _run_here(case, name)
        return self._runtime([name]).run(case, name, self._timeout)

    def run_all(self, case: Case, names: Sequence[Name]) -> Callable[[], list[Output]]:
        """Begin to compute one case with each implementation, the runtimes side by side.

        Returns at once, with what waits for the outputs and gives them in the order of ``names``.
        """
        done = {n.text: _run_here(case, n) for n in names if row_of(n).here}
        groups = _grouped([name for name in names if name.text not in done])

        def serve(group: list[Name]) -> None:
            runtime = self._runtime(group)
            for name in group:
                done[name.text] = runtime.run(case, name, self._timeout)

        self.start(names)
        serving = [self._pool.submit(serve, group) for group in groups]

        def outputs() -> list[Output]:
            for future in serving:
                future.result()
            return [done[name.text] for name in names]

        return outputs

    def _runtime(self, group: list[Name]) -> _Runtime:
        key = _key(group[0])
        if key not in self._runtimes:
            names = [name.text for name in group]
            self._runtimes[key] = _Runtime(key, names, verbose=self._verbose)
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


def _present(name: Name, reply: dict[str, Any], array: Any) -> Output:
    return Output(
        name=name.text,
        call=reply["call"],
        array=array,
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


def _missing(error: str, install: str) -> str:
    hint = f"; to install it: {install}" if install and "ModuleNotFoundError" in error else ""
    return error + hint
