"""The process of one framework, Python and environment, started again after a crash."""

from __future__ import annotations

import contextlib
import re
import shlex
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from convcheck.case.case import Case
from convcheck.errors import ConvcheckError
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.quantized.any_case import Asked, wanted_shape
from convcheck.results import Output, Status
from convcheck.runtimes import messages
from convcheck.runtimes.doing import DONE, RUNNING, Tell, nobody
from convcheck.runtimes.places import Places
from convcheck.runtimes.process import NO_ANSWER, Process, WorkerDied
from convcheck.runtimes.replies import WrongReply, check_error, check_versions, most_elements
from convcheck.untrusted.text import clean

Key = tuple[str, bool, str, tuple[tuple[str, str], ...]]
"""What names have in common that share a process: framework, whether its cases are quantized,
Python, environment."""
_LARGEST_ITEM = 8
"""Bytes of the widest dtype."""
_MESSAGE = 4000
"""Characters of a message that are kept: three lines of stderr, or a framework's own sentence."""


class Runtime:
    """The process of one key: asked for one row at a time, and started again after a crash."""

    def __init__(
        self,
        key: Key,
        starter: Executor,
        places: Places,
        folder: Callable[[], str],
        *,
        start_timeout: float,
        verbose: bool,
        tell: Tell = nobody,
    ) -> None:
        """``folder()`` is where the process may put its temporary files."""
        self._tell = tell
        self._framework, self._quantized, self._python, self._environment = key
        self._starter = starter
        self._places = places
        self._folder = folder
        self._start_timeout = start_timeout
        self._verbose = verbose
        self._request_lock = threading.Lock()  # one row at a time
        self._state_lock = threading.Lock()  # of what follows
        self._process: Process | None = None
        self._imported_first: str | None = None
        self._case: Asked | None = None
        self._versions: dict[str, dict[str, str]] = {}
        """Of the names that the process has imported what it needs for."""
        self._ended = False

    def start(self, name: Name) -> None:
        """Start the process without waiting for it, to import what ``name`` needs first.

        Where there are as many processes as there may be, ``run`` starts it in its turn.
        """
        if self._places.take_free(self):
            with contextlib.suppress(WorkerDied, OSError):  # ``run`` reports it
                self._ready_process(name)

    def rest(self) -> bool:
        """End the process, unless it is computing; ``run`` starts another. Whether it ended."""
        if not self._request_lock.acquire(blocking=False):
            return False
        try:
            self._end_process()
            return True
        finally:
            self._request_lock.release()

    def renew_grown(self, by: int) -> None:
        """End the process where it has grown by more bytes since this was first asked of it."""
        process = self._process
        if process is not None and process.alive and process.grown() > by:
            self.rest()

    def run(self, case: Asked, name: Name, timeout: float) -> Output:
        """Compute one case, within ``timeout`` seconds once the process has started.

        Raises nothing: what goes wrong is in the output's status and message.
        """
        row = row_of(name, quantized=self._quantized)
        versions: dict[str, str] = {}
        with self._request_lock:
            self._places.take(self)
            try:
                process, versions = self._loaded(name, row.install)
                self._tell(name.text, RUNNING)
                return self._computed(case, name, process, timeout)
            except _NoOutput as none:
                status, message = none.status, str(none)
            except WorkerDied as died:
                status = Status.TIMED_OUT if died.timed_out else Status.CRASHED
                message = str(died)
            except WrongReply as wrong:  # a frame, but not the worker's reply
                self._end_process()
                status, message = Status.CRASHED, f"{NO_ANSWER} ({wrong})"
            except OSError as error:
                status, message = Status.UNAVAILABLE, f"could not start: {error}"
            finally:
                self._tell(name.text, DONE)
        message = clean(message, _MESSAGE)
        return Output(name.text, row.call, status=status, message=message, versions=versions)

    def _loaded(self, name: Name, install: str) -> tuple[Process, dict[str, str]]:
        """A process that has imported what the name needs, and the versions of it; asked once."""
        process = self._ready_process(name)
        if name.text not in self._versions:
            process, self._versions[name.text] = self._newly_loaded(name, install)
        return process, self._versions[name.text]

    def _newly_loaded(self, name: Name, install: str) -> tuple[Process, dict[str, str]]:
        process, reply = self._load(name)
        try:
            _check_error(reply)
        except _NoOutput as error:
            raise _NoOutput(
                Status.UNAVAILABLE, _with_install_command(name, str(error), install)
            ) from error
        check_versions(reply)
        return process, messages.clean_texts(reply["versions"])

    def _send(self, case: Asked, process: Process, timeout: float) -> None:
        if case is not self._case:
            head, arrays = messages.case_to_message(case)
            _check_error(process.ask(timeout, {"op": "case", **head}, arrays)[0])
            self._case = case

    def _computed(self, case: Asked, name: Name, process: Process, timeout: float) -> Output:
        most_bytes = most_elements(wanted_shape(case)) * _LARGEST_ITEM
        request: dict[str, Any] = {"op": "run", "name": name.text}
        sent: dict[str, Any] = {}
        if case is not self._case:
            head, sent = messages.case_to_message(case)
            request |= head
        self._case = None  # until it is known that the worker has it
        reply, arrays = process.ask(timeout, request, sent, most_bytes=most_bytes)
        _check_error(reply)
        self._case = case
        output = messages.output_from_message(reply, arrays)
        if output.name != name.text:
            raise WrongReply("gave the output of another implementation")
        return output

    def ask(
        self,
        name: Name,
        seconds: float,
        head: dict[str, Any],
        arrays: dict[str, Any],
        most_bytes: int,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send any other request and return its reply. Raises WorkerDied, OSError."""
        with self._request_lock:
            self._places.take(self)
            process = self._ready_process(name)
            return process.ask(seconds, head, arrays, most_bytes=most_bytes)

    def ask_of(
        self, case: Case, name: Name, seconds: float, head: dict[str, Any], most_bytes: int
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send a request that is about this case and what offers the name; return its reply.

        Raises WorkerDied, OSError, and ConvcheckError where the name or the case is refused.
        """
        with self._request_lock:
            self._places.take(self)
            process, _ = self._loaded(name, "")
            self._send(case, process, seconds)
            return process.ask(seconds, head, most_bytes=most_bytes)

    def kill(self) -> None:
        """Kill the process for good, without waiting for its end."""
        with self._state_lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def end(self) -> None:
        """End the process for good, and wait for its end."""
        self.kill()
        self._end_process()

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.end()

    def _load(self, name: Name) -> tuple[Process, dict[str, Any]]:
        """A process that has imported what the name needs, and its reply. Raises WorkerDied."""
        for _ in range(2):
            process = self._ready_process(name)
            try:
                head = {"op": "load", **self._what(name)}
                loaded, _ = process.ask(self._start_timeout, head, late="did not start")
            except WorkerDied:
                if self._imported_first in (None, name.text):
                    raise
                continue  # it died of what it imported first, another row's
            self._imported_first = None
            return process, loaded
        raise AssertionError("the second process imports this row first")

    def _ready_process(self, name: Name) -> Process:
        with self._state_lock:  # to ask the thread that starts processes takes longer
            if not self._ended and self._process is not None and self._process.alive:
                return self._process

        def create() -> Process:
            # Recorded at once, where an interruption of the main thread cannot come between.
            with self._state_lock:
                if self._ended:
                    raise WorkerDied("was ended")
                if self._process is not None and self._process.alive:
                    return self._process
                self._end_process()
                self._case = None
                self._versions = {}
                self._imported_first = name.text
                self._process = Process(
                    self._python,
                    dict(self._environment),
                    self._folder(),
                    verbose=self._verbose,
                )
                head = {"op": "start", "framework": self._framework, **self._what(name)}
                self._process.notify(head)
                return self._process

        return self._starter.submit(create).result()

    def _what(self, name: Name) -> dict[str, Any]:
        """What is to be imported, in a request."""
        return {"name": name.text, "quantized": self._quantized}


class _NoOutput(ConvcheckError):
    """A worker's reply that says why there is no output."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status = status


def _check_error(reply: dict[str, Any]) -> None:
    """Raises _NoOutput for a reply that says ``error``, and WrongReply for a wrong one."""
    if "error" in reply:
        check_error(reply)
        raise _NoOutput(Status(reply.get("status", "unavailable")), reply["error"])


def _with_install_command(name: Name, error: str, install: str) -> str:
    """The error, with the command that installs the module that it says is missing."""
    found = re.match(r"ModuleNotFoundError: No module named '(\w+)", error)
    if found and found[1] == "numpy":  # a user's function needs it too
        install = install or "pip install numpy"
    if found and install and name.python:
        packages = install.removeprefix("pip install ").split()
        missing = found[1].replace("_", "-")  # a module of another package has a name of its own
        wanted = missing if missing in packages else " ".join(packages)
        install = f"{shlex.quote(name.python)} -m pip install {wanted}"
    return f"{error}; to install it: {install}" if found and install else error
