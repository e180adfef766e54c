"""Runs implementations: a process for each framework, Python and environment.

A crash, a hang or a clash between frameworks costs the row that it happened on, nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from convcheck.case.case import Case
from convcheck.implementations.asked import computed_by
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.quantized.any_case import Asked, is_quantized
from convcheck.results import Output
from convcheck.runtimes import messages
from convcheck.runtimes.doing import STARTING, Tell, nobody
from convcheck.runtimes.places import MOST_PROCESSES, Places
from convcheck.runtimes.runtime import Key, Runtime
from convcheck.runtimes.scratch import ScratchFolder

START_SECONDS = 300.0
"""A start that takes longer has hung. TensorFlow's cold start on a slow disk takes tens."""

Outputs = dict[str, Output]


def _key(name: Name, quantized: bool) -> Key:
    """What names must have in common to share a process."""
    framework = row_of(name, quantized=quantized).framework
    return framework, quantized, name.python or sys.executable, tuple(sorted(name.environment))


class Runtimes:
    """The runtime processes of one command; a context manager that leaves no process behind.

    An implementation has ``timeout`` seconds for a run, and its process ``start_timeout`` to start
    and to import what it needs. ``tell`` hears what each is doing.
    """

    def __init__(
        self,
        *,
        timeout: float = 120.0,
        start_timeout: float = START_SECONDS,
        verbose: bool = False,
        tell: Tell = nobody,
    ) -> None:
        self.start_timeout = start_timeout
        self._tell = tell
        self.timeout = timeout
        self._verbose = verbose
        self._runtimes: dict[Key, Runtime] = {}
        self._places = Places()
        self._scratch: ScratchFolder | None = None
        self._pool = ThreadPoolExecutor(MOST_PROCESSES)
        # Linux ends a worker with the thread that started it: one thread that stays starts all.
        self._starter = ThreadPoolExecutor(1)

    def __enter__(self) -> Runtimes:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._end()
        except BaseException:  # an interruption came into it; a second one is not heard
            self._end()
            raise

    def _end(self) -> None:
        # Processes first: their pipes break, and no thread is left waiting on one.
        for runtime in self._runtimes.values():
            runtime.kill()
        for runtime in self._runtimes.values():
            runtime.end()
        self._pool.shutdown()
        self._starter.shutdown()
        if self._scratch is not None:
            self._scratch.remove()

    def start(self, names: Sequence[Name], *, quantized: bool = False) -> None:
        """Start the processes that these names need, without waiting for them."""
        for group in _grouped(names, quantized):
            if not row_of(group[0], quantized=quantized).in_this_process:
                self._runtime(group[0], quantized).start(group[0])

    def renew_grown(self, by: int) -> None:
        """End each process that has grown by more bytes; what it offers starts another.

        It counts from the first such call. Frameworks keep something of each case: Keras compiles
        each grouped convolution by XLA, of which TensorFlow keeps 200 KB whatever is cleared.
        """
        for runtime in self._runtimes.values():
            runtime.renew_grown(by)

    def run(self, case: Asked, name: Name) -> Output:
        """Compute one case with one implementation."""
        quantized = is_quantized(case)
        if row_of(name, quantized=quantized).in_this_process:
            return _run_in_this_process(case, name)
        return self._runtime(name, quantized).run(case, name, self.timeout)

    def run_all(self, case: Asked, names: Sequence[Name]) -> Callable[[], list[Output]]:
        """Begin to compute one case with each implementation, the runtimes side by side.

        Returns at once a function that waits for the outputs and returns them in the order of
        ``names``.
        """
        done, groups = self._begun(case, names)
        serving = [self._pool.submit(self._serve, case, group, done) for group in groups]

        return lambda: _waited_for(serving, done, names)

    def outputs(self, case: Asked, names: Sequence[Name]) -> list[Output]:
        """As ``run_all``, waited for: of a small case, to wake threads takes a third of the time.

        One runtime, which may be the only one, is asked by the thread that calls.
        """
        done, groups = self._begun(case, names)
        serving = [self._pool.submit(self._serve, case, group, done) for group in groups[1:]]
        for group in groups[:1]:
            self._serve(case, group, done)
        return _waited_for(serving, done, names)

    def _begun(self, case: Asked, names: Sequence[Name]) -> tuple[Outputs, list[list[Name]]]:
        """The outputs of what needs no process, by name; and the other names, by process."""
        quantized = is_quantized(case)
        done = {
            name.text: _run_in_this_process(case, name)
            for name in names
            if row_of(name, quantized=quantized).in_this_process
        }
        groups = _grouped([name for name in names if name.text not in done], quantized)
        for name in (name for group in groups for name in group):
            self._tell(name.text, STARTING)
        self.start(names, quantized=quantized)
        return done, groups

    def _serve(self, case: Asked, group: Sequence[Name], done: Outputs) -> None:
        """Have the process of these names compute the case with each, into ``done``."""
        runtime = self._runtime(group[0], is_quantized(case))
        for name in group:
            done[name.text] = runtime.run(case, name, self.timeout)

    def ask(
        self,
        name: Name,
        seconds: float,
        head: dict[str, Any],
        arrays: dict[str, Any] | None = None,
        *,
        most_bytes: int = 0,
        quantized: bool = False,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send the process of this name a request that is about no case; return its reply.

        Its arrays have at most ``most_bytes`` in all.
        Raises WorkerDied where none comes within ``seconds``, OSError where no process starts.
        """
        return self._runtime(name, quantized).ask(name, seconds, head, arrays or {}, most_bytes)

    def ask_of(
        self, case: Case, name: Name, seconds: float, head: dict[str, Any], *, most_bytes: int = 0
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send the process of this name a request about a case, which it gets where it lacks it.

        As ``ask``; raises ConvcheckError too where the name or the case is refused.
        """
        return self._runtime(name, False).ask_of(case, name, seconds, head, most_bytes)

    def _folder(self) -> str:
        """Where processes put their temporary files; called by the thread that starts them."""
        if self._scratch is None:
            self._scratch = ScratchFolder()
        return self._scratch.path

    def _runtime(self, name: Name, quantized: bool) -> Runtime:
        key = _key(name, quantized)
        if key not in self._runtimes:
            self._runtimes[key] = Runtime(
                *(key, self._starter, self._places, self._folder),
                start_timeout=self.start_timeout,
                verbose=self._verbose,
                tell=self._tell,
            )
        return self._runtimes[key]


def _waited_for(
    serving: Sequence[Future[None]], done: Outputs, names: Sequence[Name]
) -> list[Output]:
    """The outputs in the order of the names, once all are there."""
    for future in serving:
        future.result()
    return [done[name.text] for name in names]


def _run_in_this_process(case: Asked, name: Name) -> Output:
    """Compute what needs no process of its own. Raises Mistake for a wrong file."""
    module = row_of(name, quantized=is_quantized(case)).load()
    return messages.output_of(name.text, computed_by(module, case, name), module.versions())


def _grouped(names: Sequence[Name], quantized: bool) -> list[list[Name]]:
    """Names that share a process, together, in order."""
    groups: dict[Key, list[Name]] = {}
    for name in names:
        groups.setdefault(_key(name, quantized), []).append(name)
    return list(groups.values())
