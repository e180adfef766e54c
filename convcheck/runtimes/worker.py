"""The other end of a runtime: hosts the implementations of one framework, a case at a time.

Imports only runtimes, implementations, case, results, errors, NumPy and its framework.

Requests (all heads have "op"):
    start    framework, names                begin to import, before anyone asks for a result
    load     name                            versions of what offers the name, or why it can't
    case     geometry and arrays             keep this case for the runs that follow
    run      name                            compute that case
Only ``load`` and ``run`` get a reply.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from typing import Any, BinaryIO

from convcheck.case.case import Case
from convcheck.errors import ConvcheckError
from convcheck.implementations.name import parse
from convcheck.implementations.registry import row_of
from convcheck.runtimes import cases, frames
from convcheck.runtimes.hidden import hide


def serve() -> None:
    """Answer requests until the other end goes away."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    # From here on whatever a framework prints goes to stderr, and cannot break the protocol;
    # what it reads finds an empty stdin.
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()
    case: Case | None = None
    while True:
        try:
            head, arrays = frames.read(requests)
        except frames.BrokenFrame:
            os._exit(0)  # the frameworks' own shutdown takes seconds and helps nobody
        operation = head.pop("op")
        if operation == "case":
            case = cases.from_frame(head, arrays)
        elif operation == "start":
            _start(head["framework"], head["names"])
        else:
            _answer(replies, operation, head, case)


def _answer(replies: BinaryIO, operation: str, head: dict[str, Any], case: Case | None) -> None:
    array = None
    try:
        if operation == "load":
            reply = _load(head["name"])
        else:
            assert case is not None
            reply, array = _run(head["name"], case)
    except Exception as error:  # whatever a framework raises is a result, not our crash
        reply = {"error": _words(error)}
    sys.stdout.flush()
    sys.stderr.flush()
    frames.write(replies, reply, {"output": array})


def _start(framework: str, names: list[str]) -> None:
    hide(framework, keep=os.environ.get("KERAS_BACKEND", ""))
    for text in names:
        # An import that fails is told when somebody asks for the row.
        with contextlib.suppress(Exception):
            _load(text)


def _load(text: str) -> dict[str, Any]:
    # Imports allocate a great deal and free little: collecting meanwhile is wasted.
    gc.disable()
    try:
        module = row_of(parse(text)).load()
    finally:
        gc.enable()
    return {"versions": module.versions()}


def _run(text: str, case: Case) -> tuple[dict[str, Any], Any]:
    name = parse(text)
    module = row_of(name).load()
    begin = time.perf_counter()
    computed = module.compute(case, name)
    seconds = time.perf_counter() - begin
    reply = {
        "call": computed.call,
        "dtypes": vars(computed.dtypes),
        "device": computed.device,
        "fixes": computed.fixes,
        "seconds": seconds,
        "versions": module.versions(),
    }
    return reply, computed.array


def _words(error: Exception) -> str:
    """The error's own text in one line; our own messages need no class name."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ConvcheckError) else f"{type(error).__name__}: {text}"


def _die_with(parent: int) -> None:
    """End when the parent has gone, whatever a framework is busy with."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
