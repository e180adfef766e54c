"""The other end of a runtime: hosts the implementations of one framework, a case at a time.

Imports only runtimes, implementations, case, results, errors, NumPy and its framework.

Requests (all heads have "op"):
    start    framework, name                 begin to import, before anyone asks for a result
    load     name                            versions of what offers the name, or why it can't
    case     geometry and arrays             keep this case for the runs that follow
    run      name                            compute that case
    model-…  see models.py
All but ``start`` get a reply.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from convcheck.case.case import Case
from convcheck.case.dtypes import DTYPES
from convcheck.errors import ConvcheckError
from convcheck.implementations.name import parse
from convcheck.implementations.registry import row_of
from convcheck.runtimes import cases, frames
from convcheck.runtimes.hidden import hide

if TYPE_CHECKING:
    from convcheck.runtimes.models import Models


class NoArray(ConvcheckError):
    """An implementation gave something else than its interface asks for."""


def serve() -> None:
    """Answer requests until the other end goes away."""
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    # From here on whatever a framework prints goes to stderr, and cannot break the protocol;
    # what it reads finds an empty stdin.
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    _end_with(os.getppid())
    me = os.getpid()
    desk = _Desk()
    while True:
        try:
            head, arrays = frames.read(requests)
        except frames.BrokenFrame:
            os._exit(0)  # the frameworks' own shutdown takes seconds and helps nobody
        reply = desk.answer(head.pop("op"), head, arrays)
        if os.getpid() != me:
            os._exit(0)  # a fork that ran on into our loop: one answer is enough
        with contextlib.suppress(Exception):  # somebody may have closed them
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(2, frames.OVER)
        if reply is not None:
            frames.send(replies, reply)


class _Desk:
    """What happens at a request; keeps the case between them."""

    def __init__(self) -> None:
        self._case: Case | None = None
        self._models: Models | None = None

    def answer(
        self, operation: str, head: dict[str, Any], arrays: dict[str, Any]
    ) -> list[memoryview] | None:
        """The reply, packed; None where nobody waits for one."""
        try:
            if operation == "start":
                self._start(head["framework"], head["name"])
                return None
            if operation == "case":
                self._case = cases.from_frame(head, arrays)
                return frames.pack({})
            if operation == "load":
                return frames.pack(self._load(head["name"]))
            if operation.startswith("model-"):
                return self._model(operation, head, arrays)
            return self._run(head["name"])
        except BaseException as error:  # whatever they raise, exits too, is a result
            return None if operation == "start" else frames.pack({"error": _words(error)})

    def _start(self, framework: str, name: str) -> None:
        hide(framework, keep=os.environ.get("KERAS_BACKEND", ""))
        self._load(name)

    def _load(self, text: str) -> dict[str, Any]:
        name = parse(text)
        if name.base == "python:" and os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())  # the user's own module; frameworks never come from it
        # Imports allocate a great deal and free little: collecting meanwhile is wasted.
        gc.disable()
        try:
            module = row_of(name).load()
        finally:
            gc.enable()
        return {"versions": module.versions()}

    def _model(
        self, operation: str, head: dict[str, Any], arrays: dict[str, Any]
    ) -> list[memoryview]:
        if self._models is None:
            from convcheck.runtimes.models import Models  # imports Keras

            self._models = Models()
        return frames.pack(*self._models.answer(operation, head, arrays))

    def _run(self, text: str) -> list[memoryview]:
        assert self._case is not None
        name = parse(text)
        module = row_of(name).load()
        begin = time.perf_counter()
        computed = module.compute(self._case, name)
        seconds = time.perf_counter() - begin
        head = {
            "call": computed.call,
            "dtypes": vars(computed.dtypes),
            "device": computed.device,
            "fixes": computed.fixes,
            "seconds": seconds,
            "versions": module.versions(),
        }
        return frames.pack(head, {"output": _checked(computed.array)})


def _checked(array: Any) -> Any:
    """What will travel as an array. Raises NoArray for anything else."""
    import numpy as np

    if not isinstance(array, np.ndarray):
        raise NoArray(f"gave a {type(array).__name__} as its output; it must be a NumPy array")
    if array.dtype.name not in DTYPES:
        raise NoArray(f"gave an array of {array.dtype}; it must hold real numbers")
    return array


def _words(error: BaseException) -> str:
    """The error's own text in one line; our own messages need no class name."""
    text = " ".join(str(error).split())
    if isinstance(error, ConvcheckError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _end_with(parent: int) -> None:
    """Have this process end when the parent has gone, whatever a framework is busy with."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if sys.platform == "linux":
        # The thread above stands still while C code holds the interpreter; the kernel does not.
        import ctypes
        import signal

        pr_set_pdeathsig = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
